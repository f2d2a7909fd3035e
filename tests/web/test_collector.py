"""The door for reports, as clients in the field meet it: over HTTP, at a server that runs."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest
import uvicorn
from cryptography.fernet import Fernet
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from keypin.inventory.entries import Application
from keypin.lab.authority import Request, issue, new_key
from keypin.pins.toml import loads
from keypin.tls.context import create_default_context
from keypin.tls.reporter import Reporter
from keypin.watch.collecting.batch import Entry, Kind, unpack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.part import empty
from keypin.watch.core import Core
from keypin.watch.inventory import applications
from keypin.watch.settings import Addresses, Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import check_ins, report_groups
from keypin.watch.work.inline import Inline
from keypin.web.collector import Collector
from keypin.web.collector_wire import Wire

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DEVICE = "599F9C00-92DC-4B5C-9464-7971F01F8370"
ADDRESS = "203.0.113.77"
PROXIES = (ip_network("127.0.0.0/8"),)


@dataclass
class Door:
    """A server with a collector, and what is behind it."""

    core: Core
    collector: Collector
    url: str
    key: str
    at: datetime = NOON

    @property
    def address(self) -> str:
        """Where reports go."""
        return f"{self.url}/report/{self.key}"

    def entries(self) -> list[Entry]:
        """Return what was taken, in its order."""
        batches = open_batches(self.core)
        with batches.take(1000) as taken:
            found = [entry for batch in taken.batches for entry in unpack(batch)]
        batches.close()
        return found


@pytest.fixture
def open_door(tmp_path: Path) -> Callable[..., object]:
    """Return what opens a door to a database, with settings."""

    @contextmanager
    def opened(database: Database, **settings: object) -> Iterator[Door]:
        with database.begin(1) as scope:
            applications.add(scope, Application(name="shop"), at=NOON)
            key = applications.find(scope, "shop").report_key
        core = Core(
            settings=Settings(data=tmp_path, behind=PROXIES, **settings),
            database=database,
            sealer=Sealer([Fernet.generate_key().decode()]),
            work=Inline(),
            clock=lambda: door.at,
        )
        collector = Collector(core)
        door = Door(core, collector, "", key)
        for url in _served(collector):
            door.url = url
            yield door

    return opened


def _served(collector: Collector) -> Iterator[str]:
    rest = Starlette(routes=[Route("/{all:path}", lambda _: PlainTextResponse("the rest"))])
    configuration = uvicorn.Config(
        collector.in_front_of(rest), http=Wire, port=0, log_level="error", proxy_headers=False
    )
    server = uvicorn.Server(configuration)
    listening = server.config.bind_socket()
    listening.listen()
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def door(open_door, database) -> Iterator[Door]:
    """Return a door to SQLite."""
    with open_door(database) as opened:
        yield opened


@pytest.fixture
def any_door(open_door, any_database) -> Iterator[Door]:
    """Return a door to each kind of database in turn."""
    with open_door(any_database) as opened:
        yield opened


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    """Return a client; to read the roots for each takes 50 ms, and nobody here speaks TLS."""
    with httpx2.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as opened:
        yield opened


@pytest.fixture(scope="session")
def pems() -> list[str]:
    """Return a chain as reports hold it."""
    root = issue(Request(name="a root", key=new_key("ecdsa"), ca=True), NOON)
    leaf = issue(Request(name="a", hosts=("a.example",), key=new_key("ecdsa"), issuer=root), NOON)
    return [ssl.DER_cert_to_PEM_cert(one.der) for one in (leaf, root)]


@pytest.fixture
def report(pems) -> Callable[..., dict[str, object]]:
    """Return a function that writes a report of RFC 7469, with other members."""

    def make(**members: object) -> dict[str, object]:
        return {
            "date-time": "2026-11-29T12:00:00Z",
            "hostname": "api.example.com",
            "port": 443,
            "noted-hostname": "example.com",
            "include-subdomains": True,
            "served-certificate-chain": pems,
            "validated-certificate-chain": pems,
            "known-pins": ['pin-sha256="KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="'],
            **members,
        }

    return make


FORMS = {
    "rfc7469": ("application/json", {}),
    "trustkit-ios": (
        "application/json",
        {"app-bundle-id": "com.example.shop", "app-version": "3.2", "app-vendor-id": DEVICE},
    ),
    "trustkit-android": (
        "application/json; charset=UTF-8",
        {"app-bundle-id": "com.example.shop", "app-platform": "ANDROID", "app-vendor-id": DEVICE},
    ),
    "keypin": ("application/json", {"policy": "**.example.com", "app": "shop", "version": "3"}),
    "hpkp": ("application/hpkp-report+json", {}),
    "beacon": ("text/plain;charset=UTF-8", {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken(any_door, client, report, form) -> None:
    """And on the disk when it is said to be."""
    content_type, members = FORMS[form]
    body = json.dumps(report(**members))
    answer = client.post(any_door.address, content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.content) == (202, b"")
    (entry,) = any_door.entries()
    assert (entry.kind, entry.application) == (Kind.REPORT, 1)
    assert json.loads(entry.body)["hostname"] == "api.example.com"


def test_expect_ct_is_taken_in_its_envelope(door, client, report) -> None:
    """It names no pins."""
    inner = report()
    del inner["known-pins"]
    answer = client.post(
        door.address,
        content=json.dumps({"expect-ct-report": inner}),
        headers={"Content-Type": "application/expect-ct-report+json"},
    )
    assert answer.status_code == 202


def test_the_reporter_of_this_package_is_taken_end_to_end(door, lab) -> None:
    """From a handshake that is refused to a group of reports."""
    text = f"""
        version = 1
        [[policy]]
        host = "localhost"
        pins = ["sha256/KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="]
        backup_pins = ["sha256/H9W6+c1+WVT38flHiPrd2Yd+nDeaLAY2Ef7pbFfAZQw="]
        mode = "report"
        report_to = ["{door.address}"]
    """
    with Reporter(app="shop", version="4.2") as reporter:
        context = create_default_context(
            loads(text).pin_set, cafile=str(lab.ca_file), reporter=reporter
        )
        with socket.create_connection(("127.0.0.1", lab["good-ecdsa"].port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost"):
                pass
        reporter.flush(10)
        assert reporter.counters.sent == 1
    empty(door.core)
    with door.core.database.read_across() as connection:
        assert connection.execute(select(report_groups.c.host)).scalars().all() == ["localhost"]


def test_a_check_in_is_a_count(any_door, client) -> None:
    """Of a version and a day, and of nobody."""
    for _ in range(3):
        url = f"{any_door.url}/check-in/{any_door.key}"
        assert client.post(url, json={"version": "4.2.0"}).status_code == 202
    empty(any_door.core)
    with any_door.core.database.read_across() as connection:
        row = connection.execute(select(check_ins)).one()
    assert (row.version, row.day, row.count) == ("4.2.0", NOON.date(), 3)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no check-in"),
        (b"[]", "no check-in"),
        (b'{"version": 3}', "no check-in"),
        (b'{"version": ""}', "expected 1 to 100 printable characters"),
        (b'{"version": "%b"}' % (b"9" * 101), "expected 1 to 100 printable characters"),
        (b'{"version": "1\\u0000"}', "expected 1 to 100 printable characters"),
        (b'{"version": "\xff"}', "no check-in"),
    ],
)
def test_a_check_in_that_is_none_is_told_what_is_expected(door, client, body, says) -> None:
    """With an example."""
    answer = client.post(f"{door.url}/check-in/{door.key}", content=body)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert 'expected {"version": "4.2.0"}' in answer.json()["detail"]


def test_a_page_of_any_origin_may_report(door, client, report) -> None:
    """The browser asks first, and remembers the answer for a day."""
    asked = client.request(
        "OPTIONS",
        door.address,
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == "content-type"
    assert asked.headers["access-control-max-age"] == "86400"
    for body in (report(), {}):
        answer = client.post(door.address, json=body)
        assert answer.headers["access-control-allow-origin"] == "*"


REFUSED = {
    "no JSON": (b"{", {}, 400, "no JSON"),
    "no host": (b'{"known-pins": []}', {}, 400, "hostname: it is missing"),
    "another type": (b'{"hostname": 3}', {}, 400, "hostname: int; expected str"),
    "another media type": (b"{}", {"Content-Type": "text/html"}, 400, "Content-Type: the media"),
    "too large": (bytes(65_537), {}, 413, "expected at most 65,536 bytes"),
    "compressed": (b"{}", {"Content-Encoding": "gzip"}, 415, "without Content-Encoding"),
    "no UTF-8": (b'{"hostname": "\xff"}', {}, 400, "no JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_report_is_refused_with_the_reason(door, client, name) -> None:
    """As a problem document (RFC 9457), and nothing of it is kept."""
    body, headers, status, says = REFUSED[name]
    answer = client.post(door.address, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert says in problem["detail"]
    assert door.entries() == []


def test_a_body_without_a_length_ends_at_the_limit_too(door, client) -> None:
    """It is not read to its end."""

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield bytes(10_000)

    assert client.post(door.address, content=endless()).status_code == 413


def test_a_certificate_that_is_none_is_told_to_who_sends_it(door, client, report) -> None:
    """The first of its kind is read to its end."""
    broken = report(**{"served-certificate-chain": ["-----BEGIN CERTIFICATE-----"]})
    answer = client.post(door.address, json=broken)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("served-certificate-chain[0]")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_reports_are_posted(door, client, method) -> None:
    """Other methods are told so."""
    answer = client.request(method, door.address)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_a_key_that_nobody_has_is_not_found(door, client, report) -> None:
    """However many are tried, nothing of them is remembered."""
    for number in range(10):
        answer = client.post(f"{door.url}/report/{number}", json=report())
        assert answer.status_code == 404
        assert "no application has this key" in answer.json()["detail"]
    known = door.collector._register.known
    assert known is not None
    assert list(known.numbers) == [door.key]


def test_a_new_key_works_within_a_second_and_one_that_is_gone_within_five(
    door, client, report
) -> None:
    """Keys are read anew, and not for each report."""
    assert client.post(door.address, json=report()).status_code == 202
    with door.core.database.begin(1) as scope:
        applications.add(scope, Application(name="bank"), at=NOON)
        key = applications.find(scope, "bank").report_key
        applications.remove(scope, "shop")
    door.at += timedelta(seconds=1)
    assert client.post(f"{door.url}/report/{key}", json=report()).status_code == 202
    assert client.post(door.address, json=report()).status_code == 404


def test_all_else_is_somebody_elses(door, client) -> None:
    """Also what only looks like a report's address."""
    for path in ("/", "/report", "/report/a/b", "/reports/a", f"/report/{'a' * 65}"):
        assert client.get(door.url + path).text == "the rest"


