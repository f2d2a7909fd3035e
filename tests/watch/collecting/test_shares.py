"""Each release's share of users, from what was seen of it."""

from datetime import timedelta

import pytest

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.reports import Seen
from keypin.watch.collecting.filing_counts import Sightings
from keypin.watch.collecting.shares import measure
from keypin.watch.inventory import endpoints
from keypin.watch.store.tables import endpoints as table
from keypin.watch.store.tables import pin_sets, releases


def _pins(host: str) -> str:
    pins = f'pins = ["sha256/{"A" * 43}="]\nno_backup = "a test"\n'
    return f'version = 1\n[[policy]]\nhost = "{host}"\n{pins}'


@pytest.fixture
def release(any_core, clock):
    """Return a function that releases a version of the shop."""
    with any_core.database.begin(1) as scope:
        pins = scope.add(
            pin_sets, digest=bytes(32), text=_pins("other.example.com"), created_at=clock.at
        )

    def make(version: str, **values: object) -> None:
        with any_core.database.begin(1) as scope:
            row = {"released_at": clock.at - timedelta(days=9), "created_at": clock.at, **values}
            row = {"pin_set": pins, **row}
            scope.add(
                releases,
                application=1,
                version=version,
                form="pins.toml",
                remarks=[],
                **row,
            )

    return make


def _see(core, *seen: Seen) -> None:
    with core.database.begin_across() as connection:
        Sightings(connection, 1, 1).add(seen)


def _measured(core) -> dict[str, float | None]:
    with core.database.read(1) as scope:
        rows = scope.rows(scope.select(releases.c.version, releases.c.measured))
    return {row["version"]: row["measured"] for row in rows}


def test_check_ins_give_each_release_its_share(any_core, release, clock) -> None:
    """Also those that nobody was seen with, unless they are new; reports do not count then."""
    for version in ("3.1", "3.2", "2.0"):
        release(version)
    release("4.0", released_at=clock.at)
    today = clock.at.date()
    _see(any_core, Seen("3.1", today, check_ins=30), Seen("3.2", today, 50, reports=999))
    _see(any_core, Seen("3.2", today, check_ins=20))
    assert measure(any_core) == 3
    assert _measured(any_core) == {"3.1": 0.3, "3.2": 0.7, "2.0": 0.0, "4.0": None}


def test_reports_tell_where_nobody_checks_in(any_core, release, clock) -> None:
    """And what is given by hand divides the rest among the others."""
    release("3.1", share=0.5)
    release("3.2")
    release("3.3")
    _see(any_core, *(Seen(one, clock.at.date(), reports=10) for one in ("3.1", "3.2", "3.3")))
    measure(any_core)
    assert _measured(any_core) == {"3.1": 0.5, "3.2": 0.25, "3.3": 0.25}


def test_shares_by_hand_that_cannot_be_are_left_out(any_core, release, clock, caplog) -> None:
    """More than all users together."""
    release("3.1", share=0.9)
    release("3.2", share=0.9)
    _see(any_core, Seen("3.1", clock.at.date(), check_ins=10))
    measure(any_core)
    assert _measured(any_core) == {"3.1": 1.0, "3.2": 0.0}
    assert "1.800 together" in caplog.text


def test_nothing_is_said_where_nothing_was_seen(any_core, release) -> None:
    """An application that neither reports nor checks in has shares by hand alone."""
    release("3.1")
    assert measure(any_core) == 0
    assert _measured(any_core) == {"3.1": None}


def test_what_alerts_said_is_judged_anew_when_a_share_is_another(any_core, release, clock) -> None:
    """When it becomes known, and when it moves by some percent; not for each user."""
    with any_core.database.begin(1) as scope:
        endpoints.add(scope, WatchedEndpoint(endpoint=Endpoint("api.example.com")), at=clock.at)
        text = _pins("api.example.com")
        pins = scope.add(pin_sets, digest=b"1" * 32, text=text, created_at=clock.at)
    release("3.1", pin_set=pins)
    release("3.2")

    def due(*seen: Seen) -> bool:
        with any_core.database.begin(1) as scope:
            scope.execute(scope.update(table).values(judge_at=None))
        _see(any_core, *seen)
        measure(any_core)
        with any_core.database.read(1) as scope:
            return scope.value(scope.select(table.c.judge_at)) == clock.at

    today = clock.at.date()
    assert not due()
    assert due(Seen("3.1", today, check_ins=50), Seen("3.2", today, check_ins=50))
    assert not due(Seen("3.1", today, check_ins=1))
    assert due(Seen("3.1", today, check_ins=100))
