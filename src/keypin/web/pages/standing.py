"""What releases say of what endpoints serve now, for the few endpoints that a page shows.

Read from what judging wrote (`verdicts`), joined with what is open in `observations`: nothing is
judged here, so that no page says otherwise than an alert does. Of an endpoint that cannot be
reached, what it showed last is told, and that it is not known now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, RowMapping, ScalarSelect, Select, select

from keypin.certs import Certificate
from keypin.rotation import Outcome
from keypin.rotation.forecast_share import hits
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.probing.court import REFUSED
from keypin.watch.probing.used import used_releases
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import observations, verdicts
from keypin.web.pages.chains_shown import PinnedBy
from keypin.web.views.parts import Link, ReleaseVerdict, Verdict
from keypin.web.views.users import Hit, Users
from keypin.web.words import day, minute

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
class Lost:
    """An endpoint that shows nothing now.

    Attributes:
        since: when it was first found so.
        why: what failed.
        seen: when it showed something last, or None: it never did.
        by_pin_set: the row of `verdicts` of each pin set on what it showed last.
    """

    since: datetime
    why: str
    seen: datetime | None
    by_pin_set: Mapping[int, RowMapping]


@dataclass(frozen=True, slots=True)
class Now:
    """What pin sets say of one endpoint now.

    Attributes:
        chains: the digests of what it serves; none where it was not read, or answers nowhere.
        by_pin_set: the worst row of `verdicts` of each pin set that pins it.
        lost: since when it answers nowhere; None where it does, or was never read.
    """

    chains: frozenset[bytes]
    by_pin_set: Mapping[int, RowMapping]
    lost: Lost | None = None

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
    dark = [number for number in endpoints if not served[number]]
    last = {row["endpoint"]: row for row in _last(scope, dark)}
    shown = {**served, **{number: {row["chain"]} for number, row in last.items()}}
    said: dict[int, dict[int, RowMapping]] = {number: {} for number in endpoints}
    for row in scope.rows(_told(scope, endpoints)):
        if row["chain"] in shown[row["endpoint"]]:
            before = said[row["endpoint"]].get(row["pin_set"])
            said[row["endpoint"]][row["pin_set"]] = _worse(before, row)
    found = {number: Now(frozenset(served[number]), said[number]) for number in endpoints}
    for row in scope.rows(_failing(scope, dark)) if dark else ():
        number = row["endpoint"]
        if found[number].lost is None:
            found[number] = _lost(row, last.get(number), said[number])
    return found


def _lost(failing: RowMapping, last: RowMapping | None, said: Mapping[int, RowMapping]) -> Now:
    """Return what is known of an endpoint that shows nothing: nothing of now."""
    since = failing["first_seen_at"] if last is None else last["ended_at"]
    words = failing["detail"].get("words") or str(failing["failure"]).replace("-", " ")
    seen = None if last is None else last["last_seen_at"]
    return Now(frozenset(), {}, Lost(since, str(words), seen, said))


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
    if release.pin_set not in field.pinning.of(host):
        return ReleaseVerdict(release=link, share=release.share, verdict=Verdict.NOT_PINNED)
    if now.lost is None:
        return ReleaseVerdict(release=link, share=release.share, verdict=Verdict.UNSEEN)
    return _of_lost(now.lost, release, link)


def _of_lost(lost: Lost, release: Fielded, link: Link) -> ReleaseVerdict:
    """Return what a release said of what was seen last; of now, nothing is known."""
    row = lost.by_pin_set.get(release.pin_set)
    before = "" if row is None else f"{VERDICTS[Outcome(row['outcome'])].value} when seen last, "
    return ReleaseVerdict(
        release=link,
        share=release.share,
        verdict=Verdict.UNREACHED,
        pin="" if row is None else row["pin"] or "",
        position="" if row is None else row["position"] or "",
        detail=f"{before}cannot be reached since {minute(lost.since)}"
        if before
        else f"since {minute(lost.since)}: {lost.why}",
    )


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


def affected(field: Field, refusing: Iterable[int]) -> Users:
    """Return whom some pin sets cut off, application by application."""
    return Users(
        tuple(
            Hit(one.application, one.share.fraction if one.share else None, bool(one.unknown))
            for one in hits(used_releases(field, refusing))
        )
    )


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


def _failing(scope: Scope, endpoints: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """Ask for what fails at endpoints, what fails longest first."""
    return (
        scope.select(
            observations.c.endpoint,
            observations.c.failure,
            observations.c.detail,
            observations.c.first_seen_at,
        )
        .where(
            observations.c.endpoint.in_(endpoints),
            observations.c.ended_at.is_(None),
            observations.c.failure.is_not(None),
        )
        .order_by(observations.c.first_seen_at, observations.c.id)
    )


def _last(scope: Scope, endpoints: Sequence[int]) -> Sequence[RowMapping]:
    """Return what each endpoint showed last of what it shows no more."""
    if not endpoints:
        return ()

    def newest(column: Column[Any]) -> ScalarSelect[Any]:
        return (
            select(column)
            .where(
                scope.mine(observations),
                scope.mine(endpoint_table),
                observations.c.endpoint == endpoint_table.c.id,
                observations.c.ended_at.is_not(None),
                observations.c.failure.is_(None),
            )
            .order_by(observations.c.ended_at.desc(), observations.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )

    columns = observations.c.chain, observations.c.last_seen_at, observations.c.ended_at
    query = select(
        endpoint_table.c.id.label("endpoint"), *(newest(one).label(one.name) for one in columns)
    )
    mine = query.where(scope.mine(endpoint_table), endpoint_table.c.id.in_(endpoints))
    return [row for row in scope.rows(mine) if row["chain"] is not None]


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