def test_an_address_may_send_so_many_in_a_minute(open_door, database, client, report) -> None:
    """Then it waits, and is told how long; others need not."""
    with open_door(database, reports_per_source=5) as door:
        mine, other = ({"X-Forwarded-For": address} for address in (ADDRESS, "203.0.113.78"))
        codes = [
            client.post(door.address, json=report(), headers=mine).status_code for _ in range(5)
        ]
        assert codes == [202] * 5
        answer = client.post(door.address, json=report(), headers=mine)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "12")
        assert "from this address" in answer.json()["detail"]
        assert client.post(door.address, json=report(), headers=other).status_code == 202
        door.at += timedelta(seconds=12)
        assert client.post(door.address, json=report(), headers=mine).status_code == 202


def test_an_application_may_be_sent_so_many_in_a_minute(
    open_door, database, client, report
) -> None:
    """So that one application's storm leaves room for the others."""
    with open_door(database, reports_per_application=2) as door:
        addresses = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(3)]
        answers = [client.post(door.address, json=report(), headers=one) for one in addresses]
        assert [one.status_code for one in answers] == [202, 202, 429]
        assert "for this application" in answers[-1].json()["detail"]


@pytest.mark.parametrize(
    ("addresses", "source", "network"),
    [
        (Addresses.CUT, True, "203.0.113.0/24"),
        (Addresses.DIGEST, True, None),
        (Addresses.NOTHING, False, None),
    ],
)
def test_of_an_address_is_kept_what_the_settings_say(
    open_door, database, client, report, addresses, source, network
) -> None:
    """A keyed digest, the address cut short, or nothing."""
    with open_door(database, addresses=addresses) as door:
        client.post(door.address, json=report(), headers={"X-Forwarded-For": ADDRESS})
        (entry,) = door.entries()
    assert (entry.source is not None, entry.network) == (source, network)


