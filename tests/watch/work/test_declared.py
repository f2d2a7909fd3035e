"""What may be declared, and how tries and periods are counted."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.watch.work.declared import Declared, pause, period_of


def _nothing(*_: object) -> None:
    pass


def test_a_name_is_given_once():
    """Two parts that take the same name are told before anything runs."""
    declared = Declared()
    declared.job("one", _nothing, attempts=1, at_once=1)
    declared.every("one", timedelta(hours=1), _nothing)
    with pytest.raises(ValueError, match="two jobs are called one"):
        declared.job("one", _nothing, attempts=1, at_once=1)
    with pytest.raises(ValueError, match="two schedules are called one"):
        declared.every("one", timedelta(hours=1), _nothing)


@pytest.mark.parametrize(("attempts", "at_once"), [(0, 1), (1, 0)])
def test_a_job_is_tried_and_run_at_least_once(attempts: int, at_once: int):
    """A job that could never run is a mistake of its author."""
    with pytest.raises(ValueError, match="at least once"):
        Declared().job("one", _nothing, attempts=attempts, at_once=at_once)


def test_no_period_is_shorter_than_a_second():
    """What is done more often than that is a loop, and no schedule."""
    with pytest.raises(ValueError, match="must be a second at least"):
        Declared().every("one", timedelta(milliseconds=999), _nothing)


def test_a_job_that_was_not_declared_is_refused_by_name():
    """It is refused when it is submitted, not when it should run."""
    with pytest.raises(ValueError, match="no job is called lost"):
        Declared().task("lost")


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (12, 2048), (13, 3600)])
def test_the_time_between_tries_doubles_up_to_an_hour(tries: int, seconds: int):
    """A second comes first, and a far end is given an hour at most."""
    assert pause(tries) == timedelta(seconds=seconds)


def test_periods_are_the_same_on_every_machine():
    """They are counted from 1970, not from a start."""
    at = datetime(2026, 11, 29, 12, 0, 59, tzinfo=UTC)
    minute = timedelta(minutes=1)
    assert period_of(at, minute) + 1 == period_of(at + timedelta(seconds=1), minute)
