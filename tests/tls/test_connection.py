"""No byte passes before the verdict, in whatever way the handshake is made."""

import asyncio
import contextlib
import select
import socket
import ssl
import threading
from functools import partial

import OpenSSL.SSL
import pytest

import keypin

# Each way of moving data on a socket whose handshake was left to it.
MOVES = {
    "read": lambda tls: tls.read(1),
    "write": lambda tls: tls.write(b"secret"),
    "send": lambda tls: tls.send(b"secret"),
    "sendall": lambda tls: tls.sendall(b"secret"),
    "recv": lambda tls: tls.recv(1),
    "recv_into": lambda tls: tls.recv_into(bytearray(1)),
    "makefile": lambda tls: tls.makefile("rb").read(1),
    "unwrap": lambda tls: tls.unwrap(),
    "recvfrom": lambda tls: tls.recvfrom(1),
    "recvfrom_into": lambda tls: tls.recvfrom_into(bytearray(1)),
    "sendto": lambda tls: tls.sendto(b"secret", ("127.0.0.1", 1)),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_handshake_left_to_the_first_byte(move, pinned, serve, dial, attacker) -> None:
    """OpenSSL would make the handshake in the first read or write; keypin judges it first."""
    peer = serve(*attacker)
    tls = dial(pinned(), peer, do_handshake_on_connect=False)
    for _ in range(2):  # and it stays refused
        with pytest.raises(keypin.PinMismatchError):
            MOVES[move](tls)
    tls.close()
    peer.wait()
    assert peer.received == []


def test_sendfile_is_judged_too(pinned, serve, dial, attacker, tmp_path) -> None:
    """A file is data."""
    (tmp_path / "secret").write_bytes(b"secret")
    tls = dial(pinned(), serve(*attacker), do_handshake_on_connect=False)
    with (tmp_path / "secret").open("rb") as file, pytest.raises(keypin.PinMismatchError):
        tls.sendfile(file)


def test_a_lazy_handshake_with_a_good_server(pinned, serve, dial, good) -> None:
    """The first write makes the handshake, is judged, and goes through."""
    tls = dial(pinned(), serve(*good), do_handshake_on_connect=False)
    assert tls.verdict is None
    tls.sendall(b"hello")
    assert tls.recv(5) == b"hello"
    assert isinstance(tls.verdict, keypin.Matched)


def test_a_socket_that_connects_later(pinned, serve, good, attacker) -> None:
    """A socket that is wrapped first and connected then is judged as any other."""
    with pinned().wrap_socket(socket.socket(), server_hostname="localhost") as tls:
        tls.connect(("127.0.0.1", serve(*good).port))
        tls.sendall(b"hello")
        assert tls.recv(5) == b"hello"
    peer = serve(*attacker)
    with pinned().wrap_socket(socket.socket(), server_hostname="localhost") as tls:
        with pytest.raises(keypin.PinMismatchError):
            tls.connect(("127.0.0.1", peer.port))
        # CPython has taken the TLS off this socket, and would send in the clear.
        with pytest.raises(keypin.PinMismatchError):
            tls.sendall(b"secret")
    peer.wait()
    assert peer.received == []


def test_a_socket_whose_certificate_failed(pinned, serve, cast) -> None:
    """After OpenSSL's own refusal, too, nothing is sent in the clear."""
    peer = serve(cast.leaf(issuer=None))
    with pinned().wrap_socket(socket.socket(), server_hostname="localhost") as tls:
        with pytest.raises(ssl.SSLCertVerificationError):
            tls.connect(("127.0.0.1", peer.port))
        with pytest.raises(ssl.SSLError, match="sends no plain bytes"):
            tls.sendall(b"secret")


def test_a_socket_that_is_not_connected(pinned) -> None:
    """It says so, as any socket does."""
    with pinned().wrap_socket(socket.socket(), server_hostname="localhost") as tls:
        with pytest.raises(OSError, match="not connected"):
            tls.sendall(b"x")
        with pytest.raises(OSError, match="not connected"):
            tls.do_handshake()


@pytest.mark.parametrize("before", [True, False])
def test_shutdown_leaves_no_plain_socket(before, pinned, serve, dial, good) -> None:
    """CPython drops the TLS in `shutdown`, and would send in the clear after it."""
    peer = serve(*good)
    tls = dial(pinned(), peer, do_handshake_on_connect=not before)
    tls.shutdown(socket.SHUT_RD)
    with pytest.raises(ssl.SSLError, match="sends no plain bytes"):
        tls.send(b"secret")
    tls.close()


def test_unwrap_is_the_callers_choice(pinned, serve, dial, good) -> None:
    """After a verdict, a connection may be made plain, as FTP's CCC command does."""

    def plain_after(tls: ssl.SSLSocket) -> None:
        tls.unwrap().sendall(b"in the clear")

    tls = dial(pinned(), serve(*good, behave=plain_after))
    plain = tls.unwrap()
    assert plain.recv(12) == b"in the clear"
    plain.shutdown(socket.SHUT_WR)
    assert plain.recv(1) == b""


def test_a_non_blocking_socket(pinned, serve, dial, good, attacker) -> None:
    """The verdict comes with the last step of the handshake."""
    for chain, error in ((good, None), (attacker, keypin.PinMismatchError)):
        peer = serve(*chain)
        tls = dial(pinned(), peer, do_handshake_on_connect=False)
        tls.settimeout(0)
        with contextlib.suppress(ssl.SSLWantReadError, keypin.PinMismatchError):
            tls.send(b"")
        with pytest.raises(error) if error else contextlib.nullcontext():
            _finish(tls)
        if error:
            with pytest.raises(error):
                tls.send(b"secret")
            tls.close()
            peer.wait()
            assert peer.received == []
        else:
            assert tls.send(b"secret") == 6


def _finish(tls: ssl.SSLSocket) -> None:
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            assert select.select([tls], [], [], 10)[0]
        else:
            return


@pytest.mark.parametrize("step", ["read", "write", "unwrap"])
def test_memory(step, pinned, server_context, good, attacker) -> None:
    """TLS over memory, whose user makes no handshake and reads or writes at once."""
    for chain, refused in ((good, False), (attacker, True)):
        server, client, shake = _pair(pinned(), server_context(*chain))
        move = {"read": client.read, "write": partial(client.write, b"x"), "unwrap": client.unwrap}
        with pytest.raises(ssl.SSLWantReadError):
            move[step]()
        shake(server)
        if refused:
            for _ in range(2):
                with pytest.raises(keypin.PinMismatchError):
                    move[step]()
            with pytest.raises(keypin.PinMismatchError):
                client.do_handshake()
        else:
            client.do_handshake()
            client.write(b"x")
            assert isinstance(client.verdict, keypin.Matched)


def _pair(context, other):
    """Return a server and a client over memory, and what moves their bytes."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = other.wrap_bio(to_server, to_client, server_side=True)

    def shake(one) -> None:
        with contextlib.suppress(ssl.SSLWantReadError):
            one.do_handshake()

    return server, client, shake


def test_post_handshake_authentication_is_refused(pinned, serve, dial, good) -> None:
    """What is shown after the handshake would come after the verdict."""
    with pytest.raises(ssl.SSLError, match="in the handshake alone"):
        dial(pinned(), serve(*good)).verify_client_post_handshake()
    client = pinned().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    with pytest.raises(ssl.SSLError, match="in the handshake alone"):
        client.verify_client_post_handshake()


def test_a_connection_keeps_to_pinned_contexts(pinned, serve, dial, good) -> None:
    """A context without pins cannot be put under a connection."""
    context, other = pinned(), pinned("root")
    tls = dial(context, serve(*good))
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    for connection in (tls, client):
        assert connection.context is context
        with pytest.raises(ValueError, match="without pins"):
            connection.context = ssl.create_default_context()
        connection.context = other
        assert connection.context is other


def test_renegotiation_is_off(pinned, cast, ca_file, tmp_path) -> None:
    """A server cannot show another certificate after the verdict (TLS 1.2)."""
    assert _renegotiated(ssl.create_default_context(cafile=ca_file), cast, tmp_path)
    assert not _renegotiated(pinned(), cast, tmp_path)


def _renegotiated(context: ssl.SSLContext, cast, tmp_path) -> bool:
    """Tell whether a client lets a server begin another handshake."""
    good = cast.leaf()
    (tmp_path / "chain.pem").write_bytes(good.pem + cast.authority("intermediate").pem)
    (tmp_path / "key.pem").write_bytes(good.key_pem)
    server = OpenSSL.SSL.Context(OpenSSL.SSL.TLSv1_2_METHOD)
    server.use_certificate_chain_file(str(tmp_path / "chain.pem"))
    server.use_privatekey_file(str(tmp_path / "key.pem"))
    ours, theirs = socket.socketpair()
    connection = OpenSSL.SSL.Connection(server, theirs)
    connection.set_accept_state()
    again = []

    def converse() -> None:
        try:
            connection.do_handshake()
            connection.renegotiate()
            connection.do_handshake()
            connection.sendall(b"x")
            connection.recv(1)
            again.append(connection.total_renegotiations())
        except OpenSSL.SSL.Error:
            again.append(0)
        theirs.close()

    thread = threading.Thread(target=converse)
    thread.start()
    ours.settimeout(10)
    with context.wrap_socket(ours, server_hostname="localhost") as tls:
        with contextlib.suppress(OSError):
            tls.recv(1)
            tls.sendall(b"y")
            tls.recv(1)
    thread.join(10)
    return bool(again[0])


def test_asyncio(pinned, serve, good, attacker) -> None:
    """Streams are judged before the first byte of either side."""

    async def converse(chain) -> bytes:
        peer = serve(*chain)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", peer.port, ssl=pinned(), server_hostname="localhost"
        )
        writer.write(b"hello")
        try:
            return await reader.read(5)
        finally:
            writer.close()
            await writer.wait_closed()

    assert asyncio.run(converse(good)) == b"hello"
    with pytest.raises(keypin.PinMismatchError):
        asyncio.run(converse(attacker))


def test_cancelled_in_mid_handshake(pinned) -> None:
    """A handshake that is cancelled leaves no connection, and nothing behind."""

    async def main() -> None:
        reached = asyncio.Event()
        done = asyncio.Event()

        async def silent(reader, writer) -> None:
            await reader.read(1)
            reached.set()
            await done.wait()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connecting = asyncio.ensure_future(
            asyncio.open_connection("127.0.0.1", port, ssl=pinned(), server_hostname="localhost")
        )
        await reached.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        done.set()
        server.close()
        await server.wait_closed()

    asyncio.run(main())
