"""An inventory is whole: names once, owners there, files read."""

from dataclasses import replace

import pytest

from keypin.alerts import Match, Rule
from keypin.errors import InputError, InventoryError, Place
from keypin.inventory import Inventory, PinFile, RuleEntry, loads, resolved


def test_a_name_stands_once(shop) -> None:
    """Owners, applications, endpoints, routes and rules each have names of their own."""
    for kind, name in (
        ("owners", "platform"),
        ("applications", "shop-ios"),
        ("endpoints", "api.example.com:443"),
        ("routes", "on-call"),
        ("rules", "all"),
    ):
        entries = getattr(shop, kind)
        with pytest.raises(InventoryError, match=f"^{name} stands twice; put both into one$"):
            replace(shop, **{kind: (*entries, entries[0])})


def test_an_owner_that_is_named_is_there(shop) -> None:
    """By applications, endpoints, routes and rules alike."""
    others = (replace(shop.owners[0], name="a"), replace(shop.owners[0], name="b"))
    with pytest.raises(InventoryError, match=r"expected one of a, b; add \[\[owner\]\] with name"):
        replace(shop, owners=others)
    for kind in ("applications", "endpoints", "routes"):
        with pytest.raises(InventoryError, match="the owner 'platform' is not in the inventory"):
            Inventory(organisation="shop", **{kind: getattr(shop, kind)})
    theirs = RuleEntry(rule=Rule(name="theirs", match=Match(owners=("nobody",))))
    with pytest.raises(InventoryError, match="the owner 'nobody' is not in the inventory"):
        replace(shop, rules=(*shop.rules, theirs))


def test_a_route_that_a_rule_tells_is_there(shop) -> None:
    """An alert to nobody is no alert."""
    with pytest.raises(InventoryError) as caught:
        replace(shop, routes=())
    assert str(caught.value) == (
        "the rule all tells the route 'on-call', which is not there; add [[route]] with name = "
        '"on-call"'
    )


def test_there_is_no_more_than_can_be_meant(shop) -> None:
    """Each kind has a limit."""
    with pytest.raises(InventoryError, match=r"^rules: 1001 of rules; expected 1000 at most$"):
        replace(shop, rules=shop.rules * 1001)


def test_files_are_read_once(shop, files) -> None:
    """A release without pins gets those of its file; the file stays told."""
    asked: list[str] = []

    def resolve(path: str) -> bytes:
        asked.append(path)
        return files[path]

    first = shop.applications[0]
    twice = replace(shop, applications=(first, replace(first, name="shop-ipad")))
    found = resolved(twice, resolve)
    assert asked == ["pins/3.2.toml"]
    pin_sets = [one.releases[0].pin_set for one in found.applications]
    assert pin_sets[0] is pin_sets[1]
    assert found.applications[0].releases[0].file == PinFile(path="pins/3.2.toml")
    assert resolved(found, resolve) == found


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "keypin.toml:22: application[0].release[0]: pins/3.2.toml: there is no such file; "
            "expected a file of pins"),
        (b"\xff", "pins/3.2.toml:1: byte 1 is not UTF-8; expected text in UTF-8"),
        (b"", "keypin.toml:22: application[0].release[0]: pins/3.2.toml: version is missing; "
            "expected the integer 1; add version"),
        (b"version = 1\npolicy = 1", "pins/3.2.toml:2: policy: an integer; expected [[policy]] "
            "tables"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told(text: str, data: bytes | None, says: str) -> None:
    """Where in the file, or else which release names it."""
    files = {} if data is None else {"pins/3.2.toml": data}
    with pytest.raises(InputError) as caught:
        loads(text, name="keypin.toml", resolve=files.__getitem__)
    assert str(caught.value) == says


def test_an_error_has_a_place_where_there_is_one(shop) -> None:
    """An inventory that was not read from a file has no places."""
    with pytest.raises(InputError) as caught:
        resolved(shop, {}.__getitem__)
    assert caught.value.place == Place()
