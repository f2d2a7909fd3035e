"""Whoever changes an organisation is alone with it until the change is made."""

from concurrent.futures import ThreadPoolExecutor

from keypin.inventory import Owner
from keypin.watch.inventory import owners
from keypin.watch.inventory.turn import in_turn
from keypin.watch.store import Database


def test_what_was_read_stands_until_it_is_changed(postgresql, until_waiting) -> None:
    """The second one begins to read after the first one has written."""
    with ThreadPoolExecutor(1) as pool:
        with in_turn(postgresql, 1) as scope:
            task = pool.submit(_names, postgresql, 1)
            until_waiting(task)
            owners.add(scope, Owner(name="mobile"))
        assert task.result() == ["mobile"]


def test_organisations_do_not_wait_for_each_other(any_database) -> None:
    """Not on PostgreSQL; on SQLite there is one writer, so one after another."""
    with in_turn(any_database, 1) as scope:
        owners.add(scope, Owner(name="mobile"))
        if not any_database.sqlite:
            assert _names(any_database, 2) == []
    assert _names(any_database, 2) == []


def _names(database: Database, organisation: int) -> list[str]:
    with in_turn(database, organisation) as scope:
        return [one.name for one in owners.listed(scope)]
