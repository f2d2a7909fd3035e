"""In a storm, what can wait makes room for what comes in."""

from keypin.watch.collecting.pressure import BUSY, Pressure


def test_a_storm_is_what_came_in_within_a_second() -> None:
    """It is over a second after the last of it."""
    pressure = Pressure()
    assert not pressure.busy(0.0)
    pressure.note(BUSY - 1, 10.0)
    assert not pressure.busy(10.0)
    pressure.note(1, 10.5)
    assert pressure.busy(10.9)
    assert not pressure.busy(11.2)
    assert not pressure.busy(12.0)


def test_whoever_works_rests_as_long_and_nine_times_as_long_in_a_storm() -> None:
    """So a tenth of the time is left for it."""
    pressure = Pressure()
    assert pressure.rest(0.2) == 0.2
    pressure.note(BUSY)
    assert round(pressure.rest(0.2), 6) == 1.8
