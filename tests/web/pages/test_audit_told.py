"""What an entry of the audit log says, in words."""

import pytest

from keypin.web.pages.audit_told import Names, lines

NAMES = Names({("application", 2): "shop-ios", ("pin_set", 5): "ab" * 32})


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            {"before": {}, "after": {"application": 2, "pin_set": 5, "tags": ["web", "gold"]}},
            ["application: shop-ios · pin set: abababababab · tags: web, gold"],
        ),
        (
            {"before": {"application": 3, "interval": 2}, "after": {}},
            ["application: 3 · interval: 2"],
        ),
        (
            {"before": {"application": 3, "owner": None}, "after": {"application": 2, "owner": 2}},
            ["application: 3 → shop-ios", "owner: nothing → 2"],
        ),
        (
            {"created_at": "2026-11-29T14:02:03.512252+02:00", "share": "0.5", "empty": []},
            ["created at: 2026-11-29 12:02:03 UTC · share: 0.5"],
        ),
        (
            {"seen": {"classification": "attack", "sure": True}},
            ["seen: classification attack, sure yes"],
        ),
        ({"text": "x" * 130}, [f"text: {'x' * 120}…"]),
        ({"taken": False}, ["taken: no"]),
        ({}, []),
    ],
)
def test_each_value_is_told_as_people_say_it(detail, said) -> None:
    """Numbers by what they stand for, where it is known; nothing of what is nothing."""
    assert list(lines(detail, NAMES)) == said


def test_names_are_those_of_the_organisation(shop) -> None:
    """A number of another's row stands for nothing, and True is no number."""
    details = [{"before": {"application": 1}, "after": {"application": 77, "owner": True}}]
    with shop.database.read(1) as scope:
        assert Names.of(scope, details).found == {("application", 1): "shop-android"}
    with shop.database.read(2) as scope:
        assert Names.of(scope, details).found == {}
