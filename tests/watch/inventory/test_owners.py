"""Owners: who acts."""

from datetime import UTC, datetime

import pytest

from keypin.errors import InventoryError
from keypin.inventory.entries import Application, Owner
from keypin.watch.inventory import TakenError, UnknownError, applications, owners
from keypin.watch.inventory.edit import Did

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


OWNER = Owner(name="platform", title="Platform team", mail=("platform@example.com",))


def test_an_owner_is_added_changed_and_removed(database) -> None:
    """Each change says what it did."""
    with database.begin(1) as scope:
        assert owners.add(scope, OWNER).did is Did.ADDED
        edit = owners.change(scope, Owner(name="platform", title="Platform"))
        assert edit.detail == {
            "before": {"title": "Platform team", "mail": ["platform@example.com"]},
            "after": {"title": "Platform", "mail": []},
        }
        assert owners.change(scope, Owner(name="platform", title="Platform")).did is Did.UNCHANGED
        assert [one.title for one in owners.listed(scope)] == ["Platform"]
        assert owners.remove(scope, "platform").did is Did.REMOVED
        with pytest.raises(UnknownError, match="no owner 'platform'"):
            owners.find(scope, "platform")


def test_a_name_is_taken_once_and_the_transaction_lives_on(any_database) -> None:
    """The error of the any_database is no error of what came before."""
    with any_database.begin(1) as scope:
        owners.add(scope, OWNER)
        with pytest.raises(TakenError, match="the owner 'platform' is there already"):
            owners.add(scope, OWNER)
        assert len(owners.listed(scope)) == 1


def test_an_owner_of_something_stays(database) -> None:
    """Nobody's application would be nobody's alert."""
    with database.begin(1) as scope:
        owners.add(scope, OWNER)
        applications.add(scope, Application(name="shop", owner="platform"), at=NOON)
        with pytest.raises(InventoryError, match="give them to another first"):
            owners.remove(scope, "platform")
