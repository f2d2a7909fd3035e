"""What a certificate that a log holds means to one organisation, by its own releases alone.

Gathers what the pure rooms judge by, and shapes their answer: findings, who pins its key, and whom
its deployment breaks. A look-alike is no name of the organisation's: no release speaks of it, and
nobody was expected to issue for it. Reads no table, and asks no log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keypin.certs import TrustStore
from keypin.ct.caa import NotKnown, RecordSet, rule
from keypin.ct.watch_list import Hit, Kind
from keypin.findings import Finding
from keypin.pins import Policy
from keypin.rotation import Outcome, Release
from keypin.rotation import forecast_share as shares
from keypin.rotation.issued import Fate, Issued, judge
from keypin.rotation.issued_findings import Facts, findings
from keypin.rotation.issuer import Issuer, issuer_of
from keypin.rotation.known_chain import Told
from keypin.watch.inventory.field import Field
from keypin.watch.probing.used import used_releases
from keypin.watch.transparency.expected import Expected, host_of
from keypin.watch.transparency.words import Stand, said

# Versions that a name can hold.
_SHOWN = 3

# The worst first: what a release is told to do where it pins several of the names.
_WORST = (
    Outcome.BREAKS,
    Outcome.SOME_PATHS,
    Outcome.NOT_VERIFIED,
    Outcome.REPORTS,
    None,
    Outcome.PASSES,
    Outcome.NOT_PINNED,
)

# The worst first, as `Issuer` has them: what somebody named counts before what pins say.
_UNEXPECTED = (
    (Told.NO, True),
    (Told.NO, False),
    (Told.UNKNOWN, False),
    (Told.YES, True),
    (Told.YES, False),
)

_BREAKS = frozenset({Outcome.BREAKS, Outcome.SOME_PATHS})

KEY_RULES = frozenset(
    {"ct-key-not-pinned", "ct-key-would-report", "ct-key-not-told", "ct-not-trusted"}
)
"""The findings about the key; where there is none of them, the key is in order: `ISSUED`."""

ISSUED = "ct-issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a certificate means to an organisation.

    Attributes:
        findings: what is to be said of it, the gravest first; several may be of one rule.
        said: who pins its key, and whom its deployment breaks, in words; empty of a look-alike.
        share: of an application's users, whom it breaks, the largest; None: nobody, or not known.
        applications: those whose users it breaks.
        hits: whom it breaks, a sentence for each application.
        issuer: who issued it, as people call it.
    """

    findings: tuple[Finding, ...]
    said: str
    share: float | None
    applications: tuple[str, ...]
    issuer: str
    hits: tuple[str, ...] = ()


def judged(
    issued: Issued,
    hits: Sequence[Hit],
    field: Field,
    *,
    trust: TrustStore,
    at: datetime,
    expected: Expected,
    caa: Mapping[str, RecordSet | NotKnown],
    alone: bool = False,
) -> Judged:
    """Say what a certificate means to an organisation.

    Args:
        issued: the certificate.
        hits: why it is of interest to the organisation.
        field: what the organisation has in the field.
        trust: the anchors of the clients.
        at: now.
        expected: whom the organisation expects as issuers.
        caa: the CAA records of its names, where they were asked for.
        alone: whether it is a precertificate of which no certificate came.
    """
    every, hits = hits, [one for one in hits if one.kind is not Kind.LOOK_ALIKE]
    numbers = _pin_sets(hits, field)
    named = {number: _release(field, number) for number in numbers}
    fates = judge(issued, named.values(), at=at, trust=trust)
    issuer = _issuer(issued, hits, field, expected)
    facts = Facts(
        issued=issued,
        at=at,
        fates=fates,
        issuer=issuer,
        caa=tuple(rule(name, found, issuer.identifiers) for name, found in caa.items()),
        alone=alone,
        lookalike=next(_look_alikes(every), None),
    )
    outcomes = _outcomes(fates, named)
    # In the order of the releases, as all that is said of them.
    breaking = [number for number in field.by_pin_set if outcomes.get(number) in _BREAKS]
    broken = shares.hits(used_releases(field, breaking)) if not facts.expired else ()
    known = [one.share.fraction for one in broken if one.share is not None]
    return Judged(
        findings=findings(every[0].watched, facts),
        said=said(_stands(field, outcomes), broken) if hits else "",
        share=max(known, default=None),
        applications=tuple(one.application for one in broken),
        issuer=issuer.name,
        hits=tuple(map(str, broken)),
    )


def _outcomes(fates: Iterable[Fate], named: Mapping[int, Release]) -> dict[int, Outcome | None]:
    """Return the worst outcome of each pin set, over all the names that it pins."""
    numbers = {id(release): number for number, release in named.items()}
    found: dict[int, Outcome | None] = {}
    for fate in fates:
        number = numbers[id(fate.release)]
        found[number] = min(fate.outcome, found.get(number, Outcome.PASSES), key=_WORST.index)
    return found


def _pin_sets(hits: Iterable[Hit], field: Field) -> tuple[int, ...]:
    """Return the pin sets that pin one of the names."""
    names = {name for hit in hits for name in (hit.watched, _covered(hit.seen)) if name}
    return tuple(sorted({number for name in names for number in field.pinning.of(name)}))


def _covered(name: str) -> str:
    """Return a name as a host: of a wildcard one that it covers."""
    return name.replace("*.", "any-name.", 1)


def _issuer(issued: Issued, hits: Sequence[Hit], field: Field, expected: Expected) -> Issuer:
    """Say who issued it, and whether that was expected for each of its names: the worst of it."""
    alike: dict[tuple[str, ...], list[Hit]] = {}
    for hit in hits:
        alike.setdefault(expected.issuers(host_of(hit), field), []).append(hit)
    each = [
        (issuer_of(issued, expected=named, policies=_policies(some, field)), some)
        for named, some in alike.items()
    ]
    if not each:
        return issuer_of(issued)
    issuer, some = min(each, key=lambda one: _UNEXPECTED.index((one[0].expected, one[0].by_name)))
    if len(each) > 1:
        hosts = ", ".join(dict.fromkeys(hit.seen or hit.watched for hit in some))
        issuer = replace(issuer, why=f"for {hosts}, {issuer.why}")
    return issuer


def _policies(hits: Iterable[Hit], field: Field) -> Iterator[Policy]:
    """Yield the policies that decide for names, in every pin set."""
    for name in sorted({_covered(hit.seen) for hit in hits if hit.seen}):
        for number in sorted(field.pinning.of(name)):
            policy = field.pin_set(number).policy_for_canonical(name)
            if policy is not None:
                yield policy


def _look_alikes(hits: Iterable[Hit]) -> Iterator[tuple[str, str]]:
    return ((one.seen or "a name", one.watched) for one in hits if one.kind is Kind.LOOK_ALIKE)


def _release(field: Field, number: int) -> Release:
    """Return the releases that ship one pin set, as one."""
    alike = field.by_pin_set[number]
    more = f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else ""
    return Release(", ".join(map(str, alike[:_SHOWN])) + more, field.pin_set(number))


def _stands(field: Field, outcomes: Mapping[int, Outcome | None]) -> Iterator[Stand]:
    """Yield what each application's releases would do, of those that pin one of the names."""
    each: dict[str, list[tuple[str, Outcome | None]]] = {}
    for release in field.releases:
        if release.pin_set in outcomes:
            each.setdefault(release.application, []).append(
                (release.version, outcomes[release.pin_set])
            )
    return (Stand(name, tuple(releases)) for name, releases in each.items())
