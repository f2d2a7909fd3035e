"""A group of reports, looked at once: its chain verified, its pins decided on, its mismatch told.

A report holds bytes and claims. Here the bytes are verified as any chain is, at the time at which
the report arrived, to the public roots or to ours. Where nothing verifies, the path whose
signatures hold is what the client can have seen; it is good for names, never for a match.
"""

from dataclasses import dataclass

from keypin.certs import (
    Certificate,
    Reason,
    TrustStore,
    VerificationError,
    VerifiedChain,
    assemble,
    verify,
)
from keypin.diagnose import Diagnosis, diagnose_mismatch
from keypin.errors import KeypinError
from keypin.pins import (
    HostPattern,
    MismatchError,
    Pin,
    PinSet,
    Policy,
    PolicyPin,
    decide,
)
from keypin.reports.classification import Facts, Shown
from keypin.reports.group import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What rules look at.

    Attributes:
        group: the reports.
        facts: what is known besides.
        certificates: those of the sample that can be read, the server's own first.
        verified: the chain that verifies to a trust store, or None.
        public: whether it verifies to the roots of the public web.
        reason: why it does not verify to them; None where it does, or they are not at hand.
        chain: the verified chain, or else the path whose signatures hold; None without a
            certificate.
        matches: whether the chain verifies and matches the pins that the report says were missed.
        diagnosis: what a mismatch of that chain and those pins means, or None.
    """

    group: Group
    facts: Facts
    certificates: tuple[Certificate, ...]
    verified: VerifiedChain | None
    public: bool
    reason: Reason | None
    chain: VerifiedChain | None
    matches: bool
    diagnosis: Diagnosis | None

    @property
    def host(self) -> str:
        """The host that the clients connected to."""
        return self.group.key.host

    @property
    def leaf(self) -> Certificate | None:
        """The server's certificate, or what the report shows in its place."""
        return self.certificates[0] if self.certificates else None

    @property
    def ours(self) -> Shown | None:
        """The latest chain with the same key that our own probes saw at the host, or None."""
        leaf = self.leaf
        found = (one for one in reversed(self.facts.shown) if leaf and one.has(leaf))
        return next(found, None)

    @property
    def foreign(self) -> bool:
        """Whether the pins that were missed are in no release of ours."""
        ours = {
            entry.pin.digest
            for release in self.facts.releases
            for policy in release.pin_set.policies
            for entry in (*policy.pins, *policy.also)
        }
        return bool(ours) and not any(pin.digest in ours for pin in self.group.sample.pins)

    @property
    def pinned(self) -> bool:
        """Whether a release of ours pins the host, or none is known."""
        sets = [release.pin_set for release in self.facts.releases]
        return not sets or any(found.policy_for_canonical(self.host) for found in sets)


def study(group: Group, facts: Facts) -> Study:
    """Look at a group."""
    certificates = group.sample.certificates
    public, reason = _verify(certificates, group, facts.public_roots)
    verified = public or _verify(certificates, group, facts.own_roots)[0]
    chain = verified or _signed(certificates)
    error = _decide(group, chain)
    return Study(
        group=group,
        facts=facts,
        certificates=certificates,
        verified=verified,
        public=public is not None,
        reason=reason,
        chain=chain,
        matches=error is None and verified is not None and bool(group.sample.pins),
        diagnosis=_diagnose(error, certificates, facts) if error else None,
    )


def _verify(
    certificates: tuple[Certificate, ...], group: Group, trust: TrustStore | None
) -> tuple[VerifiedChain | None, Reason | None]:
    """Return the chain that verifies at the time of arrival, or why none does."""
    if not certificates or trust is None:
        return None, None
    try:
        return verify(certificates, group.key.host, trust=trust, at=group.first), None
    except VerificationError as error:
        return None, error.reason
    except (KeypinError, ValueError):  # a host that no certificate can name, as `a_b.example`
        return None, Reason.OTHER


def _signed(certificates: tuple[Certificate, ...]) -> VerifiedChain | None:
    """Return the longest path from the server's certificate whose signatures hold."""
    if not certificates:
        return None
    paths = assemble(certificates, leaf=certificates[0])
    longest = max(range(len(paths)), key=lambda index: len(paths[index]))
    return VerifiedChain.from_verifier(paths[longest])


def _decide(group: Group, chain: VerifiedChain | None) -> MismatchError | None:
    """Return the mismatch of a chain and the reported pins, or None where there is none."""
    entries = tuple(map(PolicyPin, group.sample.pins))
    if chain is None or not entries:
        return None
    host = HostPattern(group.key.host)
    policy = Policy(host=host, pins=entries, no_backup="as a report says")
    try:
        decide(PinSet((policy,)), group.key.host, chain, group.first)
    except MismatchError as error:
        return error
    return None


def _diagnose(
    error: MismatchError, certificates: tuple[Certificate, ...], facts: Facts
) -> Diagnosis:
    return diagnose_mismatch(
        error,
        presented=certificates,
        public_roots=facts.public_roots,
        before=_before(error, facts),
    )


def _before(error: MismatchError, facts: Facts) -> VerifiedChain | None:
    """Return the latest chain of ours that the pins accept, or else the latest with another key."""
    others = [one.chain for one in reversed(facts.shown) if not one.has(error.chain.leaf)]
    pins: tuple[Pin, ...] = tuple(entry.pin for entry in error.policy.pins)
    accepted = (chain for chain in others if any(pin.is_of(c) for pin in pins for c in chain))
    return next(accepted, next(iter(others), None))