def test_a_source_is_the_same_for_a_day_and_another_the_next(door, client, report) -> None:
    """By the next day nobody can tell whose it was."""
    for hours in (0, 1, 12):
        door.at = NOON + timedelta(hours=hours)
        for _ in range(2):  # the first lets the keys be read anew
            client.post(door.address, json=report(), headers={"X-Forwarded-For": ADDRESS})
            client.post(f"{door.url}/report/nobody", json={})
    sources = [entry.source for entry in door.entries()]
    assert len(set(sources[:4])) == 1
    assert sources[-1] != sources[0]


@pytest.mark.parametrize(
    ("said", "country"),
    [("de", "DE"), ("XX", None), ("T1", None), ("Germany", None), ("\xe9\xe9", None), ("", None)],
)
def test_a_proxy_that_is_believed_says_the_country(
    open_door, database, client, report, said, country
) -> None:
    """Where the settings name its header."""
    with open_door(database, country_header="CF-IPCountry") as door:
        headers = {"CF-IPCountry": said.encode("latin-1")}
        client.post(door.address, json=report(), headers=headers)
        (entry,) = door.entries()
    assert entry.country == country


def test_no_device_and_no_address_is_on_the_disk(any_door, client, report, tmp_path) -> None:
    """Neither before a report is sorted nor after it, in no file of the installation."""
    members = FORMS["trustkit-ios"][1]
    headers = {"X-Forwarded-For": ADDRESS}
    client.post(any_door.address, json=report(**members), headers=headers)
    batches = open_batches(any_door.core)
    kept = batches._file.execute("SELECT batch FROM batches") if hasattr(batches, "_file") else []
    plain = b"".join(repr(unpack(batch)).encode() for (batch,) in kept)
    batches.close()
    empty(any_door.core)
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    for secret in (DEVICE, ADDRESS):
        assert secret.encode() not in plain
        assert not any(secret.encode() in one for one in files)


