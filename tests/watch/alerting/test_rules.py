"""Rules are asked in their order, and a change of them counts at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from keypin.alerts import Escalation, Match, Rule
from keypin.errors import InputError
from keypin.inventory import Owner
from keypin.watch.alerting import routes, rules
from keypin.watch.inventory import owners
from keypin.watch.inventory.edit import Did, TakenError, UnknownError
from keypin.watch.store import Database, Scope


def test_rules_keep_their_order(any_alerted) -> None:
    """A new rule comes last, and the order is what people say."""
    one, two = Rule(name="one"), Rule(name="two", repeat=timedelta(hours=1))
    with any_alerted.database.begin(1) as scope:
        rules.add(scope, one, at=any_alerted.now)
        rules.add(scope, two, at=any_alerted.now)
        assert rules.listed(scope) == (one, two)
        assert rules.order(scope, ["two", "one"], at=any_alerted.now).did is Did.CHANGED
        assert rules.order(scope, ["two", "one"], at=any_alerted.now).did is Did.UNCHANGED
        assert rules.listed(scope) == (two, one)
        assert rules.find(scope, "two") == two


def test_a_rule_changes_what_is_there(alerted, signal) -> None:
    """What was told under one rule is told under another as soon as there is one."""
    rule = Rule(name="mine", match=Match(ids=("chain-*",)), ignore=True)
    alerted.see(signal("a"))
    with alerted.database.begin(1) as scope:
        rules.add(scope, rule, at=alerted.now)
    alerted.engine.turn(alerted.now)
    assert alerted.alerts()[0]["state"] == "resolved"
    with alerted.database.begin(1) as scope:
        assert rules.change(scope, rule, at=alerted.now).did is Did.UNCHANGED
        rules.change(scope, Rule(name="mine"), at=alerted.now)
    alerted.pass_time(seconds=1)
    assert alerted.alerts()[0]["state"] == "open"
    with alerted.database.begin(1) as scope:
        rules.remove(scope, "mine", at=alerted.now)
    alerted.engine.turn(alerted.now)
    assert alerted.alerts()[0]["rule"] == "users-refused"


def test_a_rule_tells_routes_that_there_are(alerted) -> None:
    """A route that a rule names is there, and stays while it does."""
    step = Escalation(timedelta(minutes=5), ("boss",))
    with alerted.database.begin(1) as scope:
        with pytest.raises(InputError, match="tells the route boss, which there is not"):
            rules.add(scope, Rule(name="mine", escalate=(step,)), at=alerted.now)
    alerted.route("boss")
    with alerted.database.begin(1) as scope:
        rules.add(scope, Rule(name="mine", escalate=(step,)), at=alerted.now)
        with pytest.raises(InputError, match="the rule mine tells the route boss"):
            routes.remove(scope, "boss", at=alerted.now)


def test_no_rule_is_left_without_a_route_that_is_removed_meanwhile(
    shared_alerted, until_waiting
) -> None:
    """Whoever comes second sees what the first did, whichever that is."""
    shared_alerted.route("boss")
    base, at = shared_alerted.database, shared_alerted.now
    rule = Rule(name="mine", routes=("boss",))
    with ThreadPoolExecutor(1) as pool:
        with base.begin(1) as scope:
            rules.add(scope, rule, at=at)
            task = pool.submit(_alone, base, lambda other: routes.remove(other, "boss", at=at))
            until_waiting(task)
        assert "the rule mine tells the route boss" in str(task.exception())
        with base.begin(1) as scope:
            rules.remove(scope, "mine", at=at)
            routes.remove(scope, "boss", at=at)
            task = pool.submit(_alone, base, lambda other: rules.add(other, rule, at=at))
            until_waiting(task)
        assert "tells the route boss, which there is not" in str(task.exception())


def _alone(base: Database, act: Callable[[Scope], object]) -> None:
    with base.begin(1) as scope:
        act(scope)


def test_a_rule_is_about_owners_that_there_are(alerted) -> None:
    """Kept or changed; a name that is mistyped would match nothing, and nobody would know."""
    theirs = Rule(name="mine", match=Match(owners=("web", "shop")))
    with alerted.database.begin(1) as scope:
        owners.add(scope, Owner(name="web"))
        rules.add(scope, Rule(name="mine"), at=alerted.now)
        for make in (rules.add, rules.change):
            with pytest.raises(InputError) as caught:
                make(scope, theirs, at=alerted.now)
            assert str(caught.value) == (
                "when.owners: the rule mine names the owner shop, whom there is not; "
                "add the owner first"
            )
        owners.add(scope, Owner(name="shop"))
        assert rules.change(scope, theirs, at=alerted.now).did is Did.CHANGED


@pytest.mark.parametrize("names", [(), ("one", "one"), ("one", "two")])
def test_an_order_names_each_rule_once(alerted, names) -> None:
    """What leaves one out, or makes one up, is no order."""
    with alerted.database.begin(1) as scope:
        rules.add(scope, Rule(name="one"), at=alerted.now)
        with pytest.raises(InputError, match="each rule once"):
            rules.order(scope, names, at=alerted.now)


def test_what_cannot_be_kept_is_refused(alerted, monkeypatch) -> None:
    """A name that is taken, one that is not there, one too many, and time in pieces of a second."""
    monkeypatch.setattr(rules, "MAX_RULES", 2)
    odd = Rule(name="odd", window=timedelta(milliseconds=1500))
    with alerted.database.begin(1) as scope:
        rules.add(scope, Rule(name="one"), at=alerted.now)
        with pytest.raises(TakenError):
            rules.add(scope, Rule(name="one"), at=alerted.now)
        with pytest.raises(UnknownError, match="no rule 'two'"):
            rules.remove(scope, "two", at=alerted.now)
        with pytest.raises(InputError, match="101 letters"):
            rules.add(scope, Rule(name="n" * 101), at=alerted.now)
        with pytest.raises(InputError, match="cannot say"):
            rules.add(scope, Rule(name="nul", match=Match(ids=("a\0",))), at=alerted.now)
        with pytest.raises(InputError, match="whole seconds"):
            rules.add(scope, odd, at=alerted.now)
        rules.add(scope, Rule(name="two"), at=alerted.now)
        with pytest.raises(InputError, match="2 rules already"):
            rules.add(scope, Rule(name="three"), at=alerted.now)
