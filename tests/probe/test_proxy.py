"""Through a proxy: what it is asked, what it may answer, and what is never shown."""

import socket
import threading
from collections.abc import Callable

import pytest

from keypin.certs import Cause, Observation
from keypin.errors import HostError
from keypin.lab import Lab
from keypin.probe import Proxy

Look = Callable[..., Observation]
Serving = Callable[[Callable[[socket.socket], None]], int]


def relay(client: socket.socket, port: int) -> None:
    """Carry bytes both ways until either side ends."""

    def copy(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            sink.sendall(data)

    with socket.create_connection(("127.0.0.1", port), 5) as server:
        forth = threading.Thread(target=_quietly, args=(copy, client, server))
        forth.start()
        _quietly(copy, server, client)
        forth.join(5)


def _quietly(copy: Callable[..., None], source: socket.socket, sink: socket.socket) -> None:
    try:
        copy(source, sink)
    except OSError:
        return
    finally:
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@pytest.mark.parametrize("credentials", ["", "user:p%40ss@"])
def test_http_connect(lab: Lab, look: Look, serving: Serving, credentials: str) -> None:
    """The proxy is asked for the name; it resolves it."""
    running = lab["good-ecdsa"]
    asked: list[bytes] = []

    def serve(client: socket.socket) -> None:
        asked.append(client.recv(4096))
        client.sendall(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")
        relay(client, running.port)

    proxy = Proxy.parse(f"http://{credentials}127.0.0.1:{serving(serve)}")
    seen = look(running.host, 0, connect=(), proxy=proxy)
    assert len(seen.handshakes) == 1
    assert asked[0].startswith(f"CONNECT {running.host}:443 HTTP/1.1\r\n".encode())
    assert (b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in asked[0]) is bool(credentials)


@pytest.mark.parametrize("credentials", ["", "user:secret@"])
def test_socks5(lab: Lab, look: Look, serving: Serving, credentials: str) -> None:
    """With and without a password; a given address is passed on as one."""
    running = lab["good-ecdsa"]

    def serve(client: socket.socket) -> None:
        method = client.recv(16)[2:3]
        client.sendall(b"\x05" + method)
        if method == b"\x02":
            assert client.recv(64) == b"\x01\x04user\x06secret"
            client.sendall(b"\x01\x00")
        assert client.recv(64)[:4] == b"\x05\x01\x00\x01"
        client.sendall(b"\x05\x00\x00\x03\x01x\x00\x00")
        relay(client, running.port)

    proxy = Proxy.parse(f"socks5h://{credentials}127.0.0.1:{serving(serve)}")
    assert len(look(running.host, running.port, proxy=proxy).handshakes) == 1


@pytest.mark.parametrize(
    ("url", "answers", "detail"),
    [
        ("http://", [b"HTTP/1.1 407 Auth\r\n\r\n"], "answered 407 Auth"),
        ("http://", [b"SSH-2.0\r\n"], "which is no HTTP"),
        ("socks5://", [b"\x05\xff"], "wants a user name and password"),
        ("socks5://u:p@", [b"\x05\xff"], "wants another way to sign in"),
        ("socks5://u:p@", [b"\x05\x02", b"\x01\x01"], "refused the user name or password"),
        ("socks5://", [b"HT"], "which is no SOCKS5"),
        ("socks5://", [b"\x05\x00", b"\x05\x04\x00\x01"], "host unreachable"),
        ("socks5://", [b"\x05\x00", b"\x05\x63\x00\x01"], "error 99"),
    ],
)
def test_a_proxy_that_refuses(
    look: Look, serving: Serving, url: str, answers: list[bytes], detail: str
) -> None:
    """The proxy's answer is the failure, without the password."""

    def serve(client: socket.socket) -> None:
        for answer in answers:
            client.recv(4096)
            client.sendall(answer)
        client.recv(4096)

    proxy = Proxy.parse(f"{url}127.0.0.1:{serving(serve)}")
    (failure,) = look("h.example", 0, connect=(), proxy=proxy).failures
    assert failure.cause is Cause.PROXY
    assert failure.address == "h.example:443"
    assert detail in failure.detail
    assert "u:p" not in failure.detail


def test_a_proxy_that_is_not_there(look: Look) -> None:
    """Its own failure is told as the proxy's, not the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    proxy = Proxy.parse(f"http://127.0.0.1:{port}")
    (failure,) = look("h.example", 0, connect=(), proxy=proxy).failures
    assert failure.cause is Cause.PROXY
    assert failure.detail.startswith(f"the proxy http://127.0.0.1:{port}: the host refused")


@pytest.mark.parametrize(
    "text", ["ftp://h", "http://", "h:1", "http://h:99999", "http://h:x", f"http://{'u' * 256}@h"]
)
def test_what_is_no_proxy(text: str) -> None:
    """A URL that cannot be a proxy's is refused, unseen: it may hold a password."""
    with pytest.raises(HostError) as caught:
        Proxy.parse(text)
    assert "uuu" not in str(caught.value)


def test_ports_have_defaults() -> None:
    """What proxies of each kind listen on."""
    assert str(Proxy.parse("http://p.example")) == "http://p.example:8080"
    assert str(Proxy.parse("socks5://[::1]")) == "socks5://[::1]:1080"
    assert "secret" not in repr(Proxy.parse("http://u:secret@p.example"))
