"""An organisation's own rules, in the order in which they are asked; those that ship come after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func

from keypin.alerts import Rule
from keypin.alerts.toml import rule_of, table_of
from keypin.errors import InputError, Place
from keypin.watch.alerting.acting import decide_anew
from keypin.watch.alerting.documents import named, table_written
from keypin.watch.alerting.locking import alone
from keypin.watch.inventory import owners
from keypin.watch.inventory.edit import Did, Edit, TakenError, UnknownError, added, changed, removed
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_routes, alert_rules

# Each signal is held against each rule.
MAX_RULES = 1000


def listed(scope: Scope) -> tuple[Rule, ...]:
    """Return the rules, the first first."""
    return tuple(rule_of(row["definition"]) for row in _rows(scope))


def find(scope: Scope, name: str) -> Rule:
    """Return a rule.

    Raises:
        UnknownError: there is none of this name.
    """
    return rule_of(_row(scope, name)["definition"])


def add(scope: Scope, rule: Rule, *, at: datetime) -> Edit:
    """Add a rule after the others.

    Args:
        scope: a transaction of the organisation.
        rule: what becomes of signals.
        at: now; what is there is decided anew.

    Raises:
        InputError: it names a route or an owner that there is not, or there are too many
            rules.
        TakenError: there is a rule of this name.
    """
    alone(scope)  # so that a route that it names stays
    place = int(scope.value(scope.select(func.max(alert_rules.c.place))) or 0) + 1
    if len(_rows(scope)) >= MAX_RULES:
        raise InputError(f"there are {MAX_RULES} rules already", next_step="remove one")
    values = {"definition": _definition(scope, rule)}
    name = named(rule.name, "rule")
    edit = added(scope, alert_rules, "rule", name, name=name, place=place, **values)
    decide_anew(scope, at)
    return edit


def change(scope: Scope, rule: Rule, *, at: datetime) -> Edit:
    """Let the rule of this name say another thing, at its place.

    Raises:
        UnknownError: there is none of this name.
        InputError: it names a route or an owner that there is not.
    """
    alone(scope)
    row = _row(scope, rule.name)
    definition = _definition(scope, rule)
    edit = changed(scope, alert_rules, "rule", rule.name, row, definition=definition)
    if edit.did is not Did.UNCHANGED:
        decide_anew(scope, at)
    return edit


def check(scope: Scope, rule: Rule, *, new: bool) -> None:
    """Refuse a rule that could not be added, or not take the place of the one of its name.

    Raises:
        UnknownError: there is none of this name.
        InputError: it names a route or an owner that there is not.
        TakenError: there is a rule of this name.
    """
    if not new:
        _row(scope, rule.name)
    elif any(row["name"] == rule.name for row in _rows(scope)):
        raise TakenError.of("rule", rule.name)
    _definition(scope, rule)


def remove(scope: Scope, name: str, *, at: datetime) -> Edit:
    """Remove a rule.

    Raises:
        UnknownError: there is none of this name.
    """
    alone(scope)
    edit = removed(scope, alert_rules, "rule", name, _row(scope, name))
    decide_anew(scope, at)
    return edit


def order(scope: Scope, names: Sequence[str], *, at: datetime) -> Edit:
    """Have the rules asked in another order.

    Args:
        scope: a transaction of the organisation.
        names: of all rules, the first first.
        at: now; what is there is decided anew.

    Raises:
        InputError: these are not the names of all rules, each once.
    """
    alone(scope)
    before = [row["name"] for row in _rows(scope)]
    if sorted(names) != sorted(before):
        raise InputError(
            "an order that does not name each rule once", expected=", ".join(before) or "no rules"
        )
    for place, name in enumerate(names, 1):
        rows = scope.update(alert_rules).where(alert_rules.c.name == name)
        scope.execute(rows.values(place=place))
    did = Did.UNCHANGED if list(names) == before else Did.CHANGED
    if did is Did.CHANGED:
        decide_anew(scope, at)
    return Edit(
        did=did,
        kind="rules",
        subject="order",
        id=0,
        before={"order": before},
        after={"order": list(names)},
    )


def routes_of(rule: Rule) -> tuple[str, ...]:
    """Return the names of the routes that a rule tells, at once or when it escalates."""
    return (*rule.routes, *(name for one in rule.escalate for name in one.routes))


def _rows(scope: Scope) -> Sequence[RowMapping]:
    return scope.rows(scope.select(alert_rules).order_by(alert_rules.c.place, alert_rules.c.id))


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(scope.select(alert_rules).where(alert_rules.c.name == name))
    if row is None:
        raise UnknownError.of("rule", name)
    return row


def _definition(scope: Scope, rule: Rule) -> dict[str, Any]:
    """Return a rule as it is kept.

    Raises:
        InputError: it names a route or an owner that there is not.
    """
    known = {row["name"] for row in scope.rows(scope.select(alert_routes.c.name))}
    unknown = [name for name in routes_of(rule) if name not in known]
    if unknown:
        raise InputError(
            f"the rule {rule.name} tells the route {unknown[0]}, which there is not",
            expected=", ".join(sorted(known)) or "a route: there is none yet",
            place=Place(key="routes"),
        )
    owners.check_there(scope, rule.match.owners, f"the rule {rule.name}", "when.owners")
    definition = table_written(table_of(rule))
    if rule_of(definition) != rule:
        raise InputError(
            f"the rule {rule.name} says what a rule's table cannot say",
            expected="times in whole seconds",
        )
    return definition
