"""Applications: what is released, by whom."""

from datetime import UTC, datetime

import pytest

from keypin.inventory.entries import Application, Owner, Platform
from keypin.watch.inventory import UnknownError, applications, owners

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

OWNER = Owner(name="platform", title="Platform team", mail=("platform@example.com",))


def test_an_application_knows_its_owner_and_its_key(shop) -> None:
    """The key stands in the address that its reports go to."""
    with shop.begin(1) as scope:
        owners.add(scope, OWNER)
        entry = Application(name="shop", platform=Platform.IOS, owner="platform")
        edit = applications.change(scope, entry)
        found = applications.find(scope, "shop")
    assert edit.after["platform"] == "ios"
    assert (found.owner, found.platform, found.tags, len(found.report_key)) == (
        "platform",
        "ios",
        (),
        32,
    )


def test_organisations_do_not_see_each_other(shop) -> None:
    """Not by name, and not in lists."""
    with shop.begin(2) as scope:
        assert applications.listed(scope) == ()
        with pytest.raises(UnknownError):
            applications.remove(scope, "shop")


def test_an_owner_who_is_not_there_is_refused(shop) -> None:
    """A misspelt name would leave alerts with nobody."""
    with shop.begin(1) as scope, pytest.raises(UnknownError, match="no owner 'ops'"):
        applications.change(scope, Application(name="shop", owner="ops"))
