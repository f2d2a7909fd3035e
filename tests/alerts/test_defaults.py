"""The product's own rules: that they catch what is found, and that their page is true."""

from pathlib import Path

import pytest

from keypin.alerts import DEFAULTS, Rule, decide
from keypin.alerts.duration import spelled
from keypin.alerts.match import EVERYTHING
from keypin.alerts.rule import GROUP_FIELDS
from keypin.alerts.toml import _RULE, _WHEN
from keypin.findings import Severity

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "alert-rules.md"


def row(rule: Rule) -> str:
    """Return a rule's row of the table on the page."""
    ids = ", ".join(f"`{one}`" for one in rule.match.ids) or "everything else"
    least = "" if rule.match.severity is Severity.NOTE else f", {rule.match.severity} only"
    cells = (
        f"`{rule.name}`",
        ids + least,
        rule.severity or "their own",
        ", ".join(rule.group_by),
        *map(spelled, (rule.window, rule.wait)),
        spelled(rule.repeat) if rule.repeat else "once",
        spelled(rule.settle),
        spelled(rule.lapse) if rule.lapse else "",
    )
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def test_the_page_says_what_the_rules_do() -> None:
    """The table is that of the code, row for row."""
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("keypin.alerts.DEFAULTS -->\n\n")[2].partition("\n\n")[0]
    assert table.splitlines()[2:] == [row(rule) for rule in DEFAULTS]


def test_the_page_names_every_key() -> None:
    """Of rules, of their conditions, and every field that groups."""
    page = PAGE.read_text(encoding="utf-8")
    for name in (*_RULE, *_WHEN, *GROUP_FIELDS):
        assert f"`{name}`" in page, name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("chain-refused", "users-refused"),
        ("gate-breaks", "users-refused"),
        ("report-burst", "reports"),
        ("endpoint-unreachable", "unreachable"),
        ("log-forked", "log-misbehaved"),
        ("log-stalled", "logs-behind"),
        ("ct-unexpected-certificate", "certificate-logged"),
        ("certificate-expires", "deadlines"),
        ("gate-breaks-later", "users-refused"),
        ("delivery-failed", "alerts-lost"),
        ("key-rotated", "all-else"),
    ],
)
def test_what_is_found_has_its_rule(signal, name, rule) -> None:
    """By its identifier."""
    assert decide(DEFAULTS, signal(name)).name == rule


def test_warnings_about_a_chain_are_not_as_urgent(signal) -> None:
    """Users are refused by errors alone; what breaks later is a date."""
    assert decide(DEFAULTS, signal("gate-on-backup", severity=Severity.WARNING)).name == "all-else"
    later = signal("gate-breaks-later", severity=Severity.WARNING)
    assert decide(DEFAULTS, later).name == "deadlines"


def test_no_signal_is_lost() -> None:
    """The last rule matches everything, and no two have the same name."""
    assert DEFAULTS[-1].match == EVERYTHING
    assert len({one.name for one in DEFAULTS}) == len(DEFAULTS)
