import re
from datetime import datetime
from pathlib import Path

import pytest

from keypin.errors import Place
from keypin.pins.host import HostPattern
from keypin.pins.lint import RULES, lint
from keypin.pins.pin import Pin
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Policy, PolicyPin, Role


def pin_set(*hosts: str) -> PinSet:
    """Return a set with one policy without a backup for each host."""
    pins = (PolicyPin(Pin(bytes(range(32)))), PolicyPin(Pin(bytes(range(1, 33)))))
    return PinSet(
        tuple(
            Policy(host=HostPattern.parse(host), pins=pins, place=Place(line=number))
            for number, host in enumerate(hosts, start=1)
        )
    )


def test_rules_have_stable_names_and_whole_sentences() -> None:
    """An identifier is kebab case and unique; reason and cure end with a full stop."""
    names = [rule.id for rule in RULES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)
    assert all(rule.reason.endswith(".") and rule.cure.endswith(".") for rule in RULES)


def test_every_rule_has_a_test_where_it_fires_and_one_where_it_is_silent() -> None:
    """The families' tests name each rule at least twice."""
    texts = "".join(
        path.read_text() for path in sorted((Path(__file__).parent / "rules").glob("test_*.py"))
    )
    for rule in RULES:
        assert texts.count(f'"{rule.id}"') > 1, rule.id


def test_findings_come_policy_by_policy_with_their_place(now) -> None:
    """A finding without a place of its own stands at its policy's line."""
    found = lint(pin_set("a.example.com", "b.example.com"), at=now)
    backup = [
        (finding.subject, finding.place) for finding in found if finding.id == "backup-missing"
    ]
    assert backup == [("a.example.com", Place(line=1)), ("b.example.com", Place(line=2))]


def test_a_pins_own_place_wins(now) -> None:
    """What is wrong with one pin is told at its line."""
    entries = (
        PolicyPin(Pin(bytes(range(32)))),
        PolicyPin(Pin(bytes(32)), Role.BACKUP, place=Place(line=7)),
    )
    policy = Policy(host=HostPattern.parse("a.example.com"), pins=entries, place=Place(line=1))
    found = {finding.id: finding.place for finding in lint(PinSet((policy,)), at=now)}
    assert found["pin-placeholder"] == Place(line=7)
    assert found["expiry-missing"] == Place(line=1)


def test_a_good_pin_set_has_nothing_but_a_note(now) -> None:
    """No noise: active key deployed, backup offline, an end far away."""
    entries = (
        PolicyPin(Pin(bytes(range(32)))),
        PolicyPin(Pin(bytes(range(1, 33))), Role.BACKUP),
    )
    policy = Policy(
        host=HostPattern.parse("api.example.com"),
        pins=entries,
        expires=now.replace(year=now.year + 1),
    )
    assert lint(PinSet((policy,)), at=now) == ()


def test_what_was_observed_goes_to_the_policy_that_decides(root, now) -> None:
    """A chain of one host is no evidence against another's policy."""
    chain = root.chain("a.example.com")
    found = lint(
        pin_set("a.example.com", "b.example.com"), at=now, observed={"a.example.com": (chain,)}
    )
    assert [f.subject for f in found if f.id == "no-pin-deployed"] == ["a.example.com"]


def test_a_time_without_a_zone_is_refused() -> None:
    """The library takes no guess at the caller's clock."""
    with pytest.raises(ValueError, match="at has no timezone; pass an aware datetime"):
        lint(pin_set("a.example.com"), at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
