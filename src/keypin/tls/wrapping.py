"""Wrapping a transport in TLS with a session that remembers what was verified when it began.

CPython's own functions take CPython's sessions alone, and make the handshake before anything could
be said of the session; so a connection with a session is made in two steps.
"""

import ssl
from collections.abc import Callable
from typing import Any

from keypin.tls.connection import PinnedObject, PinnedSocket
from keypin.tls.session import PinnedSession, raw_session


def wrap_socket(
    original: Callable[..., Any],
    context: ssl.SSLContext,
    sock: Any,
    *,
    at_once: bool,
    session: PinnedSession,
    **options: Any,
) -> PinnedSocket:
    """Return a TLS socket that resumes a session.

    Args:
        original: `wrap_socket` of the context without sessions.
        context: the context.
        sock: the socket, connected or not.
        at_once: whether the handshake is made at once, or when the socket is connected.
        session: the session.
        options: of `ssl.SSLContext.wrap_socket`.

    Raises:
        PinningError: the handshake is made, and the peer is refused.
        ValueError: the session is not one of this context.
    """
    raw_session(session, context)
    connected = _is_connected(sock)
    made: Any = original(sock, do_handshake_on_connect=at_once and not connected, **options)
    made.session = session
    if at_once and connected:
        made.do_handshake_on_connect = True
        _shake(made)
    return made  # type: ignore[no-any-return]


def wrap_bio(
    original: Callable[..., Any],
    context: ssl.SSLContext,
    *transport: ssl.MemoryBIO,
    session: PinnedSession,
    **options: Any,
) -> PinnedObject:
    """Return TLS over memory that resumes a session; see `wrap_socket`."""
    raw_session(session, context)
    made: PinnedObject = original(*transport, **options)
    made.session = session
    return made


def _is_connected(sock: Any) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def _shake(connection: PinnedSocket) -> None:
    """Make the handshake of a connected socket at once, as CPython's `_create` does."""
    try:
        if connection.gettimeout() == 0.0:
            raise ValueError(  # noqa: TRY301 - what is raised here closes the socket, as below
                "do_handshake_on_connect should not be specified for non-blocking sockets"
            )
        connection.do_handshake()
    except BaseException:
        connection.close()
        raise
