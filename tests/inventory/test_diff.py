"""What must be done: rows in an order in which they can be applied, dangers told."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keypin.alerts import Rule
from keypin.inventory import CtWatch, Inventory, RuleEntry, diff
from keypin.pins import PinSet

EMPTY = Inventory(organisation="shop")


def rows(changes) -> list[str]:
    """Return each row as action, kind and subject."""
    return [f"{one.action} {one.kind} {one.subject}" for one in changes]


def with_releases(shop, *releases):
    """Return the shop with other releases."""
    return replace(shop, applications=(replace(shop.applications[0], releases=releases),))


def test_what_comes_comes_in_order(shop) -> None:
    """An owner before what it owns, a release after its application, and after older ones."""
    assert rows(diff(EMPTY, shop)) == [
        "change ct watch",
        "add owner platform",
        "add application shop-ios",
        "add release shop-ios 3.1",
        "add release shop-ios 3.2",
        "add endpoint api.example.com:443",
        "add endpoint smtp://mail.example.com:25",
        "add endpoint [2001:db8::7]:8443",
        "add route on-call",
        "add rule all",
    ]


def test_what_goes_goes_the_other_way_round(shop) -> None:
    """Nothing is left without its owner on the way."""
    assert rows(diff(shop, EMPTY)) == [
        "remove rule all",
        "remove route on-call",
        "remove endpoint api.example.com:443",
        "remove endpoint smtp://mail.example.com:25",
        "remove endpoint [2001:db8::7]:8443",
        "remove release shop-ios 3.1",
        "remove release shop-ios 3.2",
        "remove application shop-ios",
        "remove owner platform",
    ]


def test_a_change_names_its_fields(shop) -> None:
    """From what to what, and nothing of what stays."""
    changed = replace(shop.endpoints[1], tags=("mail", "eu"), vantage_points=())
    wanted = replace(shop, endpoints=(shop.endpoints[0], changed, shop.endpoints[2]))
    (row,) = diff(shop, wanted)
    assert row.text() == (
        "~ endpoint smtp://mail.example.com:25\n"
        "    vantage_points  eu -> (none)\n"
        "    tags            mail -> mail, eu"
    )


def test_a_release_with_users_is_not_forgotten_unnoticed(shop) -> None:
    """A rename is one that goes and one that comes, and what goes has users."""
    old, other = shop.applications[0].releases
    added, removed = diff(shop, with_releases(shop, replace(old, version="3.2.0"), other))
    assert rows([added, removed]) == ["add release shop-ios 3.2.0", "remove release shop-ios 3.2"]
    assert added.danger == ""
    assert removed.danger == "41% of the users of shop-ios still have it, and would be forgotten"


@pytest.mark.parametrize(
    ("shares", "danger"),
    [
        ({}, "nobody knows how many users of shop-ios still have it"),
        ({"shop-ios 3.1": 0.0}, ""),
        (
            {"shop-ios 3.1": 0.2},
            "20% of the users of shop-ios still have it, and would be forgotten",
        ),
    ],
)
def test_measured_shares_tell_who_still_has_a_release(shop, shares, danger: str) -> None:
    """Where nobody wrote a share down, what was measured counts."""
    (row,) = diff(shop, with_releases(shop, shop.applications[0].releases[0]), shares=shares)
    assert (row.subject, row.danger) == ("shop-ios 3.1", danger)


def test_a_share_that_changes_is_no_danger_for_pins_that_are_the_same(shop) -> None:
    """Whatever their pin set is called, and in whatever order its policies stand."""
    release = shop.applications[0].releases[1]
    named = PinSet(release.pin_set.policies, name="shop 3.1")
    assert (
        diff(
            shop,
            with_releases(shop, shop.applications[0].releases[0], replace(release, pin_set=named)),
        )
        == ()
    )
    given = replace(release, pin_set=named, share=0.1)
    (row,) = diff(shop, with_releases(shop, shop.applications[0].releases[0], given))
    assert ([one.name for one in row.fields], row.danger) == (["share"], "")


def test_a_file_does_not_change_what_was_shipped(shop, pinned) -> None:
    """Pins of a release that change are a correction at best."""
    first, second = shop.applications[0].releases
    (row,) = diff(shop, with_releases(shop, first, replace(second, pin_set=pinned(1, 3))))
    assert [one.name for one in row.fields] == ["pins for api.example.com"]
    assert row.danger.startswith("what was shipped stays in users' apps")
    (row,) = diff(shop, with_releases(shop, first, replace(second, share=0.5)))
    assert row.danger == ""


def test_the_order_of_rules_is_part_of_the_plan(shop) -> None:
    """Rules are asked in order; one that comes at the end needs no row of its own."""
    a, b, c = (RuleEntry(rule=Rule(name=name)) for name in "abc")
    standing = replace(shop, rules=(a, b))
    assert rows(diff(standing, replace(shop, rules=(a, b, c)))) == ["add rule c"]
    (row,) = diff(standing, replace(shop, rules=(b, a)))
    assert row.text() == "~ rules order\n    order  a, b -> b, a"


def test_what_is_not_said_of_logs_stays(shop) -> None:
    """A file from before, without the table, turns nothing off; one that has it says all of it."""
    assert diff(shop, replace(shop, ct=None)) == ()
    (row,) = diff(shop, replace(shop, ct=CtWatch(look_alikes=True)))
    assert row.text() == (
        "~ ct watch\n"
        "    expected_issuers  DigiCert, Inc., pki.goog -> (none)\n"
        "    caa               true -> false\n"
        "    look_alikes       false -> true"
    )
    assert diff(EMPTY, replace(EMPTY, ct=CtWatch())) == ()


def test_organisations_are_kept_apart(shop) -> None:
    """One organisation's inventory is no other's."""
    with pytest.raises(ValueError, match="shop and other are kept apart"):
        diff(shop, Inventory(organisation="other"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_difference_has_its_row(inventories, data) -> None:
    """Nothing differs from itself; each entry that comes or goes is a row; plans are the same."""
    standing, wanted = data.draw(inventories), data.draw(inventories)
    assert diff(standing, standing) == ()
    there, back = diff(standing, wanted), diff(wanted, standing)
    assert there == diff(standing, wanted)
    assert sorted(rows(there)) == sorted(
        row.replace("add ", "remove ") if row.startswith("add ") else row.replace("remove ", "add ")
        for row in rows(back)
        if row != "change rules order"
    ) + [row for row in rows(there) if row == "change rules order"]
