"""The lab's log over real connections: kept, packed, over TLS, and broken as it is told to."""

import gzip
import json
import socket
import ssl
import zlib
from base64 import b64encode
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection, IncompleteRead

import pytest

from keypin.errors import KeypinError
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import CtApi
from keypin.lab.ct_server import CtServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@contextmanager
def connected(server: CtServer, timeout: float = 10):
    """Give a connection to a server."""
    connection = HTTPConnection(server.url.split("/")[2], timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


def ask(connection: HTTPConnection, path: str, **headers: str):
    """Ask for a path, and return the answer with its body read."""
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response, response.read()


@pytest.fixture
def server(ct_log):
    """Return the log's server, running."""
    with CtServer(CtApi(ct_log)) as running:
        yield running


def test_a_connection_is_kept(server) -> None:
    """One connection serves many requests, and the server knows which it saw."""
    with connected(server) as connection:
        for path in ("/ct/v1/get-sth", "/tile/0/000", "/nothing"):
            ask(connection, path)
    assert [tuple(seen) for seen in server.seen] == [
        ("/ct/v1/get-sth", 200, 1),
        ("/tile/0/000", 200, 1),
        ("/nothing", 404, 1),
    ]


def test_answers_are_packed_for_who_takes_that(server) -> None:
    """Data tiles and pages are packed by gzip when the client accepts it."""
    for path in ("/tile/data/000", "/ct/v1/get-entries?start=0&end=255"):
        with connected(server) as connection:
            response, plain = ask(connection, path)
            assert response.getheader("Content-Encoding") is None
            response, packed = ask(connection, path, **{"Accept-Encoding": "gzip, identity"})
        assert response.getheader("Content-Encoding") == "gzip"
        assert gzip.decompress(packed) == plain


def test_a_server_that_never_packs(ct_log) -> None:
    """Some logs never do."""
    with CtServer(CtApi(ct_log), packs=False) as server, connected(server) as connection:
        response, _ = ask(connection, "/tile/data/000", **{"Accept-Encoding": "gzip"})
    assert response.getheader("Content-Encoding") is None


def test_a_hash_in_a_query(server, ct_log) -> None:
    """Base64 in a query is read escaped or not."""
    for entry in ct_log.entries[:40]:
        hashed = b64encode(entry.leaf_hash).decode()
        with connected(server) as connection:
            path = f"/ct/v1/get-proof-by-hash?hash={hashed}&tree_size=300"
            response, _ = ask(connection, path)
        assert response.status == 200


def test_the_address_becomes_the_origin(ct_log) -> None:
    """A log without a name of its own is called by its address, without scheme and last slash."""
    with CtServer(CtApi(ct_log), prefix="/2026h1") as server, connected(server) as connection:
        _, note = ask(connection, "/2026h1/checkpoint")
        assert ask(connection, "/checkpoint")[0].status == 404
    assert server.url.endswith("/2026h1/")
    assert note.decode().split("\n")[0] == server.url.removeprefix("http://").rstrip("/")


def test_over_tls(ct_log, ct_ca, tmp_path) -> None:
    """With a TLS context it serves HTTPS on localhost."""
    leaf = issue(Request(name="localhost", key=new_key("ecdsa"), issuer=ct_ca), datetime.now(UTC))
    path = tmp_path / "server.pem"
    path.write_bytes(leaf.pem + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    trusting = ssl.create_default_context(cadata=ct_ca.pem.decode())
    with CtServer(CtApi(ct_log), tls=context) as server:
        connection = HTTPSConnection(server.url.split("/")[2], context=trusting, timeout=10)
        _, body = ask(connection, "/ct/v1/get-sth")
        connection.close()
    assert json.loads(body)["tree_size"] == 300


def test_a_port_that_is_taken(server, ct_log) -> None:
    """Two logs cannot listen at one port, and it says so."""
    port = int(server.url.split(":")[2].rstrip("/"))
    with pytest.raises(KeypinError, match="the log cannot listen: "):
        CtServer(CtApi(ct_log), port=port).__enter__()


def test_posting(server) -> None:
    """A submission is posted."""
    with connected(server) as connection:
        connection.request("POST", "/ct/v1/add-chain", b"{}")
        assert connection.getresponse().status == 400


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"A" * 100_000, b"GET / HTTP/1.1\r\n"])
def test_what_is_no_http(server, sent: bytes) -> None:
    """A client that speaks something else is hung up on, and the next one served."""
    with connected(server) as connection:
        connection.connect()
        connection.sock.sendall(sent)
    with connected(server) as connection:
        assert ask(connection, "/ct/v1/get-sth")[0].status == 200


def test_cut_off(server, ct_log) -> None:
    """Half of the bytes come, then the connection ends."""
    ct_log.misbehave("cut-off")
    with connected(server) as connection:
        with pytest.raises((IncompleteRead, ConnectionError)):
            ask(connection, "/tile/0/000")


def test_slow(server, ct_log) -> None:
    """Bytes come one at a time."""
    ct_log.misbehave("slow")
    with connected(server) as connection:
        connection.request("GET", "/tile/0/000")
        response = connection.getresponse()
        assert response.getheader("Content-Length") == "8192"
        assert len(response.read1(8192)) < 100


def test_endless(server, ct_log) -> None:
    """More comes than any tile has, and no length is said."""
    ct_log.misbehave("endless")
    with connected(server) as connection:
        connection.request("GET", "/tile/0/000")
        response = connection.getresponse()
        assert response.getheader("Content-Length") is None
        assert len(response.read(1 << 20)) == 1 << 20


def test_gzip_lies(server, ct_log) -> None:
    """What is said to be packed is not, or breaks off, or is a bomb."""
    with connected(server) as connection:
        _, plain = ask(connection, "/tile/0/000")
        ct_log.misbehave("gzip-lie", times=1)
        response, body = ask(connection, "/tile/0/000")
        assert (response.getheader("Content-Encoding"), body) == ("gzip", plain)
        ct_log.misbehave("gzip-cut", times=1)
        _, body = ask(connection, "/tile/0/000")
        with pytest.raises(EOFError):
            gzip.decompress(body)
        ct_log.misbehave("gzip-bomb", times=1)
        _, body = ask(connection, "/tile/0/000")
    unpacker = zlib.decompressobj(31)
    assert len(body) < 1 << 20
    assert len(unpacker.decompress(body, 1 << 24)) == 1 << 24
    assert unpacker.unconsumed_tail


def test_stopping_ends_every_connection(ct_log) -> None:
    """An endless answer does not keep a server from its end."""
    ct_log.misbehave("endless")
    with CtServer(CtApi(ct_log)) as server:
        client = socket.create_connection(("127.0.0.1", int(server.url.split(":")[2][:-1])), 10)
        client.sendall(b"GET /tile/0/000 HTTP/1.1\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
    with client, suppress(ConnectionResetError):
        while client.recv(1 << 16):
            pass
