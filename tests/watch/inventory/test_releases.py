"""Releases: uploads in every form, versions that stay, shares, and what is in the field."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from keypin.certs import Endpoint
from keypin.errors import InputError, InventoryError
from keypin.pins import PinSet
from keypin.watch.inventory import (
    Shelf,
    TakenError,
    UnknownError,
    applications,
    endpoints,
    read_upload,
    releases,
)
from keypin.watch.inventory.edit import Did
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.pushing import push
from keypin.watch.inventory.uploads import of_pin_set
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import pin_sets

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_any_form_is_recognised_and_kept_as_pins_toml(shop, pin) -> None:
    """Two releases with the same pins keep them once, whatever they came in."""
    calls = [f'.add("api.example.com", "{pin(name)}")' for name in ("a", "spare")]
    code = "val pinner = CertificatePinner.Builder()\n" + "\n".join(calls) + "\n.build()\n"
    with shop.begin(1) as scope:
        kotlin = read_upload(BytesIO(code.encode()), "Pins.kt", at=NOON)
        releases.add(scope, "shop", "3.1", kotlin, at=NOON)
        releases.add(scope, "shop", "3.2", kotlin, at=NOON)
        (new, old) = releases.listed(scope, "shop")
        text = releases.text_of(scope, new.pin_set)
    assert (new.version, new.form, new.source) == ("3.2", "okhttp-kotlin", "Pins.kt")
    assert new.pin_set == old.pin_set
    assert text.startswith("version = 1\n\n[[policy]]\nhost = ")


def test_a_form_can_be_named_and_errors_say_where() -> None:
    """What is no pin file is refused with the line."""
    with pytest.raises(InputError, match=r"shop\.toml:1"):
        read_upload(BytesIO(b"version = 7"), "shop.toml", at=NOON, form="keypin-toml")
    with pytest.raises(InputError, match="none of the forms"):
        read_upload(BytesIO(b"hello"), "hello", at=NOON)


def test_an_archive_that_is_no_app_is_refused() -> None:
    """It is read by the audit, under its limits."""
    with pytest.raises(InputError):
        read_upload(BytesIO(b"PK\3\4 and nothing"), "shop.apk", at=NOON)


def test_the_same_version_is_pushed_twice_without_harm_and_never_changed(shop, upload) -> None:
    """A pipeline may run again; what was shipped does not change."""
    with shop.begin(1) as scope:
        releases.add(scope, "shop", "1.0", upload("a.example"), at=NOON)
        again = releases.add(scope, "shop", "1.0", upload("a.example"), at=NOON)
        assert again.did is Did.UNCHANGED
        with pytest.raises(TakenError, match=r"shop 1\.0 is there with other pins"):
            releases.add(scope, "shop", "1.0", upload("a.example", key="b"), at=NOON)


def test_pins_are_the_same_whatever_they_are_called(shop, upload) -> None:
    """Nor does the order of policies matter; what was shipped stays as it was uploaded."""
    with shop.begin(1) as scope:
        first, again = upload("a.example", "b.example"), upload("b.example", "a.example")
        named = of_pin_set(PinSet(again.pin_set.policies, name="shop"), "keypin.toml")
        releases.add(scope, "shop", "1.0", first, at=NOON)
        assert releases.add(scope, "shop", "1.0", named, at=NOON).did is Did.UNCHANGED
        assert releases.correct(scope, "shop", "1.0", named, at=NOON).did is Did.UNCHANGED
        assert releases.find(scope, "shop", "1.0").digest == first.digest


def test_a_share_is_between_nobody_and_all(shop, upload) -> None:
    """And the log says what it was."""
    with shop.begin(1) as scope:
        releases.add(scope, "shop", "1.0", upload("a.example"), at=NOON, share=0.6)
        edit = releases.give_share(scope, "shop", "1.0", 0.7)
        assert edit.detail == {"before": {"share": 0.6}, "after": {"share": 0.7}}
        for change in (
            lambda: releases.give_share(scope, "shop", "1.0", 1.2),
            lambda: releases.correct(scope, "shop", "1.0", upload("a.example"), at=NOON, share=-1),
            lambda: releases.add(scope, "shop", "1.1", upload("a.example"), at=NOON, share=2),
        ):
            with pytest.raises(InventoryError, match="expected a number from 0 to 1"):
                change()


def test_the_field_holds_what_is_not_retired(any_shop, upload) -> None:
    """A share that was measured stands in where none is given by hand."""
    fields = Fields(Shelf())
    with any_shop.begin(1) as scope:
        releases.add(scope, "shop", "1.0", upload("a.example"), at=NOON)
        edit = releases.add(scope, "shop", "1.1", upload("b.example"), at=NOON)
        releases.measure(scope, {edit.id: 0.25})
        releases.retire(scope, "shop", "1.0", at=NOON)
        field = fields.read(scope.connection, 1)
        (one,) = field.releases
        assert (str(one), one.share, one.tags) == ("shop 1.1", 0.25, ("store",))
        assert field.by_pin_set[one.pin_set] == (one,)
        assert field.pinning.of("b.example") == (one.pin_set,)
        assert field.pinning.of("a.example") == ()
        releases.restore(scope, "shop", "1.0")
        assert fields.read(scope.connection, 1).pinning.of("a.example")


def test_pins_that_no_release_ships_any_more_are_forgotten(any_shop, upload) -> None:
    """With the last release, or with the application."""
    with any_shop.begin(1) as scope:
        releases.add(scope, "shop", "1.0", upload("a.example"), at=NOON)
        releases.add(scope, "shop", "1.1", upload("b.example"), at=NOON)
        releases.remove(scope, "shop", "1.0")
        assert scope.value(scope.select(func.count(pin_sets.c.id))) == 1
        applications.remove(scope, "shop")
        assert scope.value(scope.select(func.count(pin_sets.c.id))) == 0


def test_what_is_not_there_is_said_so(shop, upload) -> None:
    """Each with the next step."""
    with shop.begin(1) as scope:
        with pytest.raises(UnknownError, match="no application 'bank'"):
            releases.add(scope, "bank", "1.0", upload("a.example"), at=NOON)
        with pytest.raises(UnknownError, match=r"no release 'shop 9'"):
            releases.find(scope, "shop", "9")
        with pytest.raises(UnknownError, match="no pin set 9"):
            releases.text_of(scope, 9)


def test_a_push_watches_the_hosts_and_has_what_it_pins_judged(any_shop, upload) -> None:
    """A wildcard makes no host up, and claims those that are there."""
    with any_shop.begin(1) as scope:
        there = Endpoint("img.example.org")
        endpoints.add_all(scope, [there], at=NOON, origin=endpoints.Origin.LOGS)
        pins = upload("api.example.com", "**.example.org", "*.example.net")
        pushed = push(scope, "shop", "1.0", pins, at=NOON)
        due = select(endpoint_table.c.host).where(
            scope.mine(endpoint_table), endpoint_table.c.judge_at == NOON
        )
        judged = sorted(scope.execute(due).scalars())
        again = push(scope, "shop", "1.0", pins, at=NOON)
    assert pushed.endpoints == 1
    assert judged == ["api.example.com", "img.example.org"]
    assert (len(pushed.pinned), again.pinned) == (2, ())


def test_a_shelf_forgets_what_was_not_asked_for_lately(shop, upload, toml) -> None:
    """Its room is bounded; what was forgotten is parsed again."""
    shelf = Shelf(room=len(toml("a.example")) * 3 // 2)
    with shop.begin(1) as scope:
        for version, host in (("1", "a.example"), ("2", "b.example")):
            releases.add(scope, "shop", version, upload(host), at=NOON)
        first, second = (one.pin_set for one in releases.listed(scope))
        one = shelf.pin_sets(scope.connection, 1, [first])[first]
        assert shelf.pin_sets(scope.connection, 1, [first])[first] is one
        shelf.pin_sets(scope.connection, 1, [second])
        assert shelf.pin_sets(scope.connection, 1, [first])[first] is not one
