"""A webhook reaches the address that was judged, under its name, and goes nowhere else."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from keypin.lab.authority import Request, issue, new_key
from keypin.watch import guarding_sockets
from keypin.watch.guarding import Guard, InternalError, UnresolvedError
from keypin.watch.guarding_http import guarded_client
from keypin.watch.guarding_sockets import guarded_sockets


@dataclass
class Hook:
    """A server of webhooks with a certificate for hooks.example."""

    port: int
    trust: ssl.SSLContext
    tls: ssl.SSLContext
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Hook]:
    """Run the server: it answers with a redirect to itself at /redirect."""
    ca = issue(Request(name="CA", key=new_key("ecdsa"), hosts=(), ca=True), datetime.now(UTC))
    leaf = issue(
        Request(name="hook", key=new_key("ecdsa"), hosts=("hooks.example",), issuer=ca),
        datetime.now(UTC),
    )
    (tmp_path / "leaf.pem").write_bytes(leaf.key_pem + leaf.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "leaf.pem")
    running: Hook

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            running.seen.append((self.path, self.headers["host"], body))
            self.send_response(307 if self.path == "/redirect" else 204)
            if self.path == "/redirect":
                self.send_header("location", "https://hooks.example/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        trust = ssl.create_default_context(cadata=ca.pem.decode())
        running = Hook(server.server_port, trust, context)
        context.sni_callback = lambda _socket, name, _context: running.names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        server.shutdown()
        thread.join()


LOOPBACK = (ip_network("127.0.0.0/8"),)


def client(hook: Hook, *answers: str, allowed=LOOPBACK) -> httpx2.Client:
    """Return a client for which every name has these addresses."""
    found = answers or ("127.0.0.1",)
    guard = Guard(allowed, lambda _host, port: [(one, port) for one in found])
    return guarded_client(guard, verify=hook.trust, timeout=5)


def test_a_webhook_reaches_its_address_under_its_name(hook) -> None:
    """Host and SNI are the name, and so is what the certificate is verified for."""
    with client(hook) as http:
        answer = http.post(f"https://hooks.example:{hook.port}/a?b", content=b"{}")
    assert answer.status_code == 204
    assert hook.seen == [("/a?b", f"hooks.example:{hook.port}", b"{}")]
    assert hook.names == ["hooks.example"]
    assert answer.request.url.host == "hooks.example"


def test_a_certificate_for_another_name_is_refused(hook) -> None:
    """Though it is at the right address."""
    with client(hook) as http:
        with pytest.raises(httpx2.ConnectError, match="Hostname mismatch"):
            http.post(f"https://other.example:{hook.port}/", content=b"{}")
    assert hook.seen == []


def test_an_internal_host_is_never_dialled(hook) -> None:
    """Not even its handshake begins."""
    with client(hook, allowed=()) as http:
        with pytest.raises(InternalError, match="loopback"):
            http.post("https://hooks.example:8443/", content=b"{}")
    assert hook.names == []


def test_a_redirect_is_not_followed(hook) -> None:
    """It is the answer."""
    with client(hook) as http:
        answer = http.post(f"https://hooks.example:{hook.port}/redirect", content=b"{}")
    assert (answer.status_code, len(hook.seen)) == (307, 1)


def test_the_next_address_is_tried_where_one_takes_no_connection(hook) -> None:
    """Nothing was sent to the first."""
    with client(hook, "127.0.0.3", "127.0.0.1") as http:
        assert http.post(f"https://hooks.example:{hook.port}/", content=b"{}").status_code == 204
    assert len(hook.seen) == 1


def test_no_address_that_takes_it_is_an_error_of_the_connection(hook) -> None:
    """The last one's."""
    with client(hook, "127.0.0.3", "127.0.0.4") as http:
        with pytest.raises(httpx2.ConnectError):
            http.post(f"https://hooks.example:{hook.port}/", content=b"{}")


def test_no_connection_is_kept_for_another_name(hook) -> None:
    """Each request has a handshake under its own name."""
    with client(hook) as http:
        for _ in range(2):
            http.post(f"https://hooks.example:{hook.port}/", content=b"{}")
    assert hook.names == ["hooks.example"] * 2


def test_other_schemes_are_refused(hook) -> None:
    """There is no file, and no ftp."""
    with client(hook) as http:
        with pytest.raises(httpx2.UnsupportedProtocol):
            http.post("ftp://hooks.example/", content=b"{}")


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HEAD + b"x-slow: ", id="headers"),
        pytest.param(HEAD + b"\r\n", id="a body without a length"),
        pytest.param(HEAD + b"content-length: 9999\r\n\r\n", id="a body"),
    ],
)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_byte_now_and_then_is_no_answer(hook, dripping, tls, head) -> None:
    """Each byte comes in time, and all of them never: the request ends by its own limit."""
    with dripping(head, context=hook.tls if tls else None) as port:
        guard = Guard(LOOPBACK, lambda _host, port: [("127.0.0.1", port)])
        with guarded_client(guard, verify=hook.trust, total=0.3) as http:
            with pytest.raises(httpx2.ReadTimeout, match=r"longer than 0\.3 seconds"):
                http.get(f"{'https' if tls else 'http'}://hooks.example:{port}/")


def test_all_addresses_share_one_limit(hook) -> None:
    """The second address has what the first has left."""
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as first:  # it takes the connection and says nothing
        guard = Guard(LOOPBACK, lambda _host, port: [("127.0.0.1", port)] * 20)
        with guarded_client(guard, verify=hook.trust, total=0.3) as http:
            with pytest.raises(httpx2.ReadTimeout, match=r"longer than 0\.3 seconds"):
                http.get(f"https://hooks.example:{first.getsockname()[1]}/")


def test_a_name_that_is_not_found_in_time(hook, monkeypatch) -> None:
    """The resolver of this machine takes its own time; nobody waits for it."""
    with guarded_sockets(None):  # what asks the resolver beneath is in place
        pass
    never = threading.Event()
    monkeypatch.setattr(guarding_sockets, "_beneath", [lambda *_, **__: never.wait(30)])
    with guarded_client(Guard(), verify=hook.trust, total=0.1) as http:
        began = monotonic()
        with pytest.raises(UnresolvedError, match=r"hooks\.example has no address"):
            http.get("https://hooks.example/")
    assert monotonic() - began < 10
    never.set()


def test_a_proxy_of_the_environment_is_not_used(hook, monkeypatch) -> None:
    """It would dial what nobody judged."""
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with client(hook) as http:
        assert http.post(f"https://hooks.example:{hook.port}/", content=b"{}").status_code == 204
