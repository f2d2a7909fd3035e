"""What an organisation wants to hear, where, and when not: read at once for a batch of signals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keypin.alerts import DEFAULTS, Notice, Route, Rule, Signal, Silence, routes_for
from keypin.alerts.toml import route_of, rule_of
from keypin.watch.alerting.documents import silence_of
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_routes, alert_rules, silences

# What is told when a route cannot be told: by all others.
DELIVERY_FAILED = "delivery-failed"
ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What decides about an organisation's signals.

    Attributes:
        rules: its own, then those that ship with keypin.
        silences: those that have not ended.
        routes: those that are told, by number.
    """

    rules: Sequence[Rule]
    silences: Sequence[Silence]
    routes: Mapping[int, Route]

    def told(self, notice: Notice) -> tuple[tuple[int, Route], ...]:
        """Return the routes that are told of a notice, with their numbers.

        That a route fails is not told to it: it would fail again, and be told of that.
        """
        chosen = {one.name for one in routes_for(notice, self.routes.values())}
        failing = failing_route(notice.alert.signal)
        return tuple(
            (number, route)
            for number, route in self.routes.items()
            if route.name in chosen and route.name != failing
        )


def read(scope: Scope, at: datetime) -> Rulebook:
    """Return an organisation's rulebook.

    Args:
        scope: a transaction of the organisation.
        at: the time; silences that ended before are of no use.
    """
    order = alert_rules.c.place, alert_rules.c.id
    ruled = scope.rows(scope.select(alert_rules.c.definition).order_by(*order))
    columns = alert_routes.c.id, alert_routes.c.definition
    routed = scope.rows(scope.select(*columns).where(alert_routes.c.enabled))
    quiet = scope.rows(scope.select(silences.c.definition).where(silences.c.until > at))
    own = tuple(rule_of(row["definition"]) for row in ruled)
    # Each begins when it is made: what begins later was made by a clock that was ahead.
    silent = (silence_of(row["definition"]) for row in quiet)
    return Rulebook(
        rules=(*own, *DEFAULTS),
        silences=tuple(replace(one, since=min(one.since, at)) for one in silent),
        routes={row["id"]: route_of(row["definition"]) for row in routed},
    )


def failing_route(signal: Signal) -> str | None:
    """Return the name of the route that a signal says cannot be told, or None."""
    about_route = signal.id == DELIVERY_FAILED and signal.subject.kind == ROUTE
    return signal.subject.key if about_route else None
