"""pyOpenSSL: the chain and the name are verified by keypin, and no byte passes before."""

import socket

import pytest
from OpenSSL import SSL

import keypin
from keypin.tls.adapters.pyopenssl import Pinning


@pytest.fixture
def connect(cast, ca_file):
    """Return a function that connects to a server of the tests."""
    opened = []
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}

    def make(peer, host: str = "localhost", **options):
        plain = socket.create_connection(("127.0.0.1", peer.port), timeout=10)
        plain.setblocking(True)
        opened.append(plain)
        context = options.pop("context", None) or SSL.Context(SSL.TLS_CLIENT_METHOD)
        pinning = Pinning(options.pop("pins", pins), cafile=ca_file, **options)
        return pinning.connection(context, plain, host)

    yield make
    for plain in opened:
        plain.close()


@pytest.mark.parametrize("first", ["do_handshake", "send", "write"])
def test_a_good_server(first, connect, serve, good) -> None:
    """The handshake is made when it is asked for, or with the first byte."""
    connection = connect(serve(*good))
    if first == "do_handshake":
        connection.do_handshake()
        connection.sendall(b"hello")
    else:
        getattr(connection, first)(b"hello")
    assert connection.recv(5) == b"hello"
    buffer = bytearray(1)
    connection.send(b"x")
    assert connection.recv_into(buffer) == 1
    assert not connection.session_reused()


MOVES = {
    "do_handshake": lambda c: c.do_handshake(),
    "send": lambda c: c.send(b"secret"),
    "sendall": lambda c: c.sendall(b"secret"),
    "write": lambda c: c.write(b"secret"),
    "recv": lambda c: c.recv(1),
    "read": lambda c: c.read(1),
    "recv_into": lambda c: c.recv_into(bytearray(1)),
}


@pytest.mark.parametrize("move", MOVES)
def test_an_attacker(move, connect, serve, attacker) -> None:
    """It is refused, and stays refused; nothing was sent."""
    peer = serve(*attacker)
    connection = connect(peer)
    for _ in range(2):
        with pytest.raises(keypin.PinMismatchError, match="no pin matches"):
            MOVES[move](connection)
    connection.sock_shutdown(socket.SHUT_RDWR)
    peer.wait()
    assert peer.received == []


def test_the_name_and_the_chain_are_checked(connect, serve, cast) -> None:
    """PyOpenSSL checks neither unless told; a pinned key excuses nothing."""
    intermediate = cast.authority("intermediate")
    for chain in (
        (cast.leaf(hosts=("other.test",)), intermediate),
        (cast.leaf(start=-100), intermediate),
        (cast.leaf(issuer=None),),
        (cast.forged_leaf(), intermediate),
        (cast.leaf("attacker", None), cast.leaf(), intermediate),
    ):
        with pytest.raises(keypin.UnprovenPeerError):
            connect(serve(*chain)).do_handshake()


def test_hosts_without_a_policy(connect, serve, good, cast) -> None:
    """As everywhere."""
    pins = {"other.test": [cast.pin("active"), cast.pin("backup")]}
    with pytest.raises(keypin.UnpinnedHostError):
        connect(serve(*good), pins=pins).do_handshake()
    connect(serve(*good), pins=pins, unpinned="allow").do_handshake()


def test_an_address(connect, serve, good, cast) -> None:
    """No name is sent for it, and it is checked as an address."""
    pins = {"127.0.0.1": [cast.pin("active"), cast.pin("backup")]}
    connect(serve(*good), "127.0.0.1", pins=pins).do_handshake()


def test_a_resumed_session(connect, serve, good) -> None:
    """It shows no certificate, so it proves nothing here."""
    peer, context = serve(*good), SSL.Context(SSL.TLS_CLIENT_METHOD)
    first = connect(peer, context=context)
    first.sendall(b"x")
    first.recv(1)
    second = connect(peer, context=context)
    second.set_session(first.get_session())
    with pytest.raises(keypin.UnprovenPeerError, match="no certificate"):
        second.do_handshake()
    assert second.session_reused()


def test_a_provider_that_fails(connect, serve, good, cast) -> None:
    """Without pins nothing passes, and it is a refusal as any."""
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    answers: list[keypin.PinSet] = [keypin.PinSet.from_mapping(pins)]
    connection = connect(serve(*good), pins=lambda: answers[-1])
    answers.clear()
    with pytest.raises(keypin.UnprovenPeerError, match="no pins to check it by"):
        connection.do_handshake()
