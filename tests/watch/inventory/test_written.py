"""Which endpoints a file has a line of: those of which anything is said, or that somebody made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Endpoint
from keypin.inventory import Application, Inventory, ReleaseEntry, WatchedEndpoint
from keypin.inventory.entries import Owner
from keypin.watch.inventory import endpoints, owners
from keypin.watch.inventory.endpoints import Origin
from keypin.watch.inventory.written import with_brought, written

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
QUIET = WatchedEndpoint(endpoint=Endpoint("a.example"))
SAID = (
    replace(QUIET, owner="mobile"),
    replace(QUIET, tags=("b",)),
    replace(QUIET, interval=timedelta(minutes=1)),
    replace(QUIET, vantage_points=("eu",)),
    replace(QUIET, expected_issuers=("A CA",)),
)


def _names(found) -> list[str]:
    return [one.endpoint.host for one in found]


@pytest.mark.parametrize("origin", Origin)
def test_each_of_which_anything_is_said_has_a_line(any_database, origin: Origin) -> None:
    """And those that came by themselves, where nothing is, have none unless they are named."""
    with any_database.begin(1) as scope:
        owners.add(scope, Owner(name="mobile"))
        number = endpoints.add(scope, QUIET, at=NOON, origin=origin).id
        made = origin in {Origin.HAND, Origin.CODE}
        assert _names(written(scope)) == ["a.example"] * made
        assert _names(written(scope, [QUIET.endpoint])) == ["a.example"]
        assert _names(written(scope, [Endpoint("a.example", 8443)])) == ["a.example"] * made
        for one in SAID:
            endpoints.change(scope, number, one)
            assert _names(written(scope, [QUIET.endpoint])) == ["a.example"]
            assert _names(written(scope)) == ["a.example"]


@pytest.mark.parametrize("origin", Origin)
def test_what_a_release_pins_or_logs_brought_stays_without_a_line(
    database, upload, origin: Origin
) -> None:
    """Nothing is said of it then; a file that names it says what it says."""
    file = Inventory(organisation="acme")
    release = ReleaseEntry(version="1.0", pin_set=upload("a.example").pin_set)
    pinning = replace(file, applications=(Application(name="shop", releases=(release,)),))
    naming = replace(file, endpoints=(SAID[1],))
    with database.begin(1) as scope:
        endpoints.add(scope, SAID[2], at=NOON, origin=origin)
        stays = (QUIET,) if origin is Origin.LOGS else ()
        assert with_brought(scope, file).endpoints == stays
        assert with_brought(scope, pinning).endpoints == (QUIET,)
        assert with_brought(scope, naming) == naming
