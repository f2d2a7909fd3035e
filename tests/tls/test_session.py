"""A resumed session is judged by today's pins, on the chain that was verified when it began."""

import socket
import ssl
import time

import pytest

import keypin

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(params=VERSIONS, ids=["1.2", "1.3"])
def version(request) -> ssl.TLSVersion:
    """Each version of TLS resumes in its own way."""
    return request.param


def begin(dial, context, peer, host="localhost", **options) -> tuple[ssl.SSLSocket, object]:
    """Return a connection and its session; TLS 1.3 gives the ticket with the first data."""
    tls = dial(context, peer, host, **options)
    tls.sendall(b"x")
    assert tls.recv(1) == b"x"
    return tls, tls.session


def test_it_resumes(version, pinned, serve, dial, good) -> None:
    """The session of a pinned connection is good for the next, and shows the same evidence."""
    context, peer = pinned(), serve(*good)
    context.maximum_version = version
    first, session = begin(dial, context, peer)
    assert not first.session_reused
    second, again = begin(dial, context, peer, session=session)
    assert second.session_reused
    assert second.verdict == first.verdict
    third, _ = begin(dial, context, peer, session=again)
    assert third.session_reused
    assert session.id
    assert session.timeout > 0
    assert session.time <= time.time() + 1
    assert session.has_ticket
    assert session.ticket_lifetime_hint >= 0


def test_it_resumes_by_id(pinned, serve, dial, good, server_context) -> None:
    """TLS 1.2 resumes without tickets too."""
    server = server_context(*good)
    server.options |= ssl.OP_NO_TICKET
    context, peer = pinned(), serve(context=server)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    _, session = begin(dial, context, peer)
    assert not session.has_ticket
    assert begin(dial, context, peer, session=session)[0].session_reused


def test_todays_pins_decide(version, pinned, serve, dial, good, cast) -> None:
    """Pins that were changed in between refuse the session that they once let begin."""
    old = keypin.PinSet.from_mapping({"localhost": [cast.pin("active"), cast.pin("backup")]})
    new = keypin.PinSet.from_mapping({"localhost": [cast.pin("renewed"), cast.pin("backup")]})
    source = keypin.PinSource(old)
    context, peer = pinned(pins=source), serve(*good)
    context.maximum_version = version
    _, session = begin(dial, context, peer)
    source.swap(new)
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer, session=session)
    source.swap(old)
    assert begin(dial, context, peer, session=session)[0].session_reused


def test_a_session_of_another_context(pinned, serve, dial, good) -> None:
    """It was verified by other rules."""
    peer = serve(*good)
    _, session = begin(dial, pinned(), peer)
    with pytest.raises(ValueError, match="different SSLContext"):
        dial(pinned(), peer, session=session)


def test_a_session_of_unknown_origin(pinned, serve, dial, good, ca_file) -> None:
    """What plain ssl began, nobody knows the chain of."""
    peer = serve(*good)
    _, session = begin(dial, ssl.create_default_context(cafile=ca_file), peer)
    with pytest.raises(ValueError, match="its own sessions only"):
        dial(pinned(), peer, session=session)
    client = pinned().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    with pytest.raises(ValueError, match="its own sessions only"):
        client.session = session


def test_a_session_of_another_host(version, pinned, serve, dial, good, cast) -> None:
    """OpenSSL checks no name on a resumed session; the one it began with is kept to."""
    pins = [cast.pin("active"), cast.pin("backup")]
    context = pinned(pins={"localhost": pins, "127.0.0.1": pins})
    context.maximum_version = version
    peer = serve(*good)
    _, session = begin(dial, context, peer)
    with pytest.raises(keypin.UnprovenPeerError, match="begun with localhost"):
        dial(context, peer, "127.0.0.1", session=session)


def test_a_certificate_that_expired_meanwhile(
    version, pinned, serve, dial, cast, monkeypatch
) -> None:
    """OpenSSL checks no dates on a resumed session either."""
    context, peer = pinned(), serve(cast.leaf(start=-89), cast.authority("intermediate"))
    context.maximum_version = version
    _, session = begin(dial, context, peer)
    later = time.time() + 3 * 86400
    monkeypatch.setattr("keypin.tls.host_judge.time", lambda: later)
    with pytest.raises(keypin.UnprovenPeerError, match="not valid now"):
        dial(context, peer, session=session)


def test_a_server_that_does_not_resume(pinned, serve, dial, good, attacker) -> None:
    """A session that the server does not know any more ends in a handshake that is judged."""
    context = pinned()
    _, session = begin(dial, context, serve(*good))
    assert not begin(dial, context, serve(*good), session=session)[0].session_reused
    with pytest.raises(keypin.PinMismatchError):
        dial(context, serve(*attacker), session=session)


def test_it_is_set_before_the_handshake(pinned, serve, dial, good) -> None:
    """`session` may be assigned, as ssl allows it, where the handshake is still to come."""
    context, peer = pinned(), serve(*good)
    tls, session = begin(dial, context, peer)
    lazy = dial(context, peer, do_handshake_on_connect=False)
    assert lazy.session is None
    lazy.session = session
    lazy.sendall(b"x")
    assert lazy.session_reused
    with pytest.raises(ValueError, match="after handshake"):
        tls.session = session


def test_a_socket_that_connects_later(pinned, serve, dial, good) -> None:
    """A session may be given before there is a connection."""
    context, peer = pinned(), serve(*good)
    _, session = begin(dial, context, peer)
    with context.wrap_socket(socket.socket(), server_hostname="localhost", session=session) as tls:
        tls.connect(("127.0.0.1", peer.port))
        assert tls.session_reused
        assert isinstance(tls.verdict, keypin.Matched)


def test_a_non_blocking_socket_with_a_session(pinned, serve, dial, good) -> None:
    """It makes no handshake at once, as ssl says."""
    context, peer = pinned(), serve(*good)
    _, session = begin(dial, context, peer)
    plain = socket.create_connection(("127.0.0.1", peer.port))
    plain.settimeout(0)
    with pytest.raises(ValueError, match="non-blocking"):
        context.wrap_socket(plain, server_hostname="localhost", session=session)


def test_memory(pinned, server_context, good) -> None:
    """Asyncio's kind of connection resumes as well."""
    context, server = pinned(), server_context(*good)
    sessions = []
    for session in (None, sessions):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(
            to_client,
            to_server,
            server_hostname="localhost",
            session=session[0] if session else None,
        )
        other = server.wrap_bio(to_server, to_client, server_side=True)
        for one in (client, other, client, other):
            try:
                one.do_handshake()
            except ssl.SSLWantReadError:
                continue
        other.write(b"x")
        assert client.read(1) == b"x"
        assert client.session_reused is bool(session)
        sessions.append(client.session)
