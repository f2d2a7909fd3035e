"""The page of one endpoint, filled: what it serves, what it served, and what follows from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from keypin.alerts import Signal
from keypin.certs import Cause, Certificate
from keypin.findings import Finding, Severity
from keypin.probe.verdicts import Verdicts
from keypin.rotation import Plan as Planning
from keypin.watch.alerting.documents import signal_of
from keypin.watch.inventory import plans as known_plans
from keypin.watch.inventory.chains import Chain
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.probing import standing as probed
from keypin.watch.probing.planned import Planned
from keypin.watch.probing.standing import Standing
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings, observations, signals
from keypin.web.pages import endpoints_read as reading
from keypin.web.pages import history, issued_read
from keypin.web.pages.chains_shown import chains_shown, named
from keypin.web.pages.desk import Desk
from keypin.web.pages.history import STRETCHES, Stretch
from keypin.web.pages.links import Links
from keypin.web.pages.standing import Now, now_of, pinned_by, said_by
from keypin.web.views.endpoint import EndpointRow, Expiry, LoggedRow, ProbeRow
from keypin.web.views.parts import ChainShown, Link, ReleaseVerdict, State, Tone
from keypin.web.views.timeline import Timeline
from keypin.web.words import day, duration, minute, plural

# Certificates in logs that the page shows; the page CT has all.
_LOGGED = 20

# What else would be a short name or a riddle.
_CAUSES = {Cause.DNS.value: "does not resolve", Cause.FORBIDDEN.value: "address not allowed"}

_SOON, _LATE = timedelta(days=30), timedelta(days=7)

_RANKS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that is read of an endpoint.

    Attributes:
        row: its own row, with its owner's name.
        field: the releases in the field.
        now: what pin sets say of what it serves.
        standing: what it serves, verified anew; None where nothing is known.
        open: the open rows of `observations`.
        signals: what holds of it.
        plans: the chains that are to be deployed here.
    """

    row: RowMapping
    field: Field
    now: Now
    standing: Standing | None
    open: Sequence[RowMapping]
    signals: Sequence[Signal]
    plans: Sequence[history.Plan]

    @property
    def host(self) -> str:
        """Its host."""
        return str(self.row["host"])

    @property
    def pinning(self) -> tuple[Fielded, ...]:
        """The releases that pin it."""
        numbers = set(self.field.pinning.of(self.host))
        return tuple(one for one in self.field.releases if one.pin_set in numbers)


def see(desk: Desk, scope: Scope, row: RowMapping, links: Links, at: datetime) -> Seen:
    """Read all of an endpoint."""
    number = int(row["id"])
    field = desk.fields.read(scope.connection, scope.organisation)
    planned = Planned.read(scope.connection, scope.organisation, desk.chains).of(row["host"])
    held = scope.select(signals.c.document).where(signals.c.endpoint == number, signals.c.holds)
    opened = scope.select(observations).where(
        observations.c.endpoint == number, observations.c.ended_at.is_(None)
    )
    return Seen(
        row=row,
        field=field,
        now=now_of(scope, [number])[number],
        standing=_standing(desk, number, at),
        open=scope.rows(opened.order_by(observations.c.address, observations.c.key_type)),
        signals=[signal_of(one["document"]) for one in scope.rows(held)],
        plans=_plans(scope, planned, links),
    )


def _standing(desk: Desk, number: int, at: datetime) -> Standing | None:
    # The judge reads over organisations; that the number is of this one was looked up before.
    verdicts = Verdicts(desk.trust.anchors)
    with desk.database.read_across() as connection:
        found = probed.read(connection, [number], chains=desk.chains, verdicts=verdicts, at=at)
    return next(iter(found), None)


def _plans(scope: Scope, planned: Iterable[Planning], links: Links) -> tuple[history.Plan, ...]:
    several = tuple(planned)
    numbers = {one.name: one.id for one in known_plans.listed(scope)} if several else {}
    return tuple(
        history.Plan(
            name=one.name,
            at=one.at,
            chain=tuple(one.chain),
            href=links.to(f"/matrix?plan={numbers[one.name]}"),
        )
        for one in several
    )


def row_of(seen: Seen, links: Links) -> EndpointRow:
    """Return it as in the list."""
    return reading.row_of(seen.row, seen.now, seen.field, links)


def vantages(seen: Seen) -> str:
    """Say from where it is read, and how often."""
    places = sorted({row["vantage"] for row in seen.open})
    several = f"from {', '.join(places)}" if places else "from nowhere yet"
    often = duration(timedelta(seconds=seen.row["interval"]))
    return f"{several}, every {often.removeprefix('1 ')}"


def chains_now(seen: Seen, links: Links) -> tuple[ChainShown, ...]:
    """Return what it serves."""
    if seen.standing is None:
        return ()
    first: dict[bytes, datetime] = {}
    for row in seen.open:
        if row["chain"] is not None:
            first[row["chain"]] = min(
                first.get(row["chain"], row["first_seen_at"]), row["first_seen_at"]
            )
    return chains_shown(
        seen.standing.shown,
        since=first,
        pinned_by=pinned_by(seen.field, seen.host, links.release),
    )


