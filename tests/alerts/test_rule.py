"""What a rule may say, and which rule decides."""

from datetime import timedelta

import pytest

from keypin.alerts import Escalation, Match, Rule, decide
from keypin.errors import InputError

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_the_first_rule_that_matches_decides_alone(signal) -> None:
    """A later rule adds nothing to it."""
    first = Rule(name="first", match=Match(ids=("ct-*",)))
    second, third = Rule(name="second", routes=("mail",)), Rule(name="third", repeat=HOUR)
    assert decide((first, second, third), signal()) is second


def test_rules_without_an_end_are_refused(signal) -> None:
    """A signal that no rule matches would be lost in silence."""
    with pytest.raises(InputError) as caught:
        decide((Rule(name="ct", match=Match(ids=("ct-*",))),), signal())
    assert str(caught.value) == (
        "no rule matches the signal 'chain-refused'; expected rules of which the last matches "
        "everything; put keypin.alerts.DEFAULTS behind your own"
    )


def test_signals_group_by_what_the_rule_says(signal) -> None:
    """Those that agree in every field; never across organisations or rules."""
    rule = Rule(name="one", group_by=("id", "owner"))
    assert rule.group(signal()) == rule.group(signal(application="bank", tags=()))
    assert rule.group(signal()) != rule.group(signal(owner=None))
    assert rule.group(signal()) != rule.group(signal(organisation="acme"))
    assert rule.group(signal()) != Rule(name="two", group_by=("id", "owner")).group(signal())
    assert Rule(name="alone", group_by=()).group(signal()) == ""


def test_every_field_can_be_grouped_by(signal) -> None:
    """The group names the values in the order of the fields."""
    rule = Rule(
        name="all",
        group_by=("id", "application", "owner", "severity", "subject-kind", "subject"),
    )
    assert rule.group(signal()) == (
        '["", "all", "chain-refused", "shop", "payments", "error", "endpoint", '
        '"endpoint api.shop.example:443"]'
    )


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"name": "A rule"}, "the name of a rule 'A rule'; expected lower case words joined by "),
        ({"window": -SECOND}, "window is negative; expected no time, or more"),
        ({"wait": -SECOND}, "wait is negative; expected no time, or more"),
        ({"settle": -SECOND}, "settle is negative; expected no time, or more"),
        ({"repeat": SECOND}, "repeat every 0:00:01; expected a minute or more"),
        ({"lapse": 0 * SECOND}, "a signal that lapses at once; expected a time longer than none"),
        (
            {"group_by": ("host",)},
            "group_by 'host'; expected one of id, application, owner, severity, subject-kind, "
            "subject",
        ),
        (
            {"escalate": (Escalation(HOUR, ("a",)), Escalation(SECOND, ("b",)))},
            "escalations out of order; expected the soonest first, no two at once",
        ),
        (
            {"escalate": (Escalation(HOUR, ("a",)), Escalation(HOUR, ("b",)))},
            "escalations out of order; expected the soonest first, no two at once",
        ),
        ({"ignore": True, "routes": ("a",)}, "ignore beside routes, repeat or escalate; expected "),
        ({"ignore": True, "repeat": HOUR}, "ignore beside routes, repeat or escalate; expected "),
    ],
)
def test_a_rule_that_could_not_be_meant_is_refused(settings, error) -> None:
    """The error says what was seen, and what is possible."""
    with pytest.raises(InputError) as caught:
        Rule(**({"name": "one"} | settings))
    assert str(caught.value).startswith(error)


def test_an_escalation_reaches_somebody_later() -> None:
    """Neither nobody, nor at once."""
    with pytest.raises(InputError, match="an escalation to nobody; expected the names of routes"):
        Escalation(HOUR, ())
    with pytest.raises(InputError, match="an escalation at once; expected a time after the alert"):
        Escalation(0 * HOUR, ("a",))