def test_a_store_that_takes_nothing_is_told_to_come_again(
    open_door, postgresql, client, report
) -> None:
    """What cannot be kept is not acknowledged; and it goes on once the store is back."""
    with open_door(postgresql) as door:
        assert client.post(door.address, json=report()).status_code == 202
        with postgresql.begin_across() as connection:
            connection.exec_driver_sql("ALTER TABLE intake RENAME TO away")
        answer = client.post(door.address, json=report())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "6")
        assert answer.json()["detail"].endswith("send it again")
        assert door.collector.problem() is not None
        with postgresql.begin_across() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO intake")
        assert client.post(door.address, json=report()).status_code == 202
        assert door.collector.problem() is None
        assert dict(door.collector.answered) == {202: 2, 503: 1}


def test_a_body_that_never_comes_holds_nobody_up(door, client, report, monkeypatch) -> None:
    """It is told so, and the connection ends."""
    monkeypatch.setattr("keypin.web.collector.PATIENCE", 0.05)
    host, port = door.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as plain:
        head = f"POST /report/{door.key} HTTP/1.1\r\nHost: c\r\nContent-Length: 100\r\n\r\n"
        plain.sendall(head.encode())
        assert plain.recv(1000).startswith(b"HTTP/1.1 408")
    assert client.post(door.address, json=report()).status_code == 202
