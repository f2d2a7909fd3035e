"""What the overview says: numbers, the next dates, and how the watch itself does."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from keypin.findings import Severity
from keypin.watch.alerting.deadlines import gather
from keypin.watch.inventory import endpoints as kept
from keypin.watch.inventory.endpoints import State as Standing
from keypin.watch.inventory.field import Field
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.settings import Part as Piece
from keypin.watch.store import Scope
from keypin.watch.store.tables import (
    alert_routes,
    applications,
    ct_findings,
    ct_logs,
    endpoints,
    report_groups,
    workers,
)
from keypin.web.pages.charts import Counted
from keypin.web.pages.links import Links
from keypin.web.pages.standing import refusing_now
from keypin.web.views.overview import Count, Deadline, Part, Step
from keypin.web.views.parts import Link, State, Tone
from keypin.web.words import count, plural

# Dates that a person plans with.
_DATES = 8

# What is nearer than that needs doing.
_SOON, _LATE = timedelta(days=30), timedelta(days=7)

# A process says that it is there every few seconds.
_GONE = timedelta(minutes=2)

# A log whose newest entry is older than that is behind.
_LAG = timedelta(hours=1)


def counts(
    scope: Scope, field: Field, rows: Iterable[Counted], links: Links, at: datetime
) -> tuple[Count, ...]:
    """Return the four numbers."""
    return (
        _endpoints(scope, links),
        _releases(scope, field, links),
        _reports(scope, rows, links),
        _issued(scope, links, at),
    )


def _endpoints(scope: Scope, links: Links) -> Count:
    each = kept.counts(scope)
    bad = each[Standing.REFUSED] + each[Standing.UNREACHABLE]
    doubtful, unread = each[Standing.FINDING], each[Standing.UNKNOWN]
    if bad:
        tone, detail = Tone.BAD, f"{count(bad)} refused or out of reach"
    elif doubtful:
        tone, detail = Tone.WARNING, f"{count(doubtful)} to look at"
    elif unread:
        tone, detail = Tone.NOTE, f"{count(unread)} not read yet"
    else:
        tone, detail = Tone.GOOD, "all are fine"
    return Count("Endpoints", count(sum(each.values())), detail, tone, links.to("/endpoints"))


def _releases(scope: Scope, field: Field, links: Links) -> Count:
    refused = sum(len(field.by_pin_set[one]) for one in refusing_now(scope, field))
    tone = Tone.BAD if refused else Tone.GOOD
    detail = f"{count(refused)} refused somewhere now" if refused else "none is refused"
    return Count(
        "Releases in the field", count(len(field.releases)), detail, tone, links.to("/matrix")
    )


def _reports(scope: Scope, rows: Iterable[Counted], links: Links) -> Count:
    total = sum(one.count for one in rows)
    burst = scope.select(func.count(report_groups.c.id)).where(
        report_groups.c.burst_since.is_not(None)
    )
    bursts = int(scope.value(burst))
    detail = f"{plural(bursts, 'burst')} now" if bursts else "no burst now"
    tone = Tone.BAD if bursts else Tone.GOOD
    return Count("Reports in 24 hours", count(total), detail, tone, links.to("/reports?span=0"))


def _issued(scope: Scope, links: Links, at: datetime) -> Count:
    week = ct_findings.c.known_at >= at - timedelta(days=7)
    query = scope.select(func.count(ct_findings.c.id)).where(week)
    total = int(scope.value(query))
    unknown = ct_findings.c.acknowledged_at.is_(None)
    grave = int(scope.value(query.where(ct_findings.c.severity == "error", unknown)))
    detail = f"{count(grave)} grave" if grave else "none is grave"
    tone = Tone.BAD if grave else Tone.GOOD
    return Count("Found in logs in 7 days", count(total), detail, tone, links.to("/ct"))


def deadlines(scope: Scope, shelf: Shelf, links: Links, at: datetime) -> tuple[Deadline, ...]:
    """Return the next dates on which something ends or breaks: the first of the calendar."""
    found = gather(scope, shelf, at, behind=timedelta(), most=_DATES)
    return tuple(
        Deadline(
            one.when,
            _tone(one.when, at) if one.severity is not Severity.NOTE else Tone.NOTE,
            f"{one.title[:1].upper()}{one.title[1:]}.",
            Link(one.subject.key, links.to(one.link)),
        )
        for one in found[:_DATES]
    )


def _tone(end: datetime, at: datetime) -> Tone:
    left = end - at
    return Tone.BAD if left < _LATE else Tone.WARNING if left < _SOON else Tone.NOTE


def parts(scope: Scope, at: datetime) -> tuple[Part, ...]:
    """Return how the parts of the watch do: who does them, and what hinders them."""
    seen: dict[str, datetime] = {}
    for row in scope.rows(select(workers.c.parts, workers.c.seen_at)):
        for name in row["parts"]:
            seen[name] = max(seen.get(name, row["seen_at"]), row["seen_at"])
    named = (
        ("Probing", Piece.PROBER),
        ("Certificate Transparency", Piece.LOGS),
        ("Collector", Piece.COLLECTOR),
        ("Alerts", Piece.ALERTS),
    )
    hindered = {Piece.LOGS: _behind(scope, at), Piece.ALERTS: _failing(scope)}
    return tuple(
        _part(name, seen.get(piece.value), hindered.get(piece, ""), at) for name, piece in named
    )


def _part(name: str, seen: datetime | None, hindered: str, at: datetime) -> Part:
    if seen is None or at - seen > _GONE:
        return Part(name, State(Tone.BAD, "not running"), "no process does this", seen)
    if hindered:
        return Part(name, State(Tone.WARNING, "hindered"), hindered, None)
    return Part(name, State(Tone.GOOD, "running"), "last heard of", seen)


def _behind(scope: Scope, at: datetime) -> str:
    rows = scope.rows(select(ct_logs.c.lag, ct_logs.c.updated_at))
    late = [
        row
        for row in rows
        if (row["lag"] or 0) > _LAG.total_seconds() or at - row["updated_at"] > _LAG
    ]
    return f"{plural(len(late), 'log')} of {len(rows)} behind" if late else ""


def _failing(scope: Scope) -> str:
    failing = alert_routes.c.failing_since.is_not(None)
    names = scope.execute(scope.select(alert_routes.c.name).where(failing)).scalars().all()
    return f"cannot tell {', '.join(names)}" if names else ""


def steps(scope: Scope, field: Field, links: Links) -> tuple[Step, ...]:
    """Return the first steps, as long as one of them is left."""
    known = scope.value(scope.select(applications.c.id).limit(1)) is not None
    read = endpoints.c.probed_at.is_not(None)
    probed = scope.value(scope.select(endpoints.c.id).where(read).limit(1)) is not None
    told = scope.value(scope.select(alert_routes.c.id).limit(1)) is not None
    found = (
        Step(
            "Add an application",
            "What is released, as an app or a device; or apply a keypin.toml.",
            known,
            links.to("/inventory"),
        ),
        Step(
            "Push the pins of a release",
            "A pins.toml, any other form, or the app itself. Its hosts are watched from then on.",
            bool(field.releases),
            links.to("/inventory"),
        ),
        Step(
            "See what is served",
            "The first reading comes within a minute.",
            probed,
            links.to("/endpoints"),
        ),
        Step(
            "Say who is told",
            "A mail address, a chat, a webhook: where alerts go to.",
            told,
            links.to("/settings/routes"),
        ),
    )
    return () if all(one.done for one in found) else found
