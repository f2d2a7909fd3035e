"""A burst is more than the noise of every day, from more than one client, and is told once."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.reports import BurstRule, BurstState, Stretch, fold, step, threshold

WIDTH = BurstRule().width


@pytest.fixture
def run(now):
    """Return a function that folds counts, one a stretch, and returns each state."""

    def states(counts, sources=50, state=None):
        found = []
        for index, count in enumerate(counts):
            state = step(state or BurstState(), Stretch(now + index * WIDTH, count, sources))
            found.append(state)
        return found

    return states


def bursts(states) -> int:
    """Return how many bursts began."""
    since = [state.since for state in states]
    return sum(1 for one, two in zip([None, *since], since, strict=False) if two and one != two)


def test_out_of_silence(run) -> None:
    """A group that was never seen before is a burst as soon as it is large enough."""
    assert not run([19])[-1].bursting
    begun = run([20])[-1]
    assert (begun.bursting, begun.peak, begun.reports) == (True, 20, 20)


def test_one_client_in_a_loop(run) -> None:
    """However much it sends."""
    assert bursts(run([0, 500, 900], sources=4)) == 0


def test_noise_is_none(run) -> None:
    """What comes every day is not told, nor what swings around it."""
    assert bursts(run([0] * 10 + [10, 14, 8, 19, 12] * 30)) == 0


def test_a_busy_day(run) -> None:
    """A new normal is told once, and a true burst above it again."""
    noisy = [100 + 10 * (index % 5) for index in range(200)]
    assert bursts(run([0] * 100 + noisy + [130, 500, 600, 500] + noisy)) == 2


def test_a_spike_does_not_move_the_line(run) -> None:
    """The median of the past does not know it."""
    state = run([30] * 96 + [9_000])[-1]
    assert threshold(state) == 90


def test_it_ends_when_it_is_calm(run) -> None:
    """Three calm stretches in a row end it, and two do not; what swings is one burst."""
    states = run([50, 4, 4, 50, 4, 4, 15, 50, 4, 4, 4, 4])
    assert [state.bursting for state in states] == [True] * 10 + [False] * 2
    assert (states[7].peak, states[7].reports) == (50, 181)
    assert bursts(states) == 1


def test_stretches_without_reports_may_be_left_out(now) -> None:
    """They are calm, and part of the past."""
    state = fold([Stretch(now, 50, 9), Stretch(now + 2 * WIDTH, 1, 1)])
    assert (state.bursting, state.recent, state.quiet) == (True, (50, 0, 1), 2)
    state = fold([Stretch(now + 9 * WIDTH, 60, 9)], state)
    assert (state.since, state.recent[:5]) == (now + 9 * WIDTH, (50, 0, 1, 0, 0))
    far = fold([Stretch(now + timedelta(days=900), 1, 1)], state)
    assert (len(far.recent), far.bursting) == (96, False)


def test_a_stretch_counts_once(now) -> None:
    """A machine that was killed folds the last one again."""
    one = Stretch(now, 50, 9)
    assert fold([one, one, Stretch(now - WIDTH, 7, 7)]) == fold([one])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 10**6), st.integers(0, 99))))
def test_any_course(rows) -> None:
    """A burst is bounded in memory, and never smaller than the rule says."""
    from datetime import UTC, datetime  # noqa: PLC0415 - of this test alone

    at, state = datetime(2026, 1, 1, tzinfo=UTC), BurstState()
    for gap, count, sources in rows:
        at += gap * WIDTH
        before, state = state, step(state, Stretch(at, count, sources))
        assert len(state.recent) <= 96
        if state.bursting and state.since == at:
            assert count >= 20
            assert sources >= 5
            assert state.since != before.since
