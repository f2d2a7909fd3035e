"""What all that is served comes to: refused, unknown, or neither."""

from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store.tables import verdicts
from keypin.web.pages.sums import Sum, sum_now

HOSTS = ("api.shop.example", "cdn.shop.example", "pay.shop.example", "new.shop.example")


def _sum(shop) -> tuple[set[str], set[str], set[str]]:
    """Return the releases that refuse, those of which not all is known, and those that say."""
    with shop.database.read(1) as scope:
        field = Fields(Shelf()).read(scope.connection, 1)
        found = sum_now(scope, field)
        return tuple(
            {str(one) for number in numbers for one in field.by_pin_set[number]}
            for numbers in (found.refusing, found.unknown, found.judged)
        )


def test_a_release_is_unknown_while_something_that_it_pins_is(new_shop) -> None:
    """One that is refused somewhere is refused, whatever else is not known."""
    shop = new_shop()
    every = {"shop-android 3.1", "shop-android 3.2", "kiosk 1.0"}
    assert _sum(shop) == (every, set(), every)
    for host in HOSTS[:3]:
        shop.seen(host, shop.now, *shop.chain("backup", host, start=-1))
    shop.judge()
    assert _sum(shop) == (set(), {"kiosk 1.0"}, every)
    shop.seen("new.shop.example", shop.now, *shop.chain("backup", "new.shop.example"))
    shop.judge()
    assert _sum(shop) == (set(), set(), every)


def test_pins_that_nobody_judged_are_not_accepted(new_shop) -> None:
    """As those of names that nobody watches."""
    shop = new_shop()
    with shop.database.begin(1) as scope:
        scope.execute(scope.delete(verdicts))
    refusing, unknown, judged = _sum(shop)
    assert (refusing, judged) == (set(), set())
    assert len(unknown) == 3


def test_where_no_release_is_nothing_is_summed(shop) -> None:
    """Of nothing, nothing is said."""
    with shop.database.read(2) as scope:
        field = Fields(Shelf()).read(scope.connection, 2)
        assert sum_now(scope, field) == Sum(frozenset(), frozenset(), frozenset())
