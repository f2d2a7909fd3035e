"""http.client with a context of keypin."""

import ssl
from http.client import HTTPSConnection

import pytest

import keypin
from keypin.tls import WeakenedContextError


@pytest.fixture
def connect():
    """Return a function that gives a connection which the test's end closes."""
    made: list[HTTPSConnection] = []

    def open_one(port: int, context: ssl.SSLContext, host: str = "localhost", **options):
        made.append(HTTPSConnection(host, port, context=context, timeout=20, **options))
        return made[-1]

    yield open_one
    for connection in made:
        connection.close()


def ask(connection: HTTPSConnection, path: str = "/") -> bytes:
    """Send a request and return the answer's body."""
    connection.request("GET", path)
    return connection.getresponse().read()


def test_a_good_server(good, pinned, connect) -> None:
    """It answers, on one connection as often as asked, and the evidence is on its socket."""
    connection = connect(good.port, pinned())
    assert ask(connection) == ask(connection) == b"hello"
    assert good.connections == 1
    assert isinstance(connection.sock.verdict, keypin.Matched)


def test_an_attacker(attacker, pinned, connect, story) -> None:
    """The error is keypin's own, and nothing can be sent on what is left of the connection."""
    connection = connect(attacker.port, pinned())
    with pytest.raises(keypin.PinMismatchError) as caught:
        connection.request("GET", "/", headers={"Authorization": "secret"})
    assert story(caught.value)
    with pytest.raises(OSError, match="Bad file descriptor"):
        connection.send(b"secret")
    attacker.wait()
    assert attacker.received == []


def test_hostile_servers(hostile, pinned, connect) -> None:
    """None is sent anything."""
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(connect(hostile.port, pinned()))
    hostile.wait()
    assert hostile.received == []


def test_a_server_that_changes_hands(good, pinned, connect, tls_of) -> None:
    """A connection that is opened again is judged again."""
    connection = connect(good.port, pinned())
    assert ask(connection) == b"hello"
    connection.close()
    good.wait()
    before = len(good.received)
    good.context = tls_of("man-in-the-middle")
    with pytest.raises(keypin.PinMismatchError):
        ask(connection)
    good.wait()
    assert len(good.received) == before


def test_a_host_without_pins(good, pinned, connect) -> None:
    """It is refused, although it shows the certificate of one with pins."""
    context = pinned()
    assert ask(connect(good.port, context)) == b"hello"
    with pytest.raises(keypin.UnpinnedHostError):
        ask(connect(good.port, context, "127.0.0.1"))


def test_a_proxy(good, attacker, proxy, pinned, connect, story) -> None:
    """The server within the tunnel is the one that is judged."""
    running = proxy()
    for divert in (None, attacker.port):
        running.divert = divert
        connection = connect(running.port, pinned())
        connection.set_tunnel("localhost", good.port)
        if divert is None:
            assert ask(connection) == b"hello"
            continue
        with pytest.raises(keypin.PinMismatchError) as caught:
            ask(connection)
        assert story(caught.value)
    assert running.asked == [f"localhost:{good.port}"] * 2
    attacker.wait()
    assert attacker.received == []


def test_checks_turned_off(attacker, pinned, connect) -> None:
    """The context is the only place for that, and it refuses."""
    context = pinned()
    connection = connect(attacker.port, context)
    with pytest.raises(WeakenedContextError):
        context.check_hostname = False
    with pytest.raises(WeakenedContextError):
        context.verify_mode = ssl.CERT_NONE
    with pytest.raises(keypin.PinMismatchError):
        ask(connection)
