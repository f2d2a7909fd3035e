"""Pins for a program that knows nothing of them."""

import asyncio
import socket
import ssl
import urllib.error
import urllib.request
from contextlib import nullcontext, suppress

import pytest
import truststore

import keypin
from keypin.errors import InputError


@pytest.fixture
def installed(cast):
    """Install pins of members of the cast for the length of a test."""
    installations = []

    def install(*names: str, host: str = "localhost", **options):
        pins = {host: [cast.pin(name) for name in names or ("active", "backup")]}
        installations.append(keypin.install(pins, no_backup="a test", **options))
        return installations[-1]

    yield install
    for installation in installations:
        installation.uninstall()


@pytest.fixture
def plain(ca_file):
    """Return a context as a program makes it that knows nothing of keypin."""
    return ssl.create_default_context(cafile=ca_file)


def test_a_context_of_before_and_of_after(installed, plain, ca_file, serve, dial, good, attacker):
    """Both are pinned, until the pins are taken out."""
    peers = serve(*good), serve(*attacker)
    dial(plain, peers[1])
    installation = installed()
    for context in (plain, ssl.create_default_context(cafile=ca_file)):
        tls = dial(context, peers[0])
        tls.sendall(b"x")
        assert tls.recv(1) == b"x"
        for _ in range(2):
            with pytest.raises(keypin.PinMismatchError):
                dial(context, peers[1])
    installation.uninstall()
    installation.uninstall()
    assert type(dial(plain, peers[1])) is ssl.SSLSocket


def test_asyncio(installed, plain, serve, good, attacker) -> None:
    """Memory connections are pinned as sockets are."""
    installed()

    async def connect(peer) -> None:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", peer.port, ssl=plain, server_hostname="localhost"
        )
        writer.close()
        await writer.wait_closed()

    asyncio.run(connect(serve(*good)))
    with pytest.raises(keypin.PinMismatchError):
        asyncio.run(connect(serve(*attacker)))


def test_urllib(installed, lab) -> None:
    """A library that makes its own context."""
    installed(host="elsewhere.test")
    context = ssl.create_default_context(cafile=lab.ca_file)
    with pytest.raises(urllib.error.URLError) as caught:
        urllib.request.urlopen(lab["good-ecdsa"].url, context=context)  # noqa: S310 - of the lab
    assert isinstance(caught.value.reason, keypin.UnpinnedHostError)


def test_hosts_without_a_policy(installed, plain, serve, dial, good) -> None:
    """They are refused, or allowed."""
    peer = serve(*good)
    with installed(host="other.test"), pytest.raises(keypin.UnpinnedHostError):
        dial(plain, peer)
    with installed(host="other.test", unpinned="allow"):
        assert isinstance(dial(plain, peer).verdict, keypin.NotPinned)


@pytest.mark.parametrize("warm", [False, True])
def test_a_context_that_verifies_nothing(warm, installed, plain, serve, dial, good) -> None:
    """Pins prove nothing there; whatever was decided before."""
    installed(unpinned="allow")
    peer = serve(*good)
    if warm:
        dial(plain, peer)
    plain.check_hostname = False
    for mode in (ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL, ssl.CERT_NONE):
        plain.verify_mode = mode
        with pytest.raises(keypin.UnprovenPeerError, match="was not verified"):
            dial(plain, peer)


def test_a_connection_that_names_no_host(installed, plain, serve, dial, good) -> None:
    """No policy can be chosen for it."""
    installed(unpinned="allow")
    plain.check_hostname = False
    with pytest.raises(keypin.UnprovenPeerError):
        dial(plain, serve(*good), None)


def test_sessions(installed, plain, serve, dial, good, server_context) -> None:
    """Programs that resume sessions go on to do so, in both kinds of connection."""
    installed()
    peer = serve(*good)
    first = dial(plain, peer)
    first.sendall(b"x")
    first.recv(1)
    second = dial(plain, peer, session=first.session)
    assert second.session_reused
    assert isinstance(second.verdict, keypin.Matched)
    server = server_context(*good)
    session = None
    for reused in (False, True):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = plain.wrap_bio(to_client, to_server, server_hostname="localhost", session=session)
        other = server.wrap_bio(to_server, to_client, server_side=True)
        for one in (client, other, client, other):
            try:
                one.do_handshake()
            except ssl.SSLWantReadError:
                continue
        other.write(b"x")
        assert client.read(1) == b"x"
        assert client.session_reused is reused
        session = client.session


def test_a_server_in_the_same_program(installed, plain, serve, dial, good) -> None:
    """Its connections are let pass, on a context that knows nothing of pins."""
    installed()
    tls = dial(plain, serve(*good))
    tls.sendall(b"from a client that is pinned to a server that is not")
    assert tls.recv(4) == b"from"


