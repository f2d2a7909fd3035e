"""From a presented chain to a verified one, or to the reason why not.

Three steps, none of which can say yes alone. The search lists the paths that names and signatures
allow (`keypin.certs.paths`); `cryptography`'s verifier judges each, against a store that holds
that path's anchor and nothing else, with dates, names and constraints all on; and our own rules
(`keypin.certs.rules`) refuse what the verifier still lets pass. Only the chain that the verifier
returns is ever called verified.

Follows RFC 5280 section 6 and RFC 9525 for names. Does not check revocation: that needs data which
a path does not hold. The time is an argument.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from itertools import islice

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Subject
from cryptography.x509.verification import VerificationError as Refusal

from keypin.certs.certificate import Certificate
from keypin.certs.der import quiet
from keypin.certs.examine import Finding, examine_no_path, examine_path
from keypin.certs.failure import Reason, VerificationError
from keypin.certs.hostname import ascii_host
from keypin.certs.paths import MAX_INTERMEDIATES, Path, Search
from keypin.certs.rules import breaches
from keypin.certs.trust import TrustStore
from keypin.certs.verified import VerifiedChain

# Paths that are judged for one chain: a leaf under four generations of cross-signed roots has five.
MAX_PATHS = 32


@dataclass(frozen=True, slots=True)
class _Judge:
    host: str
    subject: Subject
    trust: TrustStore
    at: datetime
    max_intermediates: int

    def judge(self, path: Path) -> VerifiedChain | Finding:
        """Return the chain that verifies, or why `path` does not."""
        try:
            chain = self._verifier_says(path)
        except (Refusal, ValueError) as refusal:
            return examine_path(path, str(refusal), self.at)
        for rule, clause in breaches(chain.certificates, self.trust.profile):
            return rule.reason, clause
        return chain

    def _verifier_says(self, path: Path) -> VerifiedChain:
        builder = PolicyBuilder().store(self.trust.store_of(path[-1])).time(self.at)
        builder = builder.max_chain_depth(self.max_intermediates)
        verifier = builder.build_server_verifier(self.subject)
        with quiet():
            chain = verifier.verify(path[0].x509, [found.x509 for found in path[1:-1]])
        known = {found.x509: found for found in path}
        return VerifiedChain(tuple(known[found] for found in chain))


def verify(
    presented: Sequence[Certificate],
    host: str,
    *,
    trust: TrustStore,
    at: datetime,
    extra: Iterable[Certificate] = (),
    max_intermediates: int = MAX_INTERMEDIATES,
) -> VerifiedChain:
    """Verify a server's certificate for a host.

    Args:
        presented: the certificates as sent: the server's own first, the others in any order.
        host: the name or IP address that was asked for.
        trust: the anchors.
        at: when, with its time zone.
        extra: further certificates that may help to build a path, such as cached intermediates.
        max_intermediates: how many certificates may stand between leaf and anchor.

    Returns:
        The first path that verifies; see `verified_paths` for all.

    Raises:
        VerificationError: no path verifies; the error says why.
        HostError: `host` is no host.
        ValueError: `at` has no time zone.
    """
    judge = _Judge(host, _subject(host), trust, _aware(at), max_intermediates)
    pool = _pool(presented, extra)
    for chain in _verified(judge, presented, pool):
        return chain
    reason, detail = _why_not(judge, presented, pool)
    raise VerificationError(reason, detail, host=host, chain=presented, at=at)


def verified_paths(
    presented: Sequence[Certificate],
    host: str,
    *,
    trust: TrustStore,
    at: datetime,
    extra: Iterable[Certificate] = (),
    max_intermediates: int = MAX_INTERMEDIATES,
) -> Iterator[VerifiedChain]:
    """Yield every distinct path that verifies, the one that `verify` returns first.

    Cross-signed roots give one leaf several paths, and clients differ in which they take: a pin
    must hold on each. Takes the arguments of `verify`; yields nothing where `verify` raises a
    `VerificationError`. At most `MAX_PATHS` paths are judged.

    Raises:
        HostError: `host` is no host.
        ValueError: `at` has no time zone.
    """
    judge = _Judge(host, _subject(host), trust, _aware(at), max_intermediates)
    return iter(dict.fromkeys(_verified(judge, presented, _pool(presented, extra))))


def _verified(
    judge: _Judge, presented: Sequence[Certificate], pool: Path
) -> Iterator[VerifiedChain]:
    search = Search(pool, judge.trust, judge.max_intermediates, check_all=False)
    paths = search.anchored(presented[0]) if presented else iter(())
    for path in islice(paths, MAX_PATHS):
        verdict = judge.judge(path)
        if isinstance(verdict, VerifiedChain):
            yield verdict


def _why_not(judge: _Judge, presented: Sequence[Certificate], pool: Path) -> Finding:
    """Return why nothing verified: the first path whose signatures hold tells it best."""
    if not presented:
        return Reason.EMPTY_CHAIN, "the server sent no certificate"
    search = Search(pool, judge.trust, judge.max_intermediates)
    verdicts = (judge.judge(path) for path in search.anchored(presented[0]))
    verdict = next((found for found in verdicts if not isinstance(found, VerifiedChain)), None)
    return verdict or examine_no_path(presented[0], search)


def _pool(presented: Sequence[Certificate], extra: Iterable[Certificate]) -> Path:
    return tuple(dict.fromkeys((*presented[1:], *extra)))


def _subject(host: str) -> Subject:
    name = ascii_host(host)
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"the time {at} has no time zone")
    return at
