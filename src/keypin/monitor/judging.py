"""What a hit means: each certificate that is of interest, judged as soon as it is read.

Gathers what the pure rooms judge by: the chain, which a static log hands out certificate by
certificate, and what CAA says today. What cannot be had is left out, and delays nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from keypin.certs import TrustStore
from keypin.ct.caa import Ruling
from keypin.ct.logged import Logged
from keypin.ct.watch_list import Hit, Kind
from keypin.errors import HostError
from keypin.findings import Finding
from keypin.monitor.above import Above
from keypin.monitor.log import Log
from keypin.pins import Policy
from keypin.rotation.issued import Issued, judge
from keypin.rotation.issued_findings import Facts, findings, malformed
from keypin.rotation.issuer import Issuer, issuer_of
from keypin.rotation.release import Release

# What CAA says of an issuer, for each of the names of a certificate.
Caa = Callable[[Sequence[str], Issuer], tuple[Ruling, ...]]


class Judging:
    """What judges hits; for many threads.

    Args:
        releases: what is in the field.
        expected: whom the user expects as issuers; see `keypin.rotation.issuer`.
        caa: asks what CAA says; None to leave that out.
        trust: the anchors of the clients, where they are known.
        now: the clock.
    """

    def __init__(
        self,
        releases: Iterable[Release] = (),
        *,
        expected: Iterable[str] = (),
        caa: Caa | None = None,
        trust: TrustStore | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._releases = tuple(releases)
        self._expected = tuple(expected)
        self._caa = caa
        self._trust = trust
        self._now = now
        self._above = Above()

    def __call__(self, log: Log, logged: Logged, hits: Sequence[Hit]) -> tuple[Finding, ...]:
        """Return what is to be said of an entry."""
        entry, subject = logged.entry, hits[0].watched
        where = (f"entry {entry.index} of {log.name}, log ID {log.id.hex()}",)
        if logged.certificate is None:
            return (malformed(subject, logged.flaw, where),)
        issued = Issued(
            certificate=logged.certificate,
            chain=tuple(self._above.chain(log, entry)),
            issuer_key_hash=entry.issuer_key_hash,
            logged=logged.moment,
            where=where,
        )
        seen = [one.seen for one in hits if one.kind is not Kind.LOOK_ALIKE and one.seen]
        issuer = issuer_of(issued, expected=self._expected, policies=self._policies(seen))
        facts = Facts(
            issued=issued,
            at=self._now(),
            fates=judge(issued, self._releases, at=self._now(), trust=self._trust),
            issuer=issuer if seen else None,
            caa=self._caa(seen, issuer) if self._caa and seen else (),
            lookalike=next(_look_alikes(hits), None),
        )
        return findings(subject, facts)

    def _policies(self, names: Sequence[str]) -> Iterator[Policy]:
        """Yield the policies that decide for names, in every release."""
        for release in self._releases:
            for name in names:
                policy = _policy(release, name.removeprefix("*."))
                if policy is not None:
                    yield policy


def _policy(release: Release, name: str) -> Policy | None:
    try:
        return release.pin_set.policy_for(name)
    except HostError:
        return None


def _look_alikes(hits: Sequence[Hit]) -> Iterator[tuple[str, str]]:
    return ((one.seen or "a name", one.watched) for one in hits if one.kind is Kind.LOOK_ALIKE)
