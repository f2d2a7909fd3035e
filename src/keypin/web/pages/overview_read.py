"""What the overview says: numbers, the next dates, and how the watch itself does."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, exists, func, select

from keypin.findings import Severity
from keypin.watch.alerting.deadlines import gather
from keypin.watch.collecting.bursts import RULE
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
    observations,
    report_groups,
    workers,
)
from keypin.watch.transparency.lists import reading
from keypin.web.pages.charts import Counted
from keypin.web.pages.links import Links
from keypin.web.pages.sums import sum_now
from keypin.web.views.overview import Count, Deadline, Part, Step
from keypin.web.views.parts import Link, State, Tone
from keypin.web.words import count, plural

# Dates that a person plans with.
_DATES = 8

# What is nearer than that needs doing.
_SOON, _LATE = timedelta(days=30), timedelta(days=7)

# A process says that it is there every few seconds.
_GONE = timedelta(minutes=2)

_CT, _GONE_WORD = "Certificate Transparency", "not running"

# A log whose newest entry is older than that is behind.
_LAG = timedelta(hours=1)


def counts(
    scope: Scope, field: Field, rows: Iterable[Counted], links: Links, at: datetime
) -> tuple[Count, ...]:
    """Return the four numbers."""
    return (
        _endpoints(scope, links),
        _releases(scope, field, links),
        _reports(scope, rows, links, at),
        _issued(scope, links, at),
    )


def _endpoints(scope: Scope, links: Links) -> Count:
    each = kept.counts(scope)
    told = (
        (each[Standing.REFUSED], Tone.BAD, "refused"),
        (each[Standing.UNREACHABLE], Tone.BAD, "out of reach"),
        (each[Standing.FINDING], Tone.WARNING, "to look at"),
        (each[Standing.UNKNOWN], Tone.UNKNOWN, "unknown"),
    )
    found = [(tone, f"{count(number)} {words}") for number, tone, words in told if number]
    total = sum(each.values())
    fine = (Tone.GOOD, "all are fine") if total else (Tone.QUIET, "none is watched yet")
    tone = found[0][0] if found else fine[0]
    detail = ", ".join(words for _, words in found) or fine[1]
    return Count("Endpoints", count(total), detail, tone, links.to("/endpoints"))


def _releases(scope: Scope, field: Field, links: Links) -> Count:
    found = sum_now(scope, field)
    refused = sum(len(field.by_pin_set[one]) for one in found.refusing)
    unknown = sum(len(field.by_pin_set[one]) for one in found.unknown)
    if refused:
        more = f", {count(unknown)} unknown" if unknown else ""
        tone, detail = Tone.BAD, f"{count(refused)} refused somewhere now{more}"
    elif unknown:
        tone, detail = Tone.UNKNOWN, f"{count(unknown)} unknown: not all hosts are read"
    elif field.releases:
        tone, detail = Tone.GOOD, "none is refused"
    else:
        tone, detail = Tone.QUIET, "none is pushed yet"
    return Count(
        "Releases in the field", count(len(field.releases)), detail, tone, links.to("/matrix")
    )


def _reports(scope: Scope, rows: Iterable[Counted], links: Links, at: datetime) -> Count:
    total = sum(one.count for one in rows)
    burst = scope.select(func.count(report_groups.c.id)).where(
        # One that had none for so long is about to be over.
        report_groups.c.burst_since.is_not(None),
        report_groups.c.last_at >= at - RULE.width,
    )
    bursts = int(scope.value(burst))
    if bursts:
        tone, detail = Tone.BAD, f"{plural(bursts, 'burst')} now"
    elif total:
        tone, detail = Tone.GOOD, "no burst now"
    else:
        tone, detail = Tone.QUIET, "none came"
    return Count("Reports in 24 hours", count(total), detail, tone, links.to("/reports?span=0"))


def _issued(scope: Scope, links: Links, at: datetime) -> Count:
    week = ct_findings.c.known_at >= at - timedelta(days=7)
    query = scope.select(func.count(ct_findings.c.id)).where(week)
    total = int(scope.value(query))
    unknown = ct_findings.c.acknowledged_at.is_(None)
    grave = int(scope.value(query.where(ct_findings.c.severity == "error", unknown)))
    if grave:
        tone, detail = Tone.BAD, f"{count(grave)} grave"
    elif reading(scope.connection, at, scope.organisation).unread:
        tone, detail = Tone.UNKNOWN, "no log is read"
    else:
        tone, detail = Tone.GOOD, "none is grave"
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
        (_CT, Piece.LOGS),
        ("Collector", Piece.COLLECTOR),
        ("Alerts", Piece.ALERTS),
    )
    hindered = {Piece.LOGS: _behind(scope, at), Piece.ALERTS: _failing(scope)}
    found = tuple(
        _part(name, seen.get(piece.value), hindered.get(piece, ""), at) for name, piece in named
    )
    return tuple(_unread(one, scope, at) if one.name == _CT else one for one in found)


def _unread(part: Part, scope: Scope, at: datetime) -> Part:
    """Return the reading of logs, which runs though there is no log to read."""
    found = reading(scope.connection, at, scope.organisation)
    if not found.unread or part.state.word == _GONE_WORD:
        return part
    tone = Tone.BAD if found.lost else Tone.UNKNOWN
    said = ". ".join(filter(None, (_sentence(found.unread), found.step)))
    return Part(part.name, State(tone, "reads no log"), said, None)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _part(name: str, seen: datetime | None, hindered: str, at: datetime) -> Part:
    if seen is None or at - seen > _GONE:
        return Part(name, State(Tone.BAD, _GONE_WORD), "no process does this", seen)
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
    behind = f"{plural(len(late), 'log')} of {len(rows)} behind" if late else ""
    found = reading(scope.connection, at, scope.organisation)
    return "; ".join(filter(None, (behind, found.lost or found.aged(at))))


def _failing(scope: Scope) -> str:
    failing = alert_routes.c.failing_since.is_not(None)
    names = scope.execute(scope.select(alert_routes.c.name).where(failing)).scalars().all()
    return f"cannot tell {', '.join(names)}" if names else ""


def steps(scope: Scope, field: Field, links: Links) -> tuple[Step, ...]:
    """Return the first steps, as long as one of them is left."""
    known = scope.value(scope.select(applications.c.id).limit(1)) is not None
    tried = _any(scope, endpoints.c.id, endpoints.c.probed_at.is_not(None))
    seen = exists().where(
        scope.mine(observations),
        scope.mine(endpoints),
        observations.c.endpoint == endpoints.c.id,
        observations.c.failure.is_(None),
    )
    shown = tried and _any(scope, endpoints.c.id, seen)
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
            "Endpoints were tried, and none could be read: each says what failed."
            if tried and not shown
            else "The first reading comes within a minute.",
            shown,
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


def _any(scope: Scope, number: Column[int], which: ColumnElement[bool]) -> bool:
    return scope.value(scope.select(number).where(which).limit(1)) is not None
