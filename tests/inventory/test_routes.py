"""Routes keep no secret, and rules are tables."""

import pytest

from keypin.errors import InventoryError
from keypin.inventory import Kept, Reference, RouteEntry, RuleEntry
from keypin.inventory.values import pairs

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
    """A route lists each owner once."""
    with pytest.raises(InventoryError, match="owners: the owner 'ada' stands twice"):
        RouteEntry(name="a", url=SLACK, owners=("ada", "ada"))


def test_a_rule_is_the_table_that_it_was() -> None:
    """Its name is part of the table; what comes out is the caller's own."""
    rule = RuleEntry(name="a", settings=pairs({"match": {"tags": ["x"]}}))
    assert rule.table == {"name": "a", "match": {"tags": ["x"]}}
    rule.table.clear()
    assert rule.table["name"] == "a"
    assert hash(rule)
