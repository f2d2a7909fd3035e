"""Rules and routes as tables of `keypin.toml`: read, and written back.

A rule's table says what it is about in `when`, and what becomes of that beside it. What a table
leaves out is the default of `keypin.alerts.rule.Rule`; what is written is what differs from it, so
that reading gives the same rule again. Must not read files: tables come in.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from keypin.alerts.duration import spelled
from keypin.alerts.match import EVERYTHING, Match
from keypin.alerts.route import Delivery, Hours, Route
from keypin.alerts.rule import Escalation, Rule
from keypin.alerts.table import Table
from keypin.errors import InputError, Place
from keypin.findings import Severity

_WHEN = ("ids", "severity", "subjects", "owners", "tags", "applications")
_RULE = (
    "name",
    "when",
    "severity",
    "routes",
    "group_by",
    "window",
    "wait",
    "repeat",
    "escalate",
    "settle",
    "lapse",
    "ignore",
)
_ROUTE = ("name", "severity", "owners", "tags", "delivery", "hours")
_HOURS = ("days", "from", "to", "zone", "urgent")

_DEFAULT = Rule(name="default")
_NAMES = "an array of names"

Built = TypeVar("Built")


def rule_of(table: Mapping[str, object]) -> Rule:
    """Read the table of a rule.

    Args:
        table: as `tomllib` gives it.

    Raises:
        InputError: it is no rule; the error's place is the key in the table.
    """
    top = Table(table)
    top.known(_RULE)
    name = top.text("name", "a name as expiry-to-platform")
    match = _match(top)
    severity = top.word("severity", Severity, Severity.NOTE) if "severity" in table else None
    escalate = tuple(_escalation(path, one) for path, one in top.items("escalate", "tables"))
    groups = top.texts("group_by", _NAMES) if "group_by" in table else _DEFAULT.group_by
    return _placed(
        "",
        lambda: Rule(
            name=name,
            match=match,
            severity=severity,
            routes=top.texts("routes", _NAMES),
            group_by=groups,
            window=top.length("window", _DEFAULT.window),
            wait=top.length("wait", _DEFAULT.wait),
            repeat=top.maybe_length("repeat"),
            escalate=escalate,
            settle=top.length("settle", _DEFAULT.settle),
            lapse=top.maybe_length("lapse"),
            ignore=top.flag("ignore"),
        ),
    )


def route_of(table: Mapping[str, object]) -> Route:
    """Read the table of a route, without its address.

    Args:
        table: as `tomllib` gives it, the key `url` taken out.

    Raises:
        InputError: it is no route; the error's place is the key in the table.
    """
    top = Table(table)
    top.known(_ROUTE)
    name = top.text("name", "a name as on-call")
    match = Match(
        severity=top.word("severity", Severity, Severity.WARNING),
        owners=top.texts("owners", _NAMES),
        tags=top.texts("tags", "an array of tags"),
    )
    delivery = top.word("delivery", Delivery, Delivery.AT_ONCE)
    hours, urgent = _hours(top)
    return _placed(
        "",
        lambda: Route(name=name, match=match, delivery=delivery, hours=hours, urgent=urgent),
    )


def _match(top: Table) -> Match:
    if "when" not in top.values:
        return EVERYTHING
    when = Table.of(top.values["when"], "when", "a table of conditions")
    when.known(_WHEN)
    return Match(
        ids=when.texts("ids", "an array of identifiers, as chain-*"),
        severity=when.word("severity", Severity, Severity.NOTE),
        subjects=when.texts("subjects", "an array of subjects, as *.example.com:443"),
        owners=when.texts("owners", _NAMES),
        tags=when.texts("tags", "an array of tags"),
        applications=when.texts("applications", _NAMES),
    )


def _escalation(path: str, value: object) -> Escalation:
    step = Table.of(value, path, '{ after = "30m", routes = ["on-call"] }')
    step.known(("after", "routes"))
    step.text("after", "a time as 30m")
    after, routes = step.length("after", timedelta()), step.texts("routes", _NAMES)
    return _placed(path, lambda: Escalation(after, routes))


def _hours(top: Table) -> tuple[Hours | None, Severity | None]:
    """Return the hours, and what is told outside them; `urgent = "none"` is nothing."""
    if "hours" not in top.values:
        return None, Severity.ERROR
    hours = Table.of(top.values["hours"], "hours", 'a table as { from = "08:00", to = "18:00" }')
    hours.known(_HOURS)
    default = Hours()
    days = hours.texts("days", "an array of days") if "days" in hours.values else default.days
    begin, end = hours.clock("from", default.begin), hours.clock("to", default.end)
    zone = hours.text("zone", "an IANA name") if "zone" in hours.values else default.zone
    never = hours.values.get("urgent") == "none"
    urgent = None if never else hours.word("urgent", Severity, Severity.ERROR)
    return _placed("hours", lambda: Hours(days=days, begin=begin, end=end, zone=zone)), urgent


def _placed(path: str, build: Callable[[], Built]) -> Built:
    """Build a value; an error that names no key gets the path's."""
    try:
        return build()
    except InputError as error:
        if error.place is not None:
            raise
        raise error.at(Place(key=path or None)) from error


def table_of(rule: Rule) -> dict[str, object]:
    """Return the table of a rule, as `rule_of` reads it; times of whole seconds."""
    match = {
        "ids": list(rule.match.ids),
        "severity": _unless(rule.match.severity, Severity.NOTE),
        "subjects": list(rule.match.subjects),
        "owners": list(rule.match.owners),
        "tags": list(rule.match.tags),
        "applications": list(rule.match.applications),
    }
    rows: dict[str, object] = {
        "when": _said(match),
        "severity": rule.severity and str(rule.severity),
        "routes": list(rule.routes),
        "window": _unless(rule.window, _DEFAULT.window),
        "wait": _unless(rule.wait, _DEFAULT.wait),
        "repeat": _unless(rule.repeat, None),
        "escalate": [
            {"after": spelled(one.after), "routes": list(one.routes)} for one in rule.escalate
        ],
        "settle": _unless(rule.settle, _DEFAULT.settle),
        "lapse": _unless(rule.lapse, None),
        "ignore": rule.ignore,
    }
    grouped = {} if rule.group_by == _DEFAULT.group_by else {"group_by": list(rule.group_by)}
    return {"name": rule.name, **_said(rows), **grouped}


def route_table_of(route: Route) -> dict[str, object]:
    """Return the table of a route, as `route_of` reads it; it has no wildcards."""
    rows: dict[str, object] = {
        "severity": _unless(route.match.severity, Severity.WARNING),
        "owners": list(route.match.owners),
        "tags": list(route.match.tags),
        "delivery": _unless(route.delivery, Delivery.AT_ONCE),
    }
    hours = route.hours
    if hours is not None:
        rows["hours"] = {
            "days": list(hours.days),
            "from": hours.begin.isoformat(),
            "to": hours.end.isoformat(),
            "zone": hours.zone,
            "urgent": str(route.urgent or "none"),
        }
    return {"name": route.name, **_said(rows)}


def _unless(value: Severity | Delivery | timedelta | None, default: object) -> str | None:
    """Return a value as it is written, or None where it is the default."""
    if value is None or value == default:
        return None
    return spelled(value) if isinstance(value, timedelta) else str(value)


def _said(rows: Mapping[str, object]) -> dict[str, object]:
    """Return the rows that say something: neither None, nor empty, nor false."""
    return {key: value for key, value in rows.items() if value}
