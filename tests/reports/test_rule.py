"""A rule is a row; what it finds may say more than the row does."""

from keypin.findings import Severity
from keypin.reports import Classification
from keypin.reports.rule import Found, Rule
from keypin.reports.study import study


def rule(found: Found | None) -> Rule:
    """Return a rule that always finds the same."""
    return Rule(
        id="a-rule",
        severity=Severity.NOTE,
        when="Always.",
        next_step="go on",
        benign=True,
        look=lambda _: found,
    )


def test_a_rule_that_does_not_answer(world) -> None:
    """The next one is asked."""
    assert rule(None).answer(study(world.group(world.report()), world.facts())) is None


def test_the_rule_speaks_where_the_finding_does_not(world) -> None:
    """And the finding where it does."""
    seen = study(world.group(world.report()), world.facts())
    assert rule(Found("it is so")).answer(seen) == Classification(
        id="a-rule", severity=Severity.NOTE, message="it is so", next_step="go on", benign=True
    )
    found = Found("no", ("why",), "stop", benign=False, id="other", severity=Severity.ERROR)
    assert rule(found).answer(seen) == Classification(
        id="other",
        severity=Severity.ERROR,
        message="no",
        evidence=("why",),
        next_step="stop",
        benign=False,
    )
