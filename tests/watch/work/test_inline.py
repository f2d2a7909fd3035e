"""What the port means, said by its simplest implementation, with a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.watch.work import Argument, Inline, Work


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at

    def move(self, **by: float) -> None:
        """Move the clock, forward or back."""
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Return a clock at noon."""
    return Clock()


@pytest.fixture
def work(clock: Clock) -> Inline:
    """Return work by that clock."""
    return Inline(clock)


def test_it_is_an_implementation_of_the_port(work: Inline):
    """Whoever asks for the port may be handed this."""
    port: Work = work
    port.start()
    assert port.problem() is None
    port.stop()


def test_a_submitted_job_waits_until_it_is_asked_for(work: Inline):
    """Then it is done, with what it was given."""
    done: list[Argument] = []
    work.job("greet", done.append)
    work.submit("greet", {"name": "ada"}, key="1")
    assert not done
    assert work.run_due() == 1
    assert done == [{"name": "ada"}]


def test_a_job_may_submit_another_which_is_done_in_the_same_run(work: Inline):
    """So one call brings everything to its end."""
    done: list[Argument] = []
    work.job("second", done.append)
    work.job("first", lambda one: work.submit("second", one, key="2"))
    work.submit("first", {}, key="1")
    assert work.run_due() == 2
    assert done == [{}]


def test_a_job_that_fails_is_tried_again_after_one_second_then_two(work: Inline, clock: Clock):
    """After the last try it is given up."""
    tries: list[datetime] = []

    def fail(_: Argument) -> None:
        tries.append(clock())
        raise OSError("the mail server is away")

    work.job("mail", fail, attempts=3)
    work.submit("mail", {}, key="1")
    for _ in range(10):
        work.run_due()
        clock.move(seconds=1)
    assert [(one - tries[0]).total_seconds() for one in tries] == [0, 1, 3]


def test_a_schedule_runs_once_in_each_period(work: Inline, clock: Clock):
    """Two looks within a minute find one run."""
    runs: list[datetime] = []
    work.every("tidy", timedelta(minutes=1), lambda: runs.append(clock()))
    for _ in range(6):
        work.run_due()
        clock.move(seconds=30)
    assert len(runs) == 3


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_jumps_by_a_day_costs_one_run_and_no_more(
    work: Inline, clock: Clock, days: int
):
    """Schedules neither stop nor storm."""
    runs: list[datetime] = []
    work.every("tidy", timedelta(minutes=1), lambda: runs.append(clock()))
    work.run_due()
    clock.move(days=days)
    work.run_due()
    work.run_due()
    assert len(runs) == 2


def test_a_schedule_that_fails_is_run_again_in_its_next_period(work: Inline, clock: Clock):
    """A failure costs one period."""
    runs: list[datetime] = []

    def fail() -> None:
        runs.append(clock())
        raise OSError("disk full")

    work.every("tidy", timedelta(minutes=1), fail)
    work.run_due()
    clock.move(minutes=1)
    work.run_due()
    assert len(runs) == 2
