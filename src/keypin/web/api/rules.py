"""Rules of alerts: what becomes of findings; an organisation's own, asked in their order."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from keypin.alerts import Rule
from keypin.alerts.toml import rule_of, table_of
from keypin.findings import Severity
from keypin.watch.alerting import rules
from keypin.watch.alerting.reading import KnownAlert
from keypin.watch.alerting.rehearsal import rehearse
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Given, Line, Name, NameInPath, TagName, Told

_Lines = Annotated[list[Line], Field(max_length=100)]
_Names = Annotated[list[Name], Field(max_length=100)]
_Span = Annotated[str, Field(max_length=20, description="As 90s, 15m, 6h or 7d.")]


class Conditions(Given):
    """What findings it is about; all conditions must hold."""

    ids: _Lines | None = None
    severity: Annotated[Severity | None, Field(strict=False)] = None
    subjects: _Lines | None = None
    owners: _Names | None = None
    tags: Annotated[list[TagName], Field(max_length=50)] | None = None
    applications: _Names | None = None


class Step(Given):
    """Who is told as well where nobody acknowledged."""

    after: _Span
    routes: _Names


class RuleValues(Given):
    """What a rule says, as in keypin.toml; what is left out is as usual."""

    when: Conditions | None = None
    severity: Annotated[Severity | None, Field(strict=False)] = None
    routes: _Names | None = None
    group_by: _Lines | None = None
    window: _Span | None = None
    wait: _Span | None = None
    repeat: _Span | None = None
    escalate: Annotated[list[Step], Field(max_length=20)] | None = None
    settle: _Span | None = None
    lapse: _Span | None = None
    ignore: bool | None = None

    def rule(self, name: str) -> Rule:
        """Return the rule that it makes.

        Raises:
            InputError: it is none.
        """
        said = self.model_dump(mode="json", exclude_none=True)
        return rule_of({**said, "name": name})


class NewRule(RuleValues):
    """A rule to be added after the others."""

    name: Name


class ToldRule(Told):
    """A rule."""

    name: str
    definition: Annotated[dict[str, object], Field(description="As keypin.toml writes it.")]


class DecidedAlert(Told):
    """An alert that a rule would have decided."""

    id: int
    finding: Annotated[str, Field(description="What was found, as `certificate-expires`.")]
    subject: str
    title: str


class ToldRehearsal(Told):
    """What came of trying a rule."""

    looked_at: Annotated[int, Field(description="How many alerts, the newest.")]
    matched: Annotated[int, Field(description="How many of them the rule matches.")]
    decided: Annotated[
        list[DecidedAlert],
        Field(description="Those that it would decide, for no earlier rule does; newest first."),
    ]


class Order(Given):
    """The names of all rules, the first first."""

    names: Annotated[list[Name], Field(max_length=1000)]


def list_rules(call: Asked) -> list[ToldRule]:
    """List the organisation's own rules, in the order in which they are asked."""
    with call.read() as scope:
        return [_told(one) for one in rules.listed(scope)]


def create_rule(call: Asked, new: NewRule, response: Response) -> ToldRule:
    """Add a rule after the others; what is there is decided anew."""
    with call.begin() as scope:
        call.wrote(scope, rules.add(scope, new.rule(new.name), at=call.at))
        told = _told(rules.find(scope, new.name))
    response.headers["location"] = f"/api/v1/rules/{told.name}"
    return told


def try_a_rule(call: Asked, new: NewRule) -> ToldRehearsal:
    """Say which of the newest alerts a rule would decide, at its place or last; nothing is kept."""
    rule = new.rule(new.name)
    with call.read() as scope:
        there = any(one.name == rule.name for one in rules.listed(scope))
        rules.check(scope, rule, new=not there)
        found = rehearse(scope, rule)
    return ToldRehearsal(
        looked_at=found.looked_at,
        matched=found.matched,
        decided=[_decided(one) for one in found.decided],
    )


def get_rule(call: Asked, rule: NameInPath) -> ToldRule:
    """Show a rule."""
    with call.read() as scope:
        return _told(rules.find(scope, rule))


def change_rule(call: Asked, rule: NameInPath, values: RuleValues) -> ToldRule:
    """Let a rule say another thing, at its place."""
    with call.begin() as scope:
        call.match(_told(rules.find(scope, rule)))
        call.wrote(scope, rules.change(scope, values.rule(rule), at=call.at))
        return _told(rules.find(scope, rule))


def remove_rule(call: Asked, rule: NameInPath) -> None:
    """Remove a rule."""
    with call.begin() as scope:
        call.match(_told(rules.find(scope, rule)))
        call.wrote(scope, rules.remove(scope, rule, at=call.at))


def order_rules(call: Asked, order: Order) -> list[ToldRule]:
    """Have the rules asked in another order."""
    with call.begin() as scope:
        call.wrote(scope, rules.order(scope, order.names, at=call.at))
        return [_told(one) for one in rules.listed(scope)]


def _decided(one: KnownAlert) -> DecidedAlert:
    signal = one.alert.signal
    return DecidedAlert(
        id=one.id, finding=signal.id, subject=str(signal.subject), title=signal.title
    )


def _told(one: Rule) -> ToldRule:
    return ToldRule(name=one.name, definition=table_of(one))


_EXAMPLE = {"when": {"ids": ["certificate-*"]}, "wait": "5m", "repeat": "1d"}
_ONE = "/rules/{rule}"

OPERATIONS = (
    Operation(method="GET", path="/rules", answer=list_rules, action=Action.READ, tag=Tag.ALERTS),
    Operation(
        method="POST",
        path="/rules",
        answer=create_rule,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        status=201,
        errors=(409,),
        example={"name": "expiry", **_EXAMPLE},
    ),
    Operation(
        method="PUT",
        path="/rules",
        answer=order_rules,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        example={"names": []},
    ),
    Operation(
        method="POST",
        path="/rules/try",
        answer=try_a_rule,
        action=Action.READ,
        tag=Tag.ALERTS,
        example={"name": "expiry", **_EXAMPLE},
    ),
    Operation(
        method="GET",
        path=_ONE,
        answer=get_rule,
        action=Action.READ,
        tag=Tag.ALERTS,
        errors=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        answer=change_rule,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        errors=(404, 412),
        example=_EXAMPLE,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=remove_rule,
        action=Action.WRITE_ALERTS,
        tag=Tag.ALERTS,
        status=204,
        errors=(404, 412),
    ),
)