def test_a_server_that_asks_for_a_certificate_later(installed, plain, serve, dial, good) -> None:
    """A server of the program that pins nobody may do as it likes (TLS 1.3)."""
    asked = []

    def ask(tls) -> None:
        asked.append(tls.recv(1))
        tls.verify_client_post_handshake()
        tls.sendall(b"y")
        asked.append(tls.recv(1))

    peer = serve(*good, behave=ask)
    peer.context.verify_mode = ssl.CERT_OPTIONAL
    installed()
    plain.post_handshake_auth = True
    tls = dial(plain, peer)
    tls.sendall(b"x")
    assert tls.recv(1) == b"y"
    tls.sendall(b"z")
    peer_ended = tls.recv(1)
    assert (asked, peer_ended) == ([b"x", b"z"], b"")


def test_contexts_of_keypin_keep_their_own_pins(installed, pinned, serve, dial, good) -> None:
    """They are not judged twice."""
    installed("renewed", "backup")
    assert dial(pinned(), serve(*good)).verdict


def test_another_path(cast, installed, serve, dial, tmp_path) -> None:
    """The anchors that the plain context has loaded end other paths too."""
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(cast.authority("new-root").pem + cast.authority("cross-root").pem)
    chain = (
        cast.leaf("renewed", "new-intermediate"),
        cast.authority("new-intermediate"),
        cast.cross_signed(),
    )
    context = ssl.create_default_context(cafile=anchors)
    peer = serve(*chain)
    for root in ("new-root", "cross-root"):
        with installed(root):
            assert dial(context, peer).verdict


def test_once(installed) -> None:
    """Two sets of pins for one process would be two answers."""
    installed()
    with pytest.raises(InputError, match="installed already"):
        installed()


@pytest.mark.parametrize("how", ["socket", "memory"])
def test_truststore(how, installed, ca_file, serve, dial, good, attacker, server_context) -> None:
    """It makes connections by classes of its own, which are pinned too (as on Linux)."""
    installed()
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=ca_file)
    for chain, refused in ((good, False), (attacker, True)):
        with pytest.raises(keypin.PinMismatchError) if refused else nullcontext():
            if how == "socket":
                assert dial(context, serve(*chain)).verdict
            else:
                assert shaken(context, server_context(*chain)).verdict


def test_truststore_after_it(installed, ca_file, serve, dial, attacker) -> None:
    """Its own classes are put back."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=ca_file)
    peer = serve(*attacker)
    with installed(), pytest.raises(keypin.PinMismatchError):
        dial(context, peer)
    assert not hasattr(dial(context, peer), "verdict")


def shaken(context, server) -> ssl.SSLObject:
    """Return a connection over memory after its handshake."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname="localhost")
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for one in (client, other, client):
        with suppress(ssl.SSLWantReadError):
            one.do_handshake()
    return client


def test_verification_that_is_off_for_a_moment(installed, plain, serve, dial, server_context, cast):
    """What was off when TLS was put on a connection is off on it, whatever the context says."""
    installed()
    forged = cast.forged_leaf(), cast.authority("intermediate")

    def off() -> None:
        plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE

    def on() -> None:
        plain.verify_mode, plain.check_hostname = ssl.CERT_REQUIRED, True

    off()
    lazy = dial(plain, serve(*forged), do_handshake_on_connect=False)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = plain.wrap_bio(to_client, to_server, server_hostname="localhost")
    other = server_context(*forged).wrap_bio(to_server, to_client, server_side=True)
    unconnected = plain.wrap_socket(
        socket.socket(), server_hostname="localhost", do_handshake_on_connect=False
    )
    unconnected.connect(("127.0.0.1", serve(*forged).port))
    on()
    with pytest.raises(keypin.UnprovenPeerError), unconnected:
        unconnected.sendall(b"x")
    with pytest.raises(keypin.UnprovenPeerError):
        lazy.sendall(b"x")
    for one in (client, other):
        with suppress(ssl.SSLWantReadError):
            one.do_handshake()
    with pytest.raises(keypin.UnprovenPeerError):
        client.do_handshake()


def test_uninstalled_in_mid_handshake(installed, plain, serve, dial, good) -> None:
    """A connection that was begun with pins does not end without."""
    installation = installed()
    tls = dial(plain, serve(*good), do_handshake_on_connect=False)
    installation.uninstall()
    with pytest.raises(keypin.UnprovenPeerError, match="uninstalled"):
        tls.sendall(b"x")


def test_the_class_knows_of_it(installed) -> None:
    """The attribute of the class is the installation's own; there is none without."""
    assert not hasattr(ssl.SSLContext, "keypin_judge")
    with installed():
        assert ssl.SSLContext.keypin_judge
    assert not hasattr(ssl.SSLContext, "keypin_judge")
