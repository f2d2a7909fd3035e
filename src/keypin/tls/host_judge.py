"""The judge of a client's connections: does the server's verified chain match its host's pins?

The decision itself is `keypin.pins.decide`. What is added here: where the chain comes from, the
memory of what was decided a moment ago, the other trusted paths, and what follows from a mismatch.

The steps, in order:

1. A connection without a verified chain is refused, unless it resumes a session that keypin knows.
2. A chain that this host showed before is judged as it was then, as long as the pins, the policy's
   expiry and the dates allow: one comparison of bytes.
3. Else `decide`; and if no pin matches, each other path that verifies, before it is called a
   mismatch.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from math import inf
from time import time
from typing import Literal

from keypin.certs import (
    Certificate,
    TrustStore,
    VerificationError,
    VerifiedChain,
    verified_paths,
    verify,
)
from keypin.errors import InputError
from keypin.pins import (
    Matched,
    MismatchError,
    MismatchReason,
    NotPinned,
    OnExpiry,
    PinSet,
    Policy,
    decide,
)
from keypin.tls.events import Event, Hooks
from keypin.tls.judgement import Judgement
from keypin.tls.memory import Memory, Seen
from keypin.tls.refusal import (
    PinMismatchError,
    PinningError,
    UnpinnedHostError,
    UnprovenPeerError,
    readable,
)
from keypin.tls.shown import (
    certificate_of,
    chains_of_session,
    not_verified,
    own_certificate,
    port_of,
)
from keypin.tls.source import Source
from keypin.tls.verified import Connection, Peer, der_of, verifies

Unpinned = Literal["refuse", "allow"]
Verdict = Matched | NotPinned | MismatchError


class HostJudge:
    """Judges the connections that one context makes to servers.

    Args:
        source: has the pin set of the moment; asked once for each connection.
        unpinned: what becomes of a host that no policy covers.
        anchors: gives the context's trust anchors, or None where pins alone are trusted.
        cross_signs: certificates that may help to find another path.
        hooks: whom to tell.
        plain: whether the context is not of keypin, and may verify nothing.
    """

    def __init__(
        self,
        source: Source,
        *,
        unpinned: Unpinned,
        anchors: Callable[[], TrustStore] | None,
        cross_signs: Iterable[Certificate] = (),
        hooks: Hooks,
        plain: bool = False,
    ) -> None:
        self.source = source
        self.unpinned = unpinned
        self.hooks = hooks
        self._anchors = anchors
        self._cross_signs = tuple(cross_signs)
        self._quick = anchors is not None and not plain
        self._memory = Memory(source.pin_set)

    def forget(self) -> None:
        """Forget what was decided: the trust anchors have changed."""
        self._memory = Memory(self._memory.pin_set)

    def judge(self, connection: Connection, peer: Peer) -> Judgement:
        """Judge a connection whose handshake is complete; see `Judge`."""
        # Runs once in each handshake, with cold caches: every call in it costs a microsecond.
        try:
            pin_set = self.source.pin_set
        except Exception as error:
            raise self._without_pins(peer.server_hostname, error) from error
        memory = self._memory
        if memory.pin_set is pin_set and (self._quick or self._verifies(connection)):
            chain = peer.get_verified_chain()
            for seen in memory.seen.get(peer.server_hostname, ()):
                if seen.chain == chain and (seen.always or seen.since <= time() < seen.until):
                    if seen.matched and not self.hooks.listening:
                        return seen.judgement
                    return self._conclude(seen.judgement, port_of(connection), time())
        return self._judge_anew(connection, peer, pin_set)

    def _without_pins(self, host: str | None, error: Exception) -> UnprovenPeerError:
        """Return the refusal of a connection for which the source gave no pins."""
        story = f"{host}: there are no pins to check it by: {type(error).__name__}: {error}"
        refusal = UnprovenPeerError(story, host=host)
        self.hooks.tell(Event(verdict=None, host=host, port=None, refusal=refusal))
        return refusal

    def judge_presented(
        self, host: str, presented: tuple[bytes, ...], *, port: int | None = None
    ) -> Judgement:
        """Judge a server by what it presented, for libraries with a TLS of their own.

        The chain is verified here, by keypin's verifier and with all checks on; what the library
        verified is not asked. It must have made the handshake, which proves the leaf's key.

        Args:
            host: the host that the connection is for.
            presented: the certificates as the server sent them, DER, its own first.
            port: the port, if it is known.

        Raises:
            PinningError: the connection must not be used.
        """
        now = time()
        at = datetime.fromtimestamp(now, UTC)
        trust = self._anchors() if self._anchors else TrustStore(())
        try:
            pin_set = self.source.pin_set
        except Exception as error:
            raise self._without_pins(host, error) from error
        try:
            chain = verify(readable(presented), host, trust=trust, at=at)
            ders = tuple(found.der for found in chain)
            verdict = self._decide(pin_set, host, ders, presented, at)[0]
        except (VerificationError, InputError) as error:
            refusal = UnprovenPeerError(f"{host}: {error}", host=host, port=port)
            self.hooks.tell(Event(verdict=None, host=host, port=port, refusal=refusal))
            raise refusal from error
        judgement = Judgement(verdict=verdict, host=host, chain=ders, presented=presented)
        return self._conclude(judgement, port, now)

    def _judge_anew(self, connection: Connection, peer: Peer, pin_set: PinSet) -> Judgement:
        now = time()
        try:
            judgement = self._find(connection, peer, pin_set, now)
        except PinningError as refusal:
            self.hooks.tell(Event(verdict=None, host=refusal.host, port=None, refusal=refusal))
            raise
        return self._conclude(judgement, port_of(connection), now)

    def _find(self, connection: Connection, peer: Peer, pin_set: PinSet, now: float) -> Judgement:
        """Return the judgement on a chain that was not judged before, and remember it."""
        host = peer.server_hostname
        memory = self._memory
        if memory.pin_set is not pin_set:
            memory = self._memory = Memory(pin_set)
        shown = peer.get_verified_chain() or []
        if self._anchors is None:
            chain = own_certificate(connection)
        elif self._verifies(connection):
            chain = der_of(shown)
        else:
            raise not_verified(connection)
        presented = der_of(peer.get_unverified_chain())
        resumed = connection.session_reused or not chain
        if resumed:
            chain, presented = chains_of_session(connection, host, now)
        at = datetime.fromtimestamp(now, UTC)
        verdict, since, until = self._decide(pin_set, host, chain, presented, at)
        judgement = Judgement(verdict=verdict, host=host, chain=chain, presented=presented)
        refused = isinstance(verdict, MismatchError) and verdict.enforced
        if not resumed and not refused:
            memory.keep(host, Seen(shown, judgement, since, until))
        return judgement

    def _verifies(self, connection: Connection) -> bool:
        """Tell whether OpenSSL verified the chain, on a context that may do otherwise."""
        strict: bool = getattr(connection, "_keypin_strict", True)
        return self._anchors is not None and strict and verifies(connection.context)

    def _decide(
        self,
        pin_set: PinSet,
        host: str | None,
        chain: tuple[bytes, ...],
        presented: tuple[bytes, ...],
        at: datetime,
    ) -> tuple[Verdict, float, float]:
        """Return the verdict, and between which seconds since the epoch it stands."""
        if host is None:
            raise UnprovenPeerError(
                "the connection names no host, so no policy can be chosen"
                "\n  next step: pass server_hostname"
            )
        try:
            verified = VerifiedChain.from_verifier(certificate_of(der) for der in chain)
            verdict: Verdict = decide(pin_set, host, verified, at)
        except InputError as error:
            raise UnprovenPeerError(str(error), host=host) from error
        except MismatchError as mismatch:
            return self._other_path(pin_set, mismatch, presented, at)
        if isinstance(verdict, NotPinned):
            return verdict, -inf, inf
        return verdict, *_lifetime(verdict.policy, at)

    def _other_path(
        self, pin_set: PinSet, mismatch: MismatchError, presented: tuple[bytes, ...], at: datetime
    ) -> tuple[Verdict, float, float]:
        """Return the first match on another path that verifies; else the mismatch."""
        since, until = _lifetime(mismatch.policy, at)
        if mismatch.reason is MismatchReason.NO_MATCH and self._anchors is not None:
            for path in self._paths(mismatch, presented, at):
                try:
                    verdict = decide(pin_set, mismatch.host, path, at)
                except MismatchError:
                    continue
                since = max(since, *(found.not_before.timestamp() for found in path))
                until = min(until, *(found.not_after.timestamp() for found in path))
                return verdict, since, until
        return mismatch, since, until

    def _paths(
        self, mismatch: MismatchError, presented: tuple[bytes, ...], at: datetime
    ) -> Iterator[VerifiedChain]:
        """Yield the paths from the very certificate that OpenSSL verified to any anchor."""
        if self._anchors is None:
            return
        leaf = mismatch.chain.leaf
        known = (*readable(presented), *mismatch.chain, *self._cross_signs)
        yield from verified_paths((leaf,), mismatch.host, trust=self._anchors(), at=at, extra=known)

    def _conclude(self, judgement: Judgement, port: int | None, now: float) -> Judgement:
        """Tell whoever listens, and refuse what is to be refused."""
        verdict, host = judgement.verdict, judgement.host
        refusal: PinningError | None = None
        if isinstance(verdict, MismatchError):
            verdict = _as_of(verdict, now)
            if verdict.enforced:
                refusal = PinMismatchError(
                    verdict,
                    port=port,
                    presented=judgement.presented,
                    before=self._memory.last_match(host),
                )
            if not _lets_pass(verdict):
                self.hooks.report(verdict, port=port, presented=judgement.presented)
        elif isinstance(verdict, NotPinned) and self.unpinned == "refuse":
            refusal = UnpinnedHostError.of(verdict, port)
        self.hooks.tell(Event(verdict=verdict, host=host, port=port, refusal=refusal))
        if refusal is not None:
            raise refusal
        return judgement


def _lifetime(policy: Policy, at: datetime) -> tuple[float, float]:
    """Return between which seconds since the epoch a policy decides as it does at a time."""
    if policy.expires is None:
        return -inf, inf
    expires = policy.expires.timestamp()
    return (expires, inf) if policy.expired(at) else (-inf, expires)


def _as_of(mismatch: MismatchError, now: float) -> MismatchError:
    """Return a mismatch, which may be remembered, as one of this moment."""
    return MismatchError(
        host=mismatch.host,
        policy=mismatch.policy,
        chain=mismatch.chain,
        at=datetime.fromtimestamp(now, UTC),
        reason=mismatch.reason,
        denied=mismatch.denied,
    )


def _lets_pass(mismatch: MismatchError) -> bool:
    """Tell whether the policy is expired and says that nothing is to be reported then."""
    policy = mismatch.policy
    return policy.expired(mismatch.at) and policy.on_expiry is OnExpiry.ALLOW
