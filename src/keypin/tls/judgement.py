"""What a connection and the judge of its context say to each other.

A context of keypin has its judge in the attribute `keypin_judge`. A plain one has none, unless
`keypin.install` gave the class one, for programs that know nothing of keypin.
"""

from dataclasses import dataclass
from typing import Protocol

from keypin.pins import Matched, MismatchError, NotPinned
from keypin.pins.clients import ClientMatched
from keypin.tls.verified import Connection, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A connection may be used, and this is why.

    Attributes:
        verdict: the evidence that a pin matched; or that no policy covers the host; or a mismatch
            that is reported and not refused. None for a client, and where nothing is pinned.
        host: the host in its canonical form; None for a client.
        chain: the chain on which it was decided, DER, leaf first.
        presented: the certificates as the peer sent them, DER, where they were needed.
        client: the evidence that a client's pin matched, on a server that pins clients.
    """

    verdict: Matched | NotPinned | MismatchError | None
    host: str | None = None
    chain: tuple[bytes, ...] = ()
    presented: tuple[bytes, ...] = ()
    client: ClientMatched | None = None


class Judge(Protocol):
    """Who decides on the connections of one context."""

    def judge(self, connection: Connection, peer: Peer) -> Judgement:
        """Judge a connection whose handshake is complete.

        Args:
            connection: the connection.
            peer: the object beneath it.

        Raises:
            PinningError: it must not be used.
        """
        ...
