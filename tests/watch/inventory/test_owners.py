"""Owners: who acts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from keypin.alerts import Match, Route, Rule
from keypin.certs import Endpoint
from keypin.errors import InventoryError
from keypin.inventory.entries import Application, Owner, WatchedEndpoint
from keypin.watch.alerting import routes, rules
from keypin.watch.inventory import TakenError, UnknownError, applications, endpoints, owners
from keypin.watch.inventory.edit import Did
from keypin.watch.store import Scope, Sealer

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


def test_an_owner_whom_something_names_stays(any_shop) -> None:
    """Nobody's application would be nobody's alert; the sentence says who names them."""
    with any_shop.begin(1) as scope:
        owners.add(scope, OWNER)
        entry = Application(name="pay", owner="platform")
        applications.add(scope, entry, at=NOON)
        for number in range(5):
            place = WatchedEndpoint(endpoint=Endpoint(f"{number}.example"), owner="platform")
            endpoints.add(scope, place, at=NOON)
        rule = Rule(name="theirs", match=Match(owners=("platform",)))
        rules.add(scope, rule, at=NOON)
        with pytest.raises(InventoryError) as caught:
            owners.remove(scope, "platform")
        assert str(caught.value) == (
            "the owner 'platform' is named by the application pay, and the endpoints "
            "0.example:443, 1.example:443, 2.example:443 and 2 more, and the rule theirs; "
            "name another there first"
        )
        rules.remove(scope, "theirs", at=NOON)
        applications.remove(scope, "pay")
        for one in endpoints.listed(scope):
            endpoints.remove(scope, one.id)
        assert owners.remove(scope, "platform").did is Did.REMOVED


def test_an_owner_whom_a_route_names_stays(any_shop) -> None:
    """Whom else would it be told of; two are joined by *and*."""
    sealer = Sealer([Fernet.generate_key().decode()])
    with any_shop.begin(1) as scope:
        owners.add(scope, OWNER)
        for name in ("chat", "mail"):
            route = Route(name=name, match=Match(owners=("platform",)))
            routes.add(scope, sealer, route, "ntfys://alerts", at=NOON)
        with pytest.raises(InventoryError, match="by the routes chat and mail; name another"):
            owners.remove(scope, "platform")


def test_nobody_else_is_asked(any_shop) -> None:
    """What another organisation calls by the same name is another's."""
    with any_shop.begin(2) as scope:
        owners.add(scope, OWNER)
        rules.add(scope, Rule(name="theirs", match=Match(owners=("platform",))), at=NOON)
    with any_shop.begin(1) as scope:
        owners.add(scope, OWNER)
        assert owners.remove(scope, "platform").did is Did.REMOVED
        with pytest.raises(InventoryError, match="names the owner platform, whom there is not"):
            rules.add(scope, Rule(name="ours", match=Match(owners=("platform",))), at=NOON)


def test_an_owner_who_is_named_at_the_moment_of_removal_is_found(postgresql, until_waiting) -> None:
    """Whoever comes second sees what the first did, whichever that is."""
    shop = Application(name="shop", owner="platform")
    with postgresql.begin(1) as scope:
        owners.add(scope, OWNER)
    with ThreadPoolExecutor(1) as pool:
        with postgresql.begin(1) as scope:
            applications.add(scope, shop, at=NOON)
            task = pool.submit(_in, postgresql, lambda other: owners.remove(other, "platform"))
            until_waiting(task)
        assert "is named by the application shop" in str(task.exception())
        with postgresql.begin(1) as scope:
            applications.remove(scope, "shop")
            owners.remove(scope, "platform")
            task = pool.submit(
                _in, postgresql, lambda other: applications.add(other, shop, at=NOON)
            )
            until_waiting(task)
        assert "no owner 'platform'" in str(task.exception())


def _in(database, act: Callable[[Scope], object]) -> None:
    with database.begin(1) as scope:
        act(scope)
