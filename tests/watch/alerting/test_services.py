"""Services that Apprise reaches: mail to a real server, JSON over HTTP, and what is refused."""

import re
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_network

import pytest
from apprise import Apprise, AppriseAttachment
from apprise.manager_plugins import NotificationManager

from keypin.alerts.rendering import Words
from keypin.errors import InputError
from keypin.findings import Severity
from keypin.watch.alerting.services import FILES, is_guarded, load, patient, service, tell
from keypin.watch.guarding import Guard
from keypin.watch.time_limit import TimeLimit

LOOPBACK = Guard((ip_network("127.0.0.0/8"),))
WORDS = Words(
    subject="[error] shop 3.2 refuses it",
    plain="plain words",
    markdown="**marked** words",
    html="<html><body><p>words in HTML</p></body></html>",
)

Tell = Callable[..., str | None]


def told(url: str, guard: Guard = LOOPBACK, total: float = 20) -> str | None:
    """Tell a service of an error."""
    return tell(url, WORDS, Severity.ERROR, over=False, guard=guard, total=total)


@dataclass
class Mails:
    """A mail server that takes everything, or nothing."""

    port: int = 0
    refuses: bool = False
    taken: list[EmailMessage] = field(default_factory=list[EmailMessage])


@pytest.fixture
def mails() -> Iterator[Mails]:
    """Run a mail server (RFC 5321) on loopback."""
    kept = Mails()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._answer("220 mail.example.com ESMTP")
            while line := self.rfile.readline():
                verb = line.split()[0].upper().decode() if line.split() else ""
                if verb == "DATA":
                    self._take()
                elif verb == "QUIT":
                    return self._answer("221 bye")
                elif verb == "RCPT" and kept.refuses:
                    self._answer("550 no such mailbox")
                else:
                    self._answer("250 mail.example.com")
            return None

        def _take(self) -> None:
            self._answer("354 go on")
            lines = list(iter(self.rfile.readline, b".\r\n"))
            found = message_from_bytes(b"".join(lines), policy=policy.default)
            kept.taken.append(found)
            self._answer("250 taken")

        def _answer(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def mail_to(mails: Mails) -> str:
    """Return the address of a mailbox at the server."""
    return f"mailto://127.0.0.1:{mails.port}/?from=keypin@example.com&to=ops@example.com"


def test_mail_arrives_as_it_was_written(mails: Mails) -> None:
    """A mail has the subject and the HTML that was made for it, and its recipient."""
    assert told(mail_to(mails)) is None
    (mail,) = mails.taken
    assert mail["Subject"] == "[error] shop 3.2 refuses it"
    assert mail["To"] == "ops@example.com"
    html = mail.get_body(("html",))
    assert html is not None
    assert "words in HTML" in html.get_content()


def test_mail_that_is_refused_says_why(mails: Mails) -> None:
    """What the server answered is what is shown of the failure."""
    mails.refuses = True
    reason = told(mail_to(mails))
    assert reason is not None
    assert "550" in reason
    assert mails.taken == []


def test_a_service_over_http_is_told(receiver) -> None:
    """A service of Apprise takes the Markdown, and the kind of message."""
    assert told(f"json://127.0.0.1:{receiver.port}/x") is None
    (document,) = receiver.documents()
    assert document["title"] == WORDS.subject
    assert document["message"] == WORDS.markdown
    assert document["type"] == "failure"


def test_what_is_over_is_good_news(receiver) -> None:
    """The end of an alert is told as a success, whatever it was."""
    url = f"json://127.0.0.1:{receiver.port}/x"
    assert tell(url, WORDS, Severity.ERROR, over=True, guard=LOOPBACK) is None
    assert receiver.documents()[0]["type"] == "success"


def test_an_answer_that_is_no_success_is_a_failure(receiver) -> None:
    """What Apprise warns of is why it failed."""
    receiver.answers = [500]
    reason = told(f"json://127.0.0.1:{receiver.port}/x")
    assert reason is not None
    assert "500" in reason


@pytest.mark.parametrize(
    "scheme", ["json://127.0.0.1:8080/", "mailto://127.0.0.1:2525/?from=a@b.example&to=a@b.example"]
)
def test_no_service_inside_is_reached(scheme: str) -> None:
    """Apprise takes any address; the guard judges what it dials."""
    reason = told(scheme, Guard())
    assert reason is not None
    assert "127.0.0.1 is loopback" in reason


def test_a_service_inside_is_never_asked(receiver) -> None:
    """Nothing arrives at a server inside, though it is there."""
    assert told(f"json://127.0.0.1:{receiver.port}/x", Guard()) is not None
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "slack://… (Slack)"),
        (
            "workflows://prod-1.westus.logic.azure.com/workflow/signature",
            "workflows://… (Power Automate / Workflows (for MSTeams))",
        ),
        ("pagerduty://IntegrationKey@ApiKey", "pagerduty://… (Pager Duty)"),
        ("mailto://user:secret@mail.example.com/?to=ops@example.com", "mail to ops@example.com"),
        ("ntfys://alerts", "ntfys://… (ntfy)"),
    ],
)
def test_of_an_address_no_secret_is_shown(url: str, shown: str) -> None:
    """Services are known by their scheme, mailboxes by their name."""
    assert service(url).shown == shown


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("nothing://at/all", "no service is reached", id="unknown"),
        pytest.param("slack://only-one-part", "no service is reached", id="incomplete"),
        pytest.param("syslog://", "guarded", id="this machine's log"),
        pytest.param("rsyslog://192.0.2.1", "guarded", id="datagrams"),
        pytest.param("mqtt://192.0.2.1/topic", "guarded", id="a protocol of its own"),
        pytest.param("dbus://", "no service|guarded", id="this machine's screen"),
        pytest.param(
            "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=/etc/passwd",
            "template in an address names a file",
            id="a file as template",
        ),
        pytest.param("fcm://project?keyfile=/etc/passwd", "keyfile", id="a file as key"),
        pytest.param("mailto://example.com?PGPKEY=/etc/passwd", "pgpkey", id="a key for mail"),
    ],
)
def test_what_may_not_be_used_is_refused(url: str, why: str) -> None:
    """What Apprise does not know, or what would reach past the guard, is no address."""
    with pytest.raises(InputError, match=why):
        service(url)


