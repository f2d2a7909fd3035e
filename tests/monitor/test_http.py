"""Connections to logs: whom they trust, what they call themselves, and what they forget."""

import ssl
from datetime import UTC, datetime

import httpx2
import pytest

from keypin._version import __version__
from keypin.errors import InputError
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_view import Answer
from keypin.monitor.client import Client, UnreachableError
from keypin.monitor.http import connections


@pytest.fixture
def authority():
    """Return a CA."""
    return issue(Request(name="CA", key=new_key("ecdsa"), ca=True), datetime.now(UTC))


@pytest.fixture
def secure(script, authority, tmp_path):
    """Return a server with a certificate of that CA."""
    request = Request(name="localhost", key=new_key("ecdsa"), issuer=authority)
    leaf = issue(request, datetime.now(UTC))
    (tmp_path / "server.pem").write_bytes(leaf.pem + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return script(Answer(b"good"), tls=context)


def test_a_ca_of_ones_own(secure, authority, tmp_path) -> None:
    """The CAs of a file are trusted."""
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    with connections(str(tmp_path / "ca.pem")) as http:
        assert Client(secure.url, http).get("", 9) == b"good"


def test_a_ca_that_nobody_knows(secure) -> None:
    """By itself a connection trusts what certifi does, and no other."""
    with connections() as http:
        with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
            Client(secure.url, http, lambda _: None).get("", 9)


@pytest.mark.parametrize(
    ("data", "complaint"), [(None, "No such file"), (b"", "NO_CERTIFICATE"), (b"x", "NO_CERTIF")]
)
def test_a_file_without_cas(data, complaint, tmp_path) -> None:
    """The error names the file, and says what it should be."""
    path = tmp_path / "ca.pem"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=rf"^ca.pem: no CA certificates: .*{complaint}") as raised:
        with connections(str(path)):
            pytest.fail("these are no connections")
    assert raised.value.expected == "PEM"


def test_it_says_who_it_is(script) -> None:
    """Operators of logs see whom to ask."""
    server = script(Answer(b"good"))
    with connections() as http:
        Client(server.url, http).get("", 9)
    [ask] = server.api.asked
    agent = f"keypin/{__version__} (certificate transparency monitor)"
    assert ask.client.headers["user-agent"] == agent


def test_no_cookies(script) -> None:
    """A log cannot know a client again, to show it another tree."""
    server = script(Answer(b"good", headers=(("Set-Cookie", "who=you; Path=/"),)))
    with connections() as http:
        for _ in range(2):
            Client(server.url, http).get("", 9)
        assert list(http.cookies.jar) == []
    assert "cookie" not in server.api.asked[1].client.headers


def test_connections_are_kept_and_closed(script) -> None:
    """One serves many requests, and none is left open at the end."""
    server = script(Answer(b"good"))
    with connections() as http:
        for _ in range(3):
            Client(server.url, http).get("", 9)
    assert {seen.connection for seen in server.seen} == {1}
    with pytest.raises(RuntimeError, match="closed"):
        http.get(server.url)
    assert isinstance(http, httpx2.Client)
