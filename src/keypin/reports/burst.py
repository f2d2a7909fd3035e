"""Whether what comes in now is a burst, or the noise of every day.

A stretch of time is compared with the median of those before it, which no single spike moves and
half a window of a new level does: a burst that stays is the new normal, and is told once. The
spread is the median absolute deviation, the robust twin of the standard deviation (Hampel, 1974).

A burst ends when several stretches in a row are calm, at a threshold below that at which it began,
so that what swings around one line is not told twenty times.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

# The median absolute deviation of a normal distribution is the standard deviation by this.
_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Stretch:
    """What came in within one stretch of time.

    Attributes:
        start: when it begins, timezone-aware; a multiple of the rule's width after any other.
        count: how many reports.
        sources: from how many sources.
    """

    start: datetime
    count: int
    sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstRule:
    """When it is a burst.

    Attributes:
        width: how long a stretch is.
        window: how many stretches are remembered; half of them make a new normal.
        count: fewer reports in a stretch are never one.
        sources: from fewer sources it is never one: one client in a loop is noise.
        sigmas: how many deviations above the median it begins.
        factor: how many times the median it begins, whatever the deviation.
        calm: after how many calm stretches in a row it ends.
        ease: a stretch below this part of the threshold is calm.
    """

    width: timedelta = timedelta(minutes=5)
    window: int = 96
    count: int = 20
    sources: int = 5
    sigmas: float = 6.0
    factor: float = 3.0
    calm: int = 3
    ease: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstState:
    """What is remembered between two stretches; begin with `BurstState()`.

    Attributes:
        recent: the counts of the latest stretches, the oldest first.
        latest: when the last of them began.
        since: when the burst began, or None where there is none.
        peak: the most reports of a stretch of it.
        reports: how many reports it has so far.
        quiet: how many stretches in a row were calm.
    """

    recent: tuple[int, ...] = ()
    latest: datetime | None = None
    since: datetime | None = None
    peak: int = 0
    reports: int = 0
    quiet: int = 0

    @property
    def bursting(self) -> bool:
        """Whether there is a burst now."""
        return self.since is not None


DEFAULT = BurstRule()


def threshold(state: BurstState, rule: BurstRule = DEFAULT) -> float:
    """Return how many reports in a stretch begin a burst.

    What is not known of the past counts as nothing: a group that appears at once is a burst.
    """
    counts = (*(0 for _ in range(rule.window - len(state.recent))), *state.recent)
    middle = median(counts)
    deviation = _TO_SIGMA * median(abs(count - middle) for count in counts)
    return max(rule.count, rule.factor * middle, middle + rule.sigmas * deviation)


def step(state: BurstState, stretch: Stretch, rule: BurstRule = DEFAULT) -> BurstState:
    """Return the state after one more stretch.

    Stretches without reports may be left out. One that is not later than the last is ignored: it
    was counted.
    """
    if state.latest is not None and stretch.start <= state.latest:
        return state
    state = _over_gap(state, stretch.start, rule)
    limit = threshold(state, rule)
    begins = stretch.count >= limit and stretch.sources >= rule.sources
    if not state.bursting:
        begun = _begun(state, stretch) if begins else state
        return _remembered(begun, stretch, rule)
    calm = not begins and stretch.count < rule.ease * limit
    state = replace(
        state,
        quiet=state.quiet + 1 if calm else 0,
        peak=max(state.peak, stretch.count),
        reports=state.reports + stretch.count,
    )
    return _remembered(_ended(state) if state.quiet >= rule.calm else state, stretch, rule)


def fold(
    stretches: Iterable[Stretch], state: BurstState | None = None, rule: BurstRule = DEFAULT
) -> BurstState:
    """Return the state after several stretches, the oldest first."""
    state = state or BurstState()
    for stretch in stretches:
        state = step(state, stretch, rule)
    return state


def _over_gap(state: BurstState, start: datetime, rule: BurstRule) -> BurstState:
    """Return the state after the empty stretches before `start`, no more than a window of them."""
    if state.latest is None:
        return state
    empty = min(int((start - state.latest) / rule.width) - 1, rule.window)
    recent = (*state.recent, *(0 for _ in range(empty)))[-rule.window :]
    quiet = state.quiet + empty if state.bursting else 0
    state = replace(state, recent=recent, quiet=quiet)
    return _ended(state) if quiet >= rule.calm else state


def _begun(state: BurstState, stretch: Stretch) -> BurstState:
    return replace(state, since=stretch.start, peak=stretch.count, reports=stretch.count, quiet=0)


def _ended(state: BurstState) -> BurstState:
    return replace(state, since=None, peak=0, reports=0, quiet=0)


def _remembered(state: BurstState, stretch: Stretch, rule: BurstRule) -> BurstState:
    recent = (*state.recent, stretch.count)[-rule.window :]
    return replace(state, recent=recent, latest=stretch.start)
