"""TLS sessions that remember what was verified when they began.

A resumed connection shows no certificate (RFC 8446 section 2.2, RFC 5246 section 7.3), and OpenSSL
has no verified chain for it. Without that memory, resumption would be a way around pins; so a
session of keypin carries the chain, and is good for its own context and host alone.
"""

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class PinnedSession:
    """A session of a pinned connection, to be given to the next one; see `ssl.SSLSession`.

    Attributes:
        raw: the session itself.
        context: the context that it belongs to.
        host: the host that it was begun with.
        chain: the chain that was verified then, DER, leaf first.
        presented: the certificates that the server sent then, DER.
    """

    raw: ssl.SSLSession = field(repr=False)
    context: ssl.SSLContext = field(repr=False)
    host: str | None
    chain: tuple[bytes, ...] = field(repr=False)
    presented: tuple[bytes, ...] = field(repr=False)

    @property
    def id(self) -> bytes:
        """The session identifier."""
        return self.raw.id

    @property
    def time(self) -> int:
        """When it began, in seconds since the epoch."""
        return self.raw.time

    @property
    def timeout(self) -> int:
        """For how many seconds it may be resumed."""
        return self.raw.timeout

    @property
    def ticket_lifetime_hint(self) -> int:
        """For how many seconds the server says that its ticket is good."""
        return self.raw.ticket_lifetime_hint

    @property
    def has_ticket(self) -> bool:
        """Whether it has a ticket."""
        return self.raw.has_ticket


def raw_session(session: object, context: ssl.SSLContext) -> ssl.SSLSession | None:
    """Return the session beneath one that was given for a connection of `context`.

    Raises:
        ValueError: it is of unknown origin, or another context's: what was verified when it began
            is not known, or was verified by other rules.
    """
    if session is None:
        return None
    if not isinstance(session, PinnedSession):
        raise ValueError(  # noqa: TRY004 - what ssl raises for a session that is not its own
            "keypin resumes its own sessions only; take the session from the `session` of a "
            "connection of the same context"
        )
    if session.context is not context:
        raise ValueError("Session refers to a different SSLContext.")
    return session.raw
