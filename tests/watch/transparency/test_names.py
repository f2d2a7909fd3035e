"""The names of all organisations in one search, and whose each is."""

from dataclasses import replace

import pytest

from keypin.ct.watch_list import Hit, Kind
from keypin.watch.inventory import endpoints, releases
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.transparency import names


def _read(database) -> names.Watched:
    with database.read_across() as connection:
        return names.read(connection, Shelf())


def _revision(database) -> tuple[object, ...]:
    with database.read_across() as connection:
        return names.revision(connection)


def test_nothing_is_watched_at_first(watching) -> None:
    """So nothing is searched."""
    assert _read(watching.database) == names.Watched()


def test_hosts_of_endpoints_and_of_living_releases_are_watched(any_watching) -> None:
    """An address too; a pattern with all below it; an exemption and a retired release not."""
    watching = any_watching
    watching.endpoint("one.example")
    watching.endpoint("192.0.2.7", organisation=2)
    watching.endpoint("one.example", organisation=2)
    watching.pin("1", "old", "backup", host="**.shop.example")
    watching.pin("2", "old", "backup", host="gone.example")
    with watching.database.begin(1) as scope:
        releases.retire(scope, "shop", "2", at=watching.clock.at)
        for row in scope.rows(scope.select(names.endpoints)):
            if row["host"] == "gone.example":
                endpoints.remove(scope, row["id"])
    found = _read(watching.database)
    assert found.whose == {
        (Kind.NAME, "one.example"): {1, 2},
        (Kind.NAME, "192.0.2.7"): {2},
        (Kind.DOMAIN, "shop.example"): {1},
    } | {name: {1} for name in found.whose if name == (Kind.NAME, "shop.example")}
    assert found.search is not None
    assert len(found) >= 3


def test_each_change_of_names_is_another_revision(watching) -> None:
    """An endpoint more or less, a release, its retirement."""
    seen = [_revision(watching.database)]
    number = watching.endpoint("one.example")
    seen.append(_revision(watching.database))
    watching.pin("1", "old", "backup")
    seen.append(_revision(watching.database))
    with watching.database.begin(1) as scope:
        releases.retire(scope, "shop", "1", at=watching.clock.at)
    seen.append(_revision(watching.database))
    with watching.database.begin(1) as scope:
        endpoints.remove(scope, number)
    seen.append(_revision(watching.database))
    watching.expect(look_alikes=True)
    seen.append(_revision(watching.database))
    watching.expect()
    seen.append(_revision(watching.database))
    assert len(set(seen)) == len(seen)
    assert _revision(watching.database) == seen[-1]


@pytest.mark.parametrize(
    ("hit", "whose"),
    [
        (Hit(Kind.NAME, "a.example", "a.example"), {1}),
        (Hit(Kind.DOMAIN, "a.example", "b.a.example"), {2}),
        (Hit(Kind.DOMAIN, "a.example"), {1, 2}),
        (Hit(Kind.NAME, "*.example"), {1, 2}),
        (Hit(Kind.NAME, "*.other"), set()),
        (Hit(Kind.NAME, "c.example", "c.example"), set()),
    ],
)
def test_what_is_found_is_shared_out(hit, whose) -> None:
    """By the name that is watched; where the bytes alone speak, however it is watched."""
    watched = names.watched(
        {(Kind.NAME, "a.example"): frozenset({1}), (Kind.DOMAIN, "a.example"): frozenset({2})}
    )
    assert watched.shared_out([hit]) == dict.fromkeys(whose, (hit,))


def test_look_alikes_are_watched_for_who_wants_that(any_watching) -> None:
    """Of what was registered, each once; an address and other organisations' names have none."""
    watching = any_watching
    for host in ("www.example.com", "api.example.com", "192.0.2.7", "2001:db8::7"):
        watching.endpoint(host)
    watching.endpoint("other.example.net", organisation=2)
    watching.expect(look_alikes=True)
    found = _read(watching.database)
    alike = {name: whose for name, whose in found.whose.items() if name[0] is Kind.LOOK_ALIKE}
    assert alike == {(Kind.LOOK_ALIKE, "example.com"): {1}}
    hit = Hit(Kind.LOOK_ALIKE, "example.com", "www.examp1e.com")
    for one in (hit, Hit(Kind.LOOK_ALIKE, "example.com", "*.examp1e.com"), replace(hit, seen="")):
        assert found.shared_out([one]) == {1: (one,)}


def test_who_registered_a_look_alike_is_not_told_of_it(watching) -> None:
    """Nor by a name below it; another organisation, whose name it resembles, is."""
    watching.endpoint("www.example.com")
    watching.endpoint("example.com", organisation=2)
    watching.endpoint("www.examp1e.com", organisation=2)
    for organisation in (1, 2):
        watching.expect(look_alikes=True, organisation=organisation)
    hit = Hit(Kind.LOOK_ALIKE, "example.com", "shop.examp1e.com")
    assert _read(watching.database).shared_out([hit]) == {1: (hit,)}
