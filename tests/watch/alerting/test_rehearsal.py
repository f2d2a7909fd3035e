"""A rule is tried on the alerts that there are: which it would decide, at its place."""

import pytest

from keypin.alerts import Match, Rule
from keypin.errors import InputError
from keypin.watch.alerting import rehearsal, rules
from keypin.watch.alerting.rehearsal import rehearse
from keypin.watch.inventory.edit import TakenError, UnknownError

A = Rule(name="first", match=Match(subjects=("a.*",)))


@pytest.fixture
def seen(any_alerted, signal):
    """Return an organisation with three alerts, and a rule that decides one of them."""
    any_alerted.see(*(signal(host) for host in "abc"))
    with any_alerted.database.begin(1) as scope:
        rules.add(scope, A, at=any_alerted.now)
    return any_alerted


def test_a_new_rule_decides_what_no_earlier_one_does(seen) -> None:
    """It matches all three, and comes last."""
    with seen.database.read(1) as scope:
        found = rehearse(scope, Rule(name="all"))
    assert (found.looked_at, found.matched) == (3, 3)
    subjects = [one.alert.signal.subject.key for one in found.decided]
    assert sorted(subjects) == ["b.example.com:443", "c.example.com:443"]


def test_a_rule_that_is_there_is_tried_at_its_place(seen) -> None:
    """Under what it would say, and not what it says."""
    with seen.database.begin(1) as scope:
        rules.add(scope, Rule(name="all"), at=seen.now)
        found = rehearse(scope, Rule(name="first", match=Match(ids=("chain-*",))))
    assert len(found.decided) == found.matched == 3


def test_one_with_the_name_of_a_rule_that_ships_is_another(seen) -> None:
    """Names of the product's rules may be used again."""
    with seen.database.read(1) as scope:
        found = rehearse(scope, Rule(name="users-refused", match=Match(subjects=("b.*",))))
    assert len(found.decided) == 1


def test_only_the_newest_are_looked_at(seen, monkeypatch) -> None:
    """So that a page has them at once; and nobody else's."""
    monkeypatch.setattr(rehearsal, "LOOKED_AT", 2)
    with seen.database.read(1) as scope:
        assert rehearse(scope, Rule(name="all")).looked_at == 2
    with seen.database.read(2) as scope:
        assert rehearse(scope, Rule(name="all")).looked_at == 0


def test_a_rule_that_could_not_be_kept_is_refused_before(seen) -> None:
    """As it would be when it is kept."""
    with seen.database.read(1) as scope:
        rules.check(scope, A, new=False)
        rules.check(scope, Rule(name="other"), new=True)
        with pytest.raises(TakenError):
            rules.check(scope, A, new=True)
        with pytest.raises(UnknownError):
            rules.check(scope, Rule(name="other"), new=False)
        with pytest.raises(InputError, match="routes: the rule other tells the route nowhere"):
            rules.check(scope, Rule(name="other", routes=("nowhere",)), new=True)