WEBHOOK = "0123456789abcdef" * 2
TEAMS = f"workflows://127.0.0.1:8080/{WEBHOOK}/{WEBHOOK}"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"


@pytest.mark.parametrize(
    "tail",
    [
        "?template={}",
        "#?template={}",
        "?x=1;template={}",
        "?x=1&Template={}",
        "?%74emplate={}",
        "? template ={}",
        "?+template={}",
        "?:template={}",
        "?x=?template={}&y;template={}",
    ],
)
def test_a_file_is_refused_however_it_is_written(tmp_path, tail: str) -> None:
    """What an address says is what Apprise reads in it."""
    file = tmp_path / "secret.json"
    file.write_text('{"type": "x", "body": "SECRET"}')
    for start in (TEAMS, SLACK):
        with pytest.raises(InputError, match="template in an address names a file"):
            service(start + tail.format(file, file))


def test_no_service_that_there_is_names_files_by_another_word() -> None:
    """Of all that Apprise has: what a version adds is looked at before it is used."""
    words = re.compile("file|attach|template|pgp|wkd|pem|cert|path|folder|director|local")
    known = {
        "attach-as": "the name of a field",
        "file_url": "an address that the chat fetches",
        "filename": "what the receiver is told that it is called",
        "fullpath": "of the address",
        "path": "of the address",
        "profile": "an account's",
        "workflow_path": "of the address",
        "template_data": "values of a template that the service keeps",
        "template_mapping": "values of a template that the service keeps",
        "locale": "a language",
    }
    load()
    named = set[str]()
    for one in Apprise().details(show_disabled=True)["schemas"]:
        for kind in ("args", "kwargs", "tokens"):
            named |= {str(name).lower() for name in one["details"][kind]}
    assert len(named) > 300
    assert {name for name in named if words.search(name)} - FILES - set(known) == set()
    assert {name for name in FILES if name in named} >= {"template", "keyfile", "pgpprv", "wkd"}


def test_no_file_is_read_whatever_names_it(tmp_path) -> None:
    """Apprise itself has lost the way to files, of this machine and of others."""
    file = tmp_path / "secret"
    file.write_text("SECRET")
    load()
    for where in (str(file), f"file://{file}", "http://127.0.0.1:8080/", "https://127.0.0.1/"):
        with suppress(KeyError):
            assert not AppriseAttachment().add(where)


def test_no_service_that_is_taken_dials_by_itself() -> None:
    """Of all that Apprise has: each speaks through what is guarded, and through nothing else."""
    load()
    kinds = [kind for kind in NotificationManager().plugins() if is_guarded(kind)]
    assert len(kinds) > 120
    other = {"socket", "httpx", "aiohttp", "websocket", "subprocess", "SocketTransport"}
    for kind in kinds:
        package = ".".join(kind.__module__.split(".")[:3])
        for name, module in list(sys.modules.items()):
            if name == package or name.startswith(f"{package}."):
                assert not other & {*vars(module)}, name


def test_an_address_cannot_ask_for_redirects(receiver) -> None:
    """Neither for more tries: they are ours."""
    plugin = service(f"json://127.0.0.1:{receiver.port}/?redirect=yes&retry=5").plugin
    assert (plugin.redirects, plugin.retry) == (False, 0)
    receiver.answers = [307]
    assert told(f"json://127.0.0.1:{receiver.port}/?redirect=yes&retry=5") is not None
    assert len(receiver.requests) == 1


def test_more_than_can_be_told_in_time_is_refused() -> None:
    """The first of them would be told with each try."""
    channels = "/".join(f"#room-{number}" for number in range(20))
    with pytest.raises(InputError, match=r"20 targets .* of Slack.*make several routes"):
        service(f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/{channels}")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nx-slow: ", b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n"]
)
def test_a_service_that_drips_is_no_service(dripping, head: bytes) -> None:
    """However often it says something, it has one time for all."""
    with dripping(head) as port, pytest.raises(TimeoutError, match=r"longer than 0\.3 seconds"):
        told(f"json://127.0.0.1:{port}/", total=0.3)


def test_a_mail_server_that_drips_is_none(dripping) -> None:
    """A greeting that never ends is cut off."""
    with dripping(b"220-") as port, pytest.raises(TimeoutError, match="longer than"):
        told(f"mailto://127.0.0.1:{port}/?from=keypin@example.com&to=a@b.example", total=0.3)


def test_a_pause_that_is_asked_for_is_no_longer_than_the_limit() -> None:
    """Whoever says "again in an hour" is told again later, by us."""
    plugin = service(SLACK).plugin
    with TimeLimit(0.5) as limit:
        throttle = patient(plugin, limit)
        throttle()
        with pytest.raises(TimeoutError):
            throttle(wait=3600)
