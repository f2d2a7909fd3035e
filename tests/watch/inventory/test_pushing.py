"""Every change of releases and plans has the endpoints that it is about judged anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Endpoint
from keypin.inventory.entries import Application, WatchedEndpoint
from keypin.lab.cast import Cast
from keypin.watch.inventory import applications, endpoints, plans, pushing, releases
from keypin.watch.inventory.plans import Ended
from keypin.watch.store.tables import endpoints as table

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def pushed(shop, upload):
    """Return a database in which `shop 1.0` pins api.example.com, which is not due."""
    with shop.begin(1) as scope:
        pushing.push(scope, "shop", "1.0", upload("api.example.com"), at=NOON, share=0.5)
        endpoints.add(scope, WatchedEndpoint(endpoint=Endpoint("other.example")), at=NOON)
        scope.execute(scope.update(table).values(judge_at=None))
    return shop


CHANGES = {
    "retire": lambda scope: pushing.retire(scope, "shop", "1.0", at=LATER),
    "restore": lambda scope: pushing.restore(scope, "shop", "1.0", at=LATER),
    "remove": lambda scope: pushing.remove(scope, "shop", "1.0", at=LATER),
    "share": lambda scope: pushing.give_share(scope, "shop", "1.0", 0.1, at=LATER),
}


def _due(scope) -> list[str]:
    query = scope.select(table.c.host).where(table.c.judge_at == LATER)
    return list(scope.execute(query).scalars())


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_a_release_has_what_it_pins_judged(pushed, change) -> None:
    """And nothing else."""
    with pushed.begin(1) as scope:
        change(scope)
        assert _due(scope) == ["api.example.com"]


def test_a_correction_has_both_judged(pushed, upload) -> None:
    """What it pinned, and what it pins in truth."""
    with pushed.begin(1) as scope:
        right = upload("new.example.com")
        pushing.correct(scope, "shop", "1.0", right, at=LATER)
        assert sorted(_due(scope)) == ["api.example.com", "new.example.com"]


def test_a_plan_has_what_it_is_for_judged_and_so_has_its_end(pushed) -> None:
    """By the names of its certificate, a wildcard's among them."""
    cast = Cast(NOON)
    chain = plans.read_chain(cast.leaf(hosts=("*.example.com",)).pem)
    with pushed.begin(1) as scope:
        values = {"deploy_at": LATER, "by": "ann"}
        pushing.plan(scope, "renewal", chain, at=LATER, **values)
        assert _due(scope) == ["api.example.com"]
        scope.execute(scope.update(table).values(judge_at=None))
        pushing.end_plan(scope, "renewal", Ended.DEPLOYED, at=LATER)
        assert _due(scope) == ["api.example.com"]


@pytest.mark.parametrize("key", ["a", "b"], ids=["the same pins", "other pins"])
def test_two_who_push_the_same_host_at_once_both_do(key, two, upload, until_waiting) -> None:
    """Its endpoint is made once, and so is the pin set that both ship."""
    with ThreadPoolExecutor(1) as pool:
        with two.begin(1) as scope:
            first = pushing.push(scope, "shop", "1.0", upload("api.example.com"), at=NOON)
            task = pool.submit(_push, two, "till", upload("api.example.com", key=key))
            until_waiting(task)
        second = task.result()
    assert (first.endpoints, second.endpoints, second.pinned) == (1, 0, first.pinned)
    with two.read(1) as scope:
        shipped = {one.pin_set for one in releases.listed(scope)}
    assert len(shipped) == len({"a", key})


def test_pins_that_another_release_ships_meanwhile_stay(two, upload, until_waiting) -> None:
    """The last release that shipped them is removed in the same moment."""
    _push(two, "shop", upload("api.example.com"))
    with ThreadPoolExecutor(1) as pool:
        with two.begin(1) as scope:
            pushing.push(scope, "till", "1.0", upload("api.example.com"), at=NOON)
            task = pool.submit(_remove, two, "shop")
            until_waiting(task)
        task.result()
    with two.read(1) as scope:
        (left,) = releases.listed(scope)
        assert releases.text_of(scope, left.pin_set)


@pytest.fixture
def two(postgresql):
    """Return a database in which acme has the applications `shop` and `till`."""
    with postgresql.begin(1) as scope:
        for name in ("shop", "till"):
            applications.add(scope, Application(name=name), at=NOON)
    return postgresql


def _push(database, application: str, pins) -> pushing.Pushed:
    with database.begin(1) as scope:
        return pushing.push(scope, application, "1.0", pins, at=NOON)


def _remove(database, application: str) -> None:
    with database.begin(1) as scope:
        pushing.remove(scope, application, "1.0", at=NOON)
