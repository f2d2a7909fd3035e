"""What is done once in each period, on each kind of database."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from keypin.watch.store import Database
from keypin.watch.work.claims import LEASE, Claims
from keypin.watch.work.declared import Declared
from keypin.watch.work.schedules import Schedules

MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at


class Machine:
    """One process with one schedule, whose runs are counted."""

    def __init__(self, database: Database, clock: Clock, name: str, period: timedelta) -> None:
        self.runs = 0
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.leave.set()
        declared = Declared()
        declared.every("tidy", period, self._run)
        self.schedules = Schedules(database, declared, clock, name)
        self.schedules._claims.declare(["tidy"])

    def _run(self) -> None:
        self.runs += 1
        self.entered.set()
        self.leave.wait(10)

    def tick(self) -> None:
        """Look at the clock, and let what is begun come to its end."""
        self.schedules.tick()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing runs, unless something is held."""
        waited = threading.Event()
        while self.leave.is_set() and self.schedules._running:
            waited.wait(0.002)


@pytest.fixture
def clock() -> Clock:
    """Return a clock at noon."""
    return Clock()


@pytest.fixture
def machine(any_database: Database, clock: Clock) -> Iterator[Callable[..., Machine]]:
    """Return a function that adds a machine."""
    machines: list[Machine] = []

    def new(name: str, period: timedelta = MINUTE) -> Machine:
        machines.append(Machine(any_database, clock, name, period))
        return machines[-1]

    yield new
    for one in machines:
        one.leave.set()
        one.schedules.stop()


def test_two_machines_run_each_period_once(machine: Callable[..., Machine], clock: Clock) -> None:
    """Whoever comes first runs it, and the other finds it done."""
    one, other = machine("one"), machine("other")
    for _ in range(3):
        for looker in (one, other, one, other):
            looker.tick()
        clock.at += MINUTE
    assert one.runs + other.runs == 3


def test_machines_whose_clocks_differ_by_little_run_each_period_once(
    machine: Callable[..., Machine], clock: Clock
) -> None:
    """The slower one takes its period, which is the one before, as done."""
    one, other = machine("one"), machine("other")
    clock.at += MINUTE
    one.tick()
    clock.at -= MINUTE
    other.tick()
    assert (one.runs, other.runs) == (1, 0)


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_jumps_by_a_day_neither_stops_nor_storms(
    machine: Callable[..., Machine], clock: Clock, days: int
) -> None:
    """The jump itself costs one run, and then the periods go on."""
    one = machine("one")
    one.tick()
    clock.at += timedelta(days=days)
    for _ in range(2):
        one.tick()
        one.tick()
        clock.at += MINUTE
    assert one.runs == 3


def test_a_run_that_takes_longer_than_its_period_is_not_joined_by_another(
    machine: Callable[..., Machine], clock: Clock
) -> None:
    """Neither here nor on another machine; when it has ended, the period of then is run."""
    one, other = machine("one"), machine("other")
    one.leave.clear()
    one.tick()
    assert one.entered.wait(10)
    for _ in range(3):
        clock.at += timedelta(seconds=20)
        one.schedules._renew_at = 0
        one.tick()
        other.tick()
    assert (one.runs, other.runs) == (1, 0)
    one.leave.set()
    one.settle()
    clock.at += MINUTE
    other.tick()
    assert other.runs == 1


def test_what_a_dead_machine_left_in_its_middle_is_run_again(
    any_database: Database, machine: Callable[..., Machine], clock: Clock
) -> None:
    """Its claim ends when it is not renewed, within the same day."""
    one = machine("one", timedelta(days=1))
    assert Claims(any_database, "dead").take("tidy", 20_786, clock.at)
    one.tick()
    assert one.runs == 0
    clock.at += LEASE + timedelta(seconds=1)
    one.schedules._renew_at = 0
    one.tick()
    assert one.runs == 1


def test_what_this_machine_left_before_it_was_killed_is_run_at_its_start(
    any_database: Database, machine: Callable[..., Machine], clock: Clock
) -> None:
    """A claim of its own name that it does not know is of its life before."""
    one = machine("one", timedelta(days=1))
    assert Claims(any_database, "one").take("tidy", 20_786, clock.at)
    one.tick()
    assert one.runs == 1
    one.tick()
    assert one.runs == 1


def test_a_claim_from_before_the_clock_was_set_back_holds_nothing(
    any_database: Database, clock: Clock
) -> None:
    """A day later it would end; nobody waits for that."""
    claims = Claims(any_database, "one")
    claims.declare(["tidy"])
    assert claims.take("tidy", 10_000, clock.at)
    assert Claims(any_database, "other").take("tidy", 9_000, clock.at - timedelta(days=1))


def test_a_schedule_that_fails_is_run_again_in_its_next_period(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged with its traceback."""
    declared = Declared()
    declared.every("tidy", MINUTE, lambda: 1 / 0)
    schedules = Schedules(database, declared, clock, "one")
    schedules.start()
    schedules.stop()
    assert "tidy failed; it is done again in its next period" in caplog.text
    assert Claims(database, "other").take("tidy", 10**9, clock.at)


def test_a_short_schedule_of_one_process_writes_nothing(database: Database, clock: Clock) -> None:
    """A commit a second would keep a disk awake for nothing."""
    one = Machine(database, clock, "one", timedelta(seconds=1))
    one.tick()
    clock.at += timedelta(seconds=1)
    one.tick()
    one.schedules.stop()
    assert one.runs == 2
    assert Claims(database, "other").take("tidy", 0, clock.at)


def test_a_database_that_is_away_is_told_and_waited_for(tmp_path, clock: Clock) -> None:
    """The schedules go on when it is back."""
    database = Database(f"sqlite:///{tmp_path / 'keypin.db'}")
    declared = Declared()
    runs: list[int] = []
    declared.every("tidy", MINUTE, lambda: runs.append(1))
    schedules = Schedules(database, declared, clock, "one")
    schedules.tick()
    assert schedules.failure == "schedules cannot be claimed: OperationalError"
    database.migrate()
    schedules._claims.declare(["tidy"])
    schedules.tick()
    schedules.stop()
    database.close()
    assert schedules.failure is None
    assert runs == [1]
