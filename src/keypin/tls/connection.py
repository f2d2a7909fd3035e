"""Connections that let no byte pass before the verdict.

OpenSSL finishes a handshake by itself when data is read or written on a connection that has not
made it yet, and a socket whose handshake failed goes on as a plain one. Both would be ways around
the check; so every method that moves data asks first whether the verdict was given. After it the
connection is CPython's own.
"""

# pyright: reportIncompatibleVariableOverride=false
# The stubs describe ssl's properties as plain attributes.

import ssl
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from keypin.pins import Matched, MismatchError, NotPinned
from keypin.pins.clients import ClientMatched
from keypin.tls.judgement import Judgement
from keypin.tls.refusal import PinningError, UnprovenPeerError
from keypin.tls.session import PinnedSession, raw_session
from keypin.tls.verified import Connection, peer_of, verifies

# What moves data, or makes a TLS connection a plain one.
_OF_BOTH = ("read", "write", "unwrap")
_OF_SOCKETS = (
    *("send", "sendall", "sendto", "sendfile"),
    *("recv", "recv_into", "recvfrom", "recvfrom_into"),
)


class _Pinned:
    """What both kinds of connection share; the other base is CPython's class."""

    _keypin_judgement: Judgement | None = None  # none: no data may pass
    _keypin_refusal: PinningError | None = None
    _keypin_session: PinnedSession | None = None
    _keypin_strict = True  # whether its context verified when TLS was put on it

    @property
    def verdict(self) -> Matched | NotPinned | MismatchError | None:
        """What was decided on this connection; None before, and where nothing is pinned."""
        return self._keypin_judgement.verdict if self._keypin_judgement else None

    @property
    def client(self) -> ClientMatched | None:
        """Who the client is, on a server that pins clients; `client.identity` is its name."""
        return self._keypin_judgement.client if self._keypin_judgement else None

    def keypin_note_context(self, *, strict: bool) -> None:
        """Note whether a plain context verified when TLS was put on the connection.

        It may say otherwise later: truststore turns verification off while it wraps, and on again.
        """
        self._keypin_strict = strict

    def _keypin_judge(self, peer: Any) -> None:
        """Give the verdict, after a handshake and before everything else."""
        self._keypin_judgement = None
        connection: Any = self
        judge = getattr(peer.context, "keypin_judge", None)
        if judge is None:
            raise UnprovenPeerError("the pins were uninstalled while the connection was made")
        try:
            self._keypin_judgement = judge.judge(connection, peer)
        except PinningError as error:
            self._keypin_refusal = error.again()
            raise

    def _keypin_settle(self) -> None:
        """Make the handshake that is still to be made, before data is moved."""
        connection: Any = self
        if self._keypin_refusal is not None:
            raise self._keypin_refusal.again()
        if peer_of(connection) is None:
            connection.getpeername()  # says what is wrong with a socket that is not connected
            raise ssl.SSLError(
                ssl.SSL_ERROR_SSL, "there is no TLS on this connection: keypin sends no plain bytes"
            )
        connection.do_handshake()

    def verify_client_post_handshake(self) -> None:
        """Refuse: what a client shows after the handshake would come after the verdict.

        Not on a server that pins no clients, as there is one under `keypin.install`.
        """
        connection: Any = self
        judgement = self._keypin_judgement
        if not connection.server_side or judgement is None or judgement.client is not None:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, "keypin judges clients in the handshake alone")
        self._keypin_inherited("verify_client_post_handshake")(self)

    @property
    def context(self) -> ssl.SSLContext:
        """The context that the connection belongs to."""
        context: ssl.SSLContext = self._keypin_inherited("context").__get__(self)
        return context

    @context.setter
    def context(self, context: ssl.SSLContext) -> None:
        # A server's callback for names might give one without pins.
        if not hasattr(context, "keypin_judge"):
            raise ValueError("a pinned connection cannot go over to a context without pins")
        self._keypin_inherited("context").__set__(self, context)

    @property
    def session(self) -> Any:
        """The session, with what was verified when it began; to be given to the next connection."""
        peer, judgement = peer_of(cast("Connection", self)), self._keypin_judgement
        if peer is None or peer.session is None or judgement is None:
            return None
        return PinnedSession(
            peer.session, self.context, judgement.host, judgement.chain, judgement.presented
        )

    @session.setter
    def session(self, session: Any) -> None:
        self._keypin_inherited("session").__set__(self, raw_session(session, self.context))
        self._keypin_session = session

    def _keypin_inherited(self, name: str) -> Any:
        """Return a member of CPython's class; the stubs describe its properties as attributes."""
        return getattr(super(_Pinned, type(self)), name)


class PinnedSocket(_Pinned, ssl.SSLSocket):
    """A TLS socket whose peer is judged at the end of the handshake, before any data moves."""

    def do_handshake(self, block: bool = False) -> None:
        """Make the handshake, and judge the peer.

        Raises:
            PinningError: the peer is refused; the socket moves no data any more.
        """
        if self._keypin_refusal is not None:
            raise self._keypin_refusal.again()
        super().do_handshake(block)
        self._keypin_judge(self._sslobj)  # type: ignore[attr-defined]

    def connect(self, addr: Any) -> None:
        """Connect, and put TLS on the socket, as the context is at that moment."""
        self._keypin_strict = verifies(self.context)
        super().connect(addr)

    def connect_ex(self, addr: Any) -> int:
        """Connect as `connect` does, and return an error number in place of some errors."""
        self._keypin_strict = verifies(self.context)
        return super().connect_ex(addr)

    def shutdown(self, how: int) -> None:
        """End the connection as `socket.shutdown` does; it moves no data in the clear after it."""
        unwrapped = peer_of(self) is None
        super().shutdown(how)
        if not unwrapped:
            self._keypin_judgement = None


class PinnedObject(_Pinned, ssl.SSLObject):
    """TLS over memory, as asyncio does it; the peer is judged at the end of the handshake."""

    def do_handshake(self) -> None:
        """Make the handshake, and judge the peer.

        Raises:
            PinningError: the peer is refused; the object moves no data any more.
        """
        if self._keypin_refusal is not None:
            raise self._keypin_refusal.again()
        super().do_handshake()
        self._keypin_judge(self._sslobj)  # type: ignore[attr-defined]


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that moves data after the verdict alone."""

    @wraps(method)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._keypin_judgement is None:
            self._keypin_settle()
        return method(self, *args, **kwargs)

    return guarded


for _name in _OF_BOTH:
    setattr(PinnedSocket, _name, _guarded(getattr(ssl.SSLSocket, _name)))
    setattr(PinnedObject, _name, _guarded(getattr(ssl.SSLObject, _name)))
for _name in _OF_SOCKETS:
    setattr(PinnedSocket, _name, _guarded(getattr(ssl.SSLSocket, _name)))
