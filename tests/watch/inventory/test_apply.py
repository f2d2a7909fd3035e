"""`keypin.toml` is applied: what is written stands, and applying it again changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Endpoint
from keypin.errors import InventoryError
from keypin.inventory import CtWatch, Inventory, WatchedEndpoint, diff, loads, resolved
from keypin.inventory.change import Action, Change, Kind
from keypin.watch.inventory import endpoints, owners, releases
from keypin.watch.inventory.apply import apply
from keypin.watch.inventory.standing import shares_of, standing
from keypin.watch.inventory.written import with_brought
from keypin.watch.store.tables import releases as table

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

TOML = """
version = 1
organisation = "acme"

[[owner]]
name = "platform"
mail = ["platform@example.com"]

[[application]]
name = "shop"
title = "The shop"
owner = "platform"

[[application.release]]
version = "1.0"
released = 2026-01-02
share = 0.4
pins = "old.toml"

[[application.release]]
version = "1.1"
pins = "new.toml"

[[endpoint]]
host = "api.example.com"
interval = "5m"
owner = "platform"
"""


@pytest.fixture
def wanted(toml):
    """Return a function that reads a keypin.toml whose files hold pins."""

    def read(text: str = TOML, key: str = "b") -> Inventory:
        files = {
            "old.toml": toml("api.example.com", key="a").encode(),
            "new.toml": toml("api.example.com", key=key).encode(),
        }
        return resolved(loads(text), files.__getitem__)

    return read


def _apply(scope, wanted: Inventory) -> list[str]:
    shares, whole = shares_of(releases.listed(scope)), with_brought(scope, wanted)
    changes = diff(standing(scope, wanted), whole, shares=shares)
    return [f"{one.did} {one.subject}" for one in apply(scope, changes, wanted, at=NOON)]


def test_a_file_stands_once_it_was_applied(any_database, wanted) -> None:
    """Applied again, it finds nothing to do."""
    with any_database.begin(1) as scope:
        assert _apply(scope, wanted()) == [
            "added platform",
            "added shop",
            "added shop 1.1",
            "added shop 1.0",
            "changed api.example.com:443",
        ]
        assert diff(standing(scope, wanted()), wanted()) == ()
        newest = standing(scope).applications[0].releases[0]  # no file gave it a day
        assert (newest.version, newest.released) == ("1.1", NOON.date())
        (one,) = endpoints.listed(scope)
    assert (one.interval, one.origin) == (timedelta(minutes=5), endpoints.Origin.CODE)


def test_what_is_written_no_more_goes(database, wanted) -> None:
    """A release is retired; what a release pins stays, as pins bring it."""
    with database.begin(1) as scope:
        _apply(scope, wanted())
        by_hand = WatchedEndpoint(endpoint=Endpoint("hand.example.com"))
        endpoints.add(scope, by_hand, at=NOON)
        text = TOML.replace(
            'version = "1.1"\npins = "new.toml"', 'version = "2.0"\npins = "new.toml"'
        )
        text = text[: text.index("[[endpoint]]")].replace('owner = "platform"\n', "")
        done = _apply(scope, wanted(text))
        assert done == [
            "changed shop",
            "added shop 2.0",
            "changed api.example.com:443",
            "removed hand.example.com:443",
            "changed shop 1.1",
        ]
        assert [one.version for one in releases.listed(scope)] == ["2.0", "1.0"]
        (left,) = endpoints.listed(scope)
        assert (left.endpoint.host, left.owner) == ("api.example.com", None)
        assert (left.interval, left.origin) == (timedelta(hours=1), endpoints.Origin.PINS)
        assert len(owners.listed(scope)) == 1
        assert _apply(scope, wanted(text)) == []


def test_a_release_comes_back_and_can_be_corrected(database, wanted) -> None:
    """What was written down wrong is right afterwards."""
    with database.begin(1) as scope:
        _apply(scope, wanted())
        releases.retire(scope, "shop", "1.1", at=NOON)
        assert _apply(scope, wanted()) == ["changed shop 1.1"]
        assert _apply(scope, wanted(key="c")) == ["changed shop 1.1"]
        assert _apply(scope, wanted(key="c")) == []


def test_shares_are_those_of_the_file_whatever_was_before(database, wanted) -> None:
    """On the way they may make more than 1; a time of the day that is known stays."""
    before = TOML.replace("share = 0.4", "share = 0.7").replace(
        'version = "1.1"', 'version = "1.1"\nshare = 0.3'
    )
    after = before.replace("share = 0.3", "share = 0.9").replace("share = 0.7", "share = 0.1")
    with database.begin(1) as scope:
        _apply(scope, wanted(before))
        morning = datetime(2026, 1, 2, 8, tzinfo=UTC)
        scope.execute(scope.update(table).where(table.c.share == 0.7).values(released_at=morning))
        assert _apply(scope, wanted(after)) == ["changed shop 1.1", "changed shop 1.0"]
        found = {one.version: (one.share, one.released_at) for one in releases.listed(scope)}
    assert found == {"1.1": (0.9, NOON), "1.0": (0.1, morning)}


def test_what_is_kept_elsewhere_is_changed_there(database, wanted) -> None:
    """Routes and rules are alerting's."""
    change = Change(action=Action.ADD, kind=Kind.ROUTE, subject="on-call")
    with database.begin(1) as scope:
        with pytest.raises(InventoryError, match="the route on-call cannot be changed here"):
            apply(scope, [change], wanted(), at=NOON)
        gone = Change(action=Action.REMOVE, kind=Kind.ENDPOINT, subject="x.example:443")
        with pytest.raises(InventoryError, match="no endpoint"):
            apply(scope, [gone], wanted(), at=NOON)


def test_pins_that_were_not_read_are_not_applied(database) -> None:
    """A release without pins would be judged by none."""
    with database.begin(1) as scope:
        unread = loads(TOML)
        with pytest.raises(InventoryError, match=r"the pins of shop 1\.1 were not read"):
            apply(scope, diff(standing(scope), unread), unread, at=NOON)


def test_what_is_expected_of_logs_is_applied(any_shop, wanted) -> None:
    """Of all, of an application and of an endpoint; a file that does not say it leaves it."""
    said = (
        TOML.replace("[[owner]]", '[ct]\nexpected_issuers = ["A CA"]\ncaa = true\n\n[[owner]]')
        .replace('title = "The shop"', 'expected_issuers = ["B CA"]')
        .replace('interval = "5m"', 'expected_issuers = ["C CA", "D CA"]')
    )
    for text in (said, said.partition("[ct]")[0] + "[[owner]]" + said.partition("[[owner]]")[2]):
        with any_shop.begin(1) as scope:
            apply(scope, diff(standing(scope), wanted(text)), wanted(text), at=NOON)
        with any_shop.read(1) as scope:
            found = standing(scope, wanted(text))
        assert found.ct == CtWatch(expected_issuers=("A CA",), caa=True)
        assert found.applications[0].expected_issuers == ("B CA",)
        assert found.endpoints[0].expected_issuers == ("C CA", "D CA")
        assert diff(found, wanted(text)) == ()
    with any_shop.read(2) as scope:
        assert standing(scope).ct is None
