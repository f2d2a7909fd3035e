"""Routes keep no secret, and rules are tables."""

from datetime import timedelta

import pytest

from keypin.alerts import Escalation, Match, Route, Rule
from keypin.errors import InventoryError
from keypin.inventory import Kept, Reference, RouteEntry, RuleEntry

SLACK = Reference(Kept.ENV, "SLACK_URL")


def test_a_reference_says_where_and_never_what() -> None:
    """An address that is here is not shown, but told from another."""
    assert str(SLACK) == "env SLACK_URL"
    assert str(Reference(Kept.SECRET, "slack")) == "secret slack"
    one, other = (Reference(Kept.INLINE, f"slack://{name}") for name in "ab")
    assert str(one).startswith("(hidden, ")
    assert str(one) != str(other)
    assert "slack://" not in f"{one} {one!r}"


@pytest.mark.parametrize(
    ("kept", "name", "says"),
    [
        (Kept.ENV, "1A", "url: the environment variable '1A'; expected a name as SLACK_URL"),
        (Kept.SECRET, "A", "url: the name of a secret 'A'; expected lower case words joined by"),
        (Kept.INLINE, "hunter2", "url: no URL; expected scheme://…"),
    ],
)
def test_a_reference_names_something(kept: Kept, name: str, says: str) -> None:
    """An error about an address does not show it."""
    with pytest.raises(InventoryError) as caught:
        Reference(kept, name)
    assert str(caught.value).startswith(says)


def test_an_owner_is_named_once() -> None:
    """A route lists each owner once, and its tags are tags."""
    with pytest.raises(InventoryError, match="owners: the owner 'ada' stands twice"):
        RouteEntry(route=Route(name="a", match=Match(owners=("ada", "ada"))), url=SLACK)
    with pytest.raises(InventoryError, match="tags: the tag 'A'"):
        RouteEntry(route=Route(name="a", match=Match(tags=("A",))), url=SLACK)


def test_a_rule_names_its_routes() -> None:
    """Those that it tells at once, and those that it tells when nobody acknowledges."""
    escalate = (Escalation(timedelta(hours=1), ("c",)), Escalation(timedelta(hours=2), ("d",)))
    rule = RuleEntry(rule=Rule(name="a", routes=("b",), escalate=escalate))
    assert (rule.name, rule.routes) == ("a", ("b", "c", "d"))


def test_what_a_file_cannot_say_is_refused() -> None:
    """Rather than written as something else."""
    with pytest.raises(InventoryError, match=r"the route a says what keypin.toml cannot say"):
        RouteEntry(route=Route(name="a", match=Match(ids=("chain-*",))), url=SLACK)
    with pytest.raises(InventoryError, match=r"the rule a says what keypin.toml cannot say"):
        RuleEntry(rule=Rule(name="a", wait=timedelta(seconds=1.5)))
