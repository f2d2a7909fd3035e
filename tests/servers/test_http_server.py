"""http.server and socketserver: the handler reads who the client is from its connection."""

import http.server
import socketserver
import threading

import pytest


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers the client's identity."""

    def do_GET(self) -> None:
        """Answer."""
        body = self.connection.client.identity.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """Keeps what a refused client raises from being printed."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("at_once", [True, False])
def test_http_server(at_once, party, judged) -> None:
    """The handshake at once, or in the thread of the handler, where it belongs."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = party.context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=at_once
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        judged(server.server_address[1])
        server.shutdown()
        thread.join()


def test_the_handler_gets_no_byte(party) -> None:
    """Of a client that is refused, nothing is read."""
    read = []

    class Reader(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            read.append(self.request.recv(100))

    class Quiet(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            read.append("refused")

    with Quiet(("127.0.0.1", 0), Reader) as server:
        server.socket = party.context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with pytest.raises(OSError):  # noqa: PT011 - hung up on, one way or the other
            party.ask(server.server_address[1], "stranger")
        server.shutdown()
        thread.join()
    assert read == ["refused"]