def releases_now(seen: Seen, links: Links) -> tuple[ReleaseVerdict, ...]:
    """Return what each release that pins it says."""
    return tuple(
        said_by(one, seen.now, seen.field, seen.host, links.release(one)) for one in seen.pinning
    )


def findings(seen: Seen) -> tuple[Finding, ...]:
    """Return what holds of it, the worst first."""
    found = [
        Finding(
            id=one.id,
            severity=one.severity,
            subject=one.subject.key,
            message=f"{one.title}.",
            cure=one.next_step,
            evidence=one.evidence,
        )
        for one in seen.signals
    ]
    return tuple(sorted(found, key=lambda one: _RANKS.index(one.severity)))


def doubt(seen: Seen) -> str:
    """Say why it is not known whether anything is unusual; empty where that is known."""
    lost = seen.now.lost
    if lost is not None:
        last = "It was never seen" if lost.seen is None else f"It was seen last {minute(lost.seen)}"
        return f"Could not be read since {minute(lost.since)}: {lost.why}. {last}."
    return "" if seen.now.chains else "Not read yet: nothing is known."


def timeline(
    desk: Desk, scope: Scope, seen: Seen, stretch: Stretch, at: datetime
) -> Timeline | None:
    """Return what it showed over time."""
    since = None if stretch.length is None else at - stretch.length

    def chains(digests: set[bytes]) -> dict[bytes, Chain]:
        return desk.chains.read(scope.connection, digests)

    number, asked = int(seen.row["id"]), history.pin_sets_of(seen.pinning)
    past = history.read(scope, number, since, chains, pin_sets=asked, still=seen.open)
    return history.timeline(past, seen.field, seen.pinning, seen.plans, stretch=stretch, at=at)


def stretches(links: Links, number: int) -> tuple[Link, ...]:
    """Return the spans that the timeline may have."""
    return tuple(
        Link(one.word, links.to(f"/endpoints/{number}?span={index}"))
        for index, one in enumerate(STRETCHES)
    )


def expiries(seen: Seen, at: datetime) -> tuple[Expiry, ...]:
    """Return what ends: certificates that are served, and policies that pin it."""
    chains = seen.standing.chains.values() if seen.standing else ()
    several = dict.fromkeys(one for chain in chains for one in chain)
    found = [Expiry(_called(one), one.not_after, _left(one.not_after, at)) for one in several]
    for number in seen.field.pinning.of(seen.host):
        policy = seen.field.pin_set(number).policy_for(seen.host)
        if policy is not None and policy.expires is not None:
            named = ", ".join(map(str, seen.field.by_pin_set[number][:3]))
            what = f"Policy of {named}, then: {policy.on_expiry.value}"
            found.append(Expiry(what, policy.expires, _left(policy.expires, at)))
    return tuple(sorted(found, key=lambda one: one.at))


def _called(one: Certificate) -> str:
    return f"Certificate {named(one)}" if not one.is_ca else f"CA {named(one)}"


def _left(end: datetime, at: datetime) -> State:
    if end <= at:
        return State(Tone.BAD, f"ended on {day(end)}")
    tone = Tone.BAD if end - at < _LATE else Tone.WARNING if end - at < _SOON else Tone.GOOD
    return State(tone, f"{duration(end - at)} left")


def logged(
    desk: Desk, scope: Scope, seen: Seen, links: Links, at: datetime
) -> tuple[LoggedRow, ...]:
    """Return the certificates for it that logs hold, the newest first."""
    query = scope.select(ct_findings).where(ct_findings.c.endpoint == seen.row["id"])
    found = scope.rows(query.order_by(ct_findings.c.known_at.desc()).limit(_LOGGED))
    trust = desk.trust.anchors
    return issued_read.logged_rows(scope, found, seen.field, trust, links, at=at)


def probes(seen: Seen) -> tuple[ProbeRow, ...]:
    """Return the last handshake at each spot."""
    if seen.standing is None:
        return ()
    chains = seen.standing.chains
    return tuple(_probe(row, chains.get(row["chain"])) for row in seen.open)


def _failed(cause: str) -> str:
    return _CAUSES.get(cause) or cause.replace("-", " ")


def _probe(row: RowMapping, chain: Chain | None) -> ProbeRow:
    detail = row["detail"]
    failed = row["failure"] is not None
    times = plural(row["probes"], "time")
    problem = detail.get("problem")
    good = State(Tone.BAD, "not verified") if problem else State(Tone.GOOD, f"the same {times}")
    return ProbeRow(
        address=row["address"] or "no address",
        vantage=row["vantage"],
        key_kind=row["key_type"].upper() if row["key_type"] != "default" else "any",
        at=row["last_seen_at"],
        state=State(Tone.BAD, _failed(str(row["failure"]))) if failed else good,
        tls=" ".join(str(detail.get(one, "")) for one in ("tls", "cipher")).strip(),
        leaf=chain[0].sha256.hex() if chain else "",
        detail=str(detail.get("words") or problem or ""),
    )
