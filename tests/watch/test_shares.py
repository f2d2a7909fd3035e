"""Machines share the work, and a dead one's share moves."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from keypin.watch import shares
from keypin.watch.settings import Part, Settings
from keypin.watch.shares import Shares, name_of_worker
from keypin.watch.store import Database
from keypin.watch.store.tables import workers

KEYS = [f"log {number}" for number in range(100)]
ALL = Settings()


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at


def of(worker: Shares, part: Part = Part.LOGS) -> set[str]:
    """Return the keys that are a worker's."""
    return {key for key in KEYS if worker.share(part, key)}


def test_alone_everything_is_ours(database: Database) -> None:
    """Before it has joined, and after."""
    one = Shares(database, ALL, "one", Clock())
    assert of(one) == set(KEYS)
    one.join()
    assert of(one) == set(KEYS)


def test_three_share_evenly_and_each_piece_is_one_s(any_database: Database) -> None:
    """Each has about a third; none has another's."""
    three = [Shares(any_database, ALL, name, Clock()) for name in ("one", "two", "three")]
    for one in three:
        one.join()
    for one in three:
        one.beat()
    parts = [of(one) for one in three]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 100
    assert all(20 < len(part) < 50 for part in parts)


def test_the_share_of_a_dead_one_moves_and_no_other(any_database: Database) -> None:
    """Eight seconds after its last beat, those that live have its pieces besides their own."""
    clock = Clock()
    one, two, dead = (Shares(any_database, ALL, name, clock) for name in ("one", "two", "dead"))
    for each in (one, two, dead, one, two):
        each.join()
    before = of(one), of(two), of(dead)
    clock.at += timedelta(seconds=9)
    for each in (one, two, one):
        each.beat()
    assert of(one) >= before[0]
    assert of(two) >= before[1]
    assert of(one) | of(two) == set(KEYS)
    assert not of(one) & of(two)


def test_who_died_while_the_clock_was_ahead_is_dead(any_database: Database) -> None:
    """Else a part of the work would be nobody's until then."""
    clock = Clock()
    one, dead = (Shares(any_database, ALL, name, clock) for name in ("one", "dead"))
    clock.at += timedelta(days=1)
    dead.join()
    clock.at -= timedelta(days=1)
    one.join()
    assert of(one) == set(KEYS)
    one.beat()
    with any_database.read_across() as connection:
        assert connection.execute(select(workers.c.id)).scalars().all() == ["one"]


def test_who_leaves_is_missed_at_the_next_beat(database: Database) -> None:
    """A stop is no death: nobody waits eight seconds."""
    one, two = (Shares(database, ALL, name, Clock()) for name in ("one", "two"))
    one.join()
    two.join()
    two.leave()
    one.beat()
    assert of(one) == set(KEYS)


def test_who_was_removed_joins_again(database: Database) -> None:
    """As after a machine slept for an hour."""
    one, two = (Shares(database, ALL, name, Clock()) for name in ("one", "two"))
    one.join()
    one.leave()
    one.beat()
    two.join()
    one.beat()
    assert of(one) | of(two) == set(KEYS)
    assert len(of(two)) < 100


def test_only_those_that_do_a_part_share_it(database: Database) -> None:
    """And every place probes everything, whatever others probe."""
    probes = replace(ALL, parts=frozenset({Part.PROBER}), vantage="oslo")
    one, prober = Shares(database, ALL, "one", Clock()), Shares(database, probes, "oslo", Clock())
    prober.join()
    one.join()
    prober.beat()
    assert of(one) == set(KEYS)
    assert of(one, Part.PROBER) == of(prober, Part.PROBER) == set(KEYS)


def test_who_cannot_reach_the_database_goes_on_with_what_it_has(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so, until it can."""
    monkeypatch.setattr(shares, "_ALONE_BEAT", 0.005)
    database = Database(f"sqlite:///{tmp_path / 'keypin.db'}")
    one, stop = Shares(database, ALL, "one", Clock()), threading.Event()
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    waited = threading.Event()
    while one.failure is None:
        waited.wait(0.005)
    assert one.failure == "other processes are not seen: OperationalError"
    assert of(one) == set(KEYS)
    database.migrate()
    while one.failure is not None:
        waited.wait(0.005)
    stop.set()
    thread.join()
    database.close()


def test_a_process_has_a_name_of_its_own(database: Database, postgresql: Database) -> None:
    """With SQLite it is always the same: the next life goes on where the last one ended."""
    assert name_of_worker(database) == name_of_worker(database) == "here"
    assert name_of_worker(postgresql) != name_of_worker(postgresql)
