"""The judge of a server's connections: may this client come in, and who is it?"""

from collections.abc import Callable
from threading import Lock
from time import time

from keypin.certs import Certificate, VerifiedChain
from keypin.errors import InputError
from keypin.pins.clients import ClientMismatchError, ClientPins, decide_client
from keypin.tls.events import Event, Hooks
from keypin.tls.judgement import Judgement
from keypin.tls.refusal import ClientRefusedError, PinningError, UnprovenPeerError
from keypin.tls.verified import Connection, Peer, der_of

# Clients whose chains are remembered for the sessions that they resume: as many as OpenSSL keeps
# sessions by default (SSL_SESSION_CACHE_MAX_SIZE_DEFAULT).
_CLIENTS = 20_480


class ClientJudge:
    """Judges the connections that clients make to one context of a server.

    Args:
        clients: gives the pins of the moment.
        hooks: whom to tell.
    """

    def __init__(self, clients: Callable[[], ClientPins], *, hooks: Hooks) -> None:
        self.clients = clients
        self.hooks = hooks
        self._lock = Lock()
        self._chains: dict[bytes, tuple[bytes, ...]] = {}

    def judge(self, connection: Connection, peer: Peer) -> Judgement:
        """Judge a connection whose handshake is complete; see `Judge`."""
        try:
            judgement = self._decide(connection, der_of(peer.get_verified_chain()))
        except PinningError as refusal:
            self.hooks.tell(Event(verdict=None, host=None, port=None, refusal=refusal))
            raise
        self.hooks.tell(Event(verdict=judgement.client, host=None, port=None))
        return judgement

    def _decide(self, connection: Connection, chain: tuple[bytes, ...]) -> Judgement:
        chain = self._remember(chain) if chain else self._remembered(connection)
        try:
            verified = VerifiedChain.from_verifier(Certificate.from_der(der) for der in chain)
        except InputError as error:
            raise UnprovenPeerError(f"the client's certificate: {error}") from error
        try:
            pins = self.clients()
        except Exception as error:
            raise UnprovenPeerError(
                f"there are no pins to judge clients by: {type(error).__name__}: {error}"
            ) from error
        _demand_dates(verified)
        try:
            matched = decide_client(pins, verified)
        except ClientMismatchError as mismatch:
            raise ClientRefusedError.of(mismatch) from None
        return Judgement(verdict=None, chain=chain, client=matched)

    def _remember(self, chain: tuple[bytes, ...]) -> tuple[bytes, ...]:
        with self._lock:
            if len(self._chains) >= _CLIENTS and chain[0] not in self._chains:
                del self._chains[next(iter(self._chains))]
            self._chains[chain[0]] = chain
        return chain

    def _remembered(self, connection: Connection) -> tuple[bytes, ...]:
        """Return the chain that was verified when a resumed session began.

        The session has the client's own certificate; the chain above it was verified by this
        context, or the session is of unknown origin.
        """
        leaf = connection.getpeercert(binary_form=True)
        chain = self._chains.get(leaf) if leaf and connection.session_reused else None
        if chain is None:
            raise UnprovenPeerError("the client proved its identity by no certificate")
        return chain


def _demand_dates(chain: VerifiedChain) -> None:
    """Refuse a chain that is not valid now: OpenSSL does not look again on a resumed session."""
    now = time()
    for certificate in chain:
        if not certificate.not_before.timestamp() <= now <= certificate.not_after.timestamp():
            raise UnprovenPeerError(f"{certificate.label} of the client is not valid now")
