"""Within a guard `requests` takes nothing of the environment."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network

import pytest
import requests

from keypin.watch.guarding import Guard
from keypin.watch.guarding_requests import guard_requests
from keypin.watch.guarding_sockets import guarded_sockets

LOOPBACK = Guard((ip_network("127.0.0.0/8"),))


@pytest.fixture
def proxy(monkeypatch, tmp_path):
    """Run a proxy that the environment names, and which tells what it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["authorization"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        yield asked, server.server_port
        server.shutdown()
        thread.join()


def test_a_proxy_of_the_environment_is_not_used(proxy) -> None:
    """Not even one that may be dialled: it would dial what nobody judged."""
    asked, _ = proxy
    guard_requests()
    session = requests.Session()
    with guarded_sockets(LOOPBACK):
        for get in (requests.get, session.get):
            with pytest.raises(requests.ConnectionError, match="metadata service"):
                get("http://169.254.169.254/latest", timeout=1)
    assert asked == []


def test_no_password_of_the_environment_is_sent(proxy, monkeypatch) -> None:
    """A name that somebody gives gets none of `~/.netrc`."""
    asked, port = proxy
    monkeypatch.delenv("http_proxy")
    guard_requests()
    url = f"http://127.0.0.1:{port}/x"
    with guarded_sockets(LOOPBACK):
        requests.get(url, timeout=1)
    requests.get(url, timeout=1)
    assert [one for _, one in asked] == [None, "Basic c29tZWJvZHk6c2VjcmV0"]


def test_elsewhere_a_session_is_what_it_was(proxy) -> None:
    """It takes the proxy, unless it was told not to."""
    asked, _ = proxy
    guard_requests()
    with guarded_sockets(LOOPBACK):
        session = requests.Session()
    assert session.get("http://keypin.example/", timeout=1).status_code == 204
    assert asked == [("http://keypin.example/", None)]
    session.trust_env = False
    assert not session.trust_env
    session.trust_env = True
    with guarded_sockets(LOOPBACK):
        assert not session.trust_env
    assert session.trust_env
