"""What releases say of what endpoints serve now, for the few endpoints that a page shows.

Read from what judging wrote (`verdicts`), joined with what is open in `observations`: nothing is
judged here, so that no page says otherwise than an alert does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, exists

from keypin.certs import Certificate
from keypin.rotation import Outcome
from keypin.rotation.forecast_share import hits
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.probing.court import REFUSED
from keypin.watch.probing.used import used_releases
from keypin.watch.store import Scope
from keypin.watch.store.tables import observations, pin_sets, verdicts
from keypin.web.pages.chains_shown import PinnedBy
from keypin.web.views.parts import Link, ReleaseVerdict, Verdict
from keypin.web.words import day

# Releases that are named beside a certificate.
_PINNED = 20

VERDICTS: Mapping[Outcome, Verdict] = {
    Outcome.PASSES: Verdict.MATCHED,
    Outcome.SOME_PATHS: Verdict.MISMATCH,
    Outcome.BREAKS: Verdict.MISMATCH,
    Outcome.REPORTS: Verdict.MISMATCH,
    Outcome.NOT_VERIFIED: Verdict.MISMATCH,
    Outcome.NOT_PINNED: Verdict.NOT_PINNED,
}

# The worst first: which of several chains' verdicts is told of an endpoint.
WORST = (
    Outcome.BREAKS,
    Outcome.NOT_VERIFIED,
    Outcome.SOME_PATHS,
    Outcome.REPORTS,
    Outcome.PASSES,
    Outcome.NOT_PINNED,
)

_SAID = {
    Outcome.SOME_PATHS: "accepted on some of the chains that clients may build, not on all",
    Outcome.REPORTS: "no pin matches; the policy only reports that",
    Outcome.NOT_VERIFIED: "refused before any pin is asked: the chain does not verify",
}


@dataclass(frozen=True, slots=True)
class Now:
    """What pin sets say of one endpoint now.

    Attributes:
        chains: the digests of what it serves; none where it was not read, or answers nowhere.
        by_pin_set: the worst row of `verdicts` of each pin set that pins it.
    """

    chains: frozenset[bytes]
    by_pin_set: Mapping[int, RowMapping]

    @property
    def refusing(self) -> frozenset[int]:
        """The pin sets that refuse what it serves."""
        return frozenset(
            number for number, row in self.by_pin_set.items() if Outcome(row["outcome"]) in REFUSED
        )


def now_of(scope: Scope, endpoints: Sequence[int]) -> dict[int, Now]:
    """Return what pin sets say of endpoints now, by their numbers."""
    served: dict[int, set[bytes]] = {number: set() for number in endpoints}
    for row in scope.rows(_served(scope, endpoints)):
        served[row["endpoint"]].add(row["chain"])
    said: dict[int, dict[int, RowMapping]] = {number: {} for number in endpoints}
    for row in scope.rows(_told(scope, endpoints)):
        if row["chain"] in served[row["endpoint"]]:
            before = said[row["endpoint"]].get(row["pin_set"])
            said[row["endpoint"]][row["pin_set"]] = _worse(before, row)
    return {number: Now(frozenset(served[number]), said[number]) for number in endpoints}


def refusing_now(scope: Scope, field: Field) -> frozenset[int]:
    """Return the pin sets in the field that refuse what some endpoint serves now."""
    if not field.releases:
        return frozenset()
    open_now = exists().where(
        observations.c.organisation == verdicts.c.organisation,
        observations.c.endpoint == verdicts.c.endpoint,
        observations.c.chain == verdicts.c.chain,
        observations.c.ended_at.is_(None),
        scope.mine(observations),
        scope.mine(verdicts),
    )
    refused = exists().where(
        scope.mine(verdicts),
        scope.mine(pin_sets),
        verdicts.c.pin_set == pin_sets.c.id,
        verdicts.c.outcome.in_([one.value for one in REFUSED]),
        open_now,
    )
    query = scope.select(pin_sets.c.id).where(pin_sets.c.id.in_(field.by_pin_set), refused)
    return frozenset(scope.execute(query).scalars())


def said_by(release: Fielded, now: Now, field: Field, host: str, link: Link) -> ReleaseVerdict:
    """Return what a release says of an endpoint.

    Args:
        release: the release.
        now: what is said of the endpoint.
        field: all releases.
        host: of the endpoint.
        link: to the release, or to the endpoint, whichever the page is not about.
    """
    row = now.by_pin_set.get(release.pin_set)
    if row is not None:
        return of_row(row, release, link)
    pinned = release.pin_set in field.pinning.of(host)
    verdict = Verdict.UNSEEN if pinned else Verdict.NOT_PINNED
    return ReleaseVerdict(release=link, share=release.share, verdict=verdict)


def of_row(row: RowMapping, release: Fielded, link: Link) -> ReleaseVerdict:
    """Return a row of `verdicts` as what a release says."""
    outcome = Outcome(row["outcome"])
    return ReleaseVerdict(
        release=link,
        share=release.share,
        verdict=VERDICTS[outcome],
        pin=row["pin"] or "",
        position=row["position"] or "",
        detail=_SAID.get(outcome) or _diagnosed(row["why"]) or _later(row["why"]),
    )


def affected(field: Field, refusing: Iterable[int]) -> float | None:
    """Return the greatest share of an application's users that some pin sets cut off."""
    shares = (one.share for one in hits(used_releases(field, refusing)))
    return max((one.fraction for one in shares if one is not None), default=None)


def pinned_by(field: Field, host: str, link: Callable[[Fielded], Link]) -> PinnedBy:
    """Return what tells which releases have a pin that matches a certificate of a host."""
    pinning = [
        (one.pin, field.by_pin_set.get(number, ()))
        for number in field.pinning.of(host)
        for policy in [field.pin_set(number).policy_for(host)]
        for one in (() if policy is None else policy.pins)
    ]

    def tell(certificate: Certificate) -> tuple[Link, ...]:
        releases = (release for pin, some in pinning if pin.is_of(certificate) for release in some)
        return tuple(link(one) for one in dict.fromkeys(releases))[:_PINNED]

    return tell


def _served(scope: Scope, endpoints: Sequence[int]) -> Select[*tuple[Any, ...]]:
    # Not distinct: for that, SQLite reads all of the organisation, by the index of chains.
    return scope.select(observations.c.endpoint, observations.c.chain).where(
        observations.c.endpoint.in_(endpoints),
        observations.c.ended_at.is_(None),
        observations.c.failure.is_(None),
    )


def _told(scope: Scope, endpoints: Sequence[int]) -> Select[*tuple[Any, ...]]:
    return scope.select(
        verdicts.c.endpoint,
        verdicts.c.chain,
        verdicts.c.pin_set,
        verdicts.c.outcome,
        verdicts.c.pin,
        verdicts.c.position,
        verdicts.c.why,
    ).where(verdicts.c.endpoint.in_(endpoints))


def _worse(one: RowMapping | None, other: RowMapping) -> RowMapping:
    if one is None:
        return other
    return min(one, other, key=lambda row: WORST.index(Outcome(row["outcome"])))


def _diagnosed(why: Mapping[str, Any]) -> str:
    diagnosis: Mapping[str, Any] = why.get("diagnosis") or {}
    lines: Sequence[str] = why.get("lines") or ()
    return str(diagnosis.get("message") or next(iter(lines), ""))


def _later(why: Mapping[str, Any]) -> str:
    """Say from when on a chain that is accepted is refused."""
    for one in why.get("later") or ():
        if Outcome(one["outcome"]) in REFUSED:
            return f"until {day(datetime.fromisoformat(one['at']))}, then it is refused"
    return ""
