"""Intervals that were observed, put into lanes of a timeline that do not overlap.

Pure: spans of values in, intervals out. Several addresses show the same for nearly the same time:
spans of one value that touch are one. Different values at one time stand in lanes below each other,
or, where a lane may have but one, the worst of them is shown. What is too short to be seen is drawn
together with what is beside it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from keypin.web.views.parts import Tone
from keypin.web.views.timeline import Interval
from keypin.web.words import plural

Value = TypeVar("Value", bound=Hashable)

# Addresses are read one after the other: a value that is back so soon was never gone.
_GAP = timedelta(minutes=10)

# How many of those that stand together are named, and how they look.
_NAMED = 5
_LOUDEST = (Tone.BAD, Tone.WARNING, Tone.NOTE, Tone.GOOD, Tone.QUIET)


@dataclass(frozen=True, slots=True)
class Span(Generic[Value]):
    """A value from when until when; until now, where `ends` is None."""

    begins: datetime
    ends: datetime | None
    value: Value


def united(spans: Iterable[Span[Value]]) -> tuple[Span[Value], ...]:
    """Return the spans of each value united where they touch, by their beginning."""
    each: dict[Value, list[Span[Value]]] = {}
    for one in sorted(spans, key=lambda span: span.begins):
        several = each.setdefault(one.value, [])
        last = several[-1] if several else None
        if last is not None and (last.ends is None or one.begins <= last.ends + _GAP):
            ends = None if last.ends is None or one.ends is None else max(last.ends, one.ends)
            several[-1] = Span(last.begins, ends, one.value)
        else:
            several.append(one)
    found = (one for several in each.values() for one in several)
    return tuple(sorted(found, key=lambda span: span.begins))


def lanes(spans: Sequence[Span[Value]], most: int) -> tuple[tuple[Span[Value], ...], ...]:
    """Return spans in lanes within which none overlap; what fits in none of so many is left out."""
    found: list[list[Span[Value]]] = []
    for one in spans:
        for lane in found:
            ends = lane[-1].ends
            if ends is not None and ends <= one.begins + _GAP:
                begins = max(one.begins, ends)
                later = one.ends is None or begins < one.ends
                lane.extend([Span(begins, one.ends, one.value)] if later else [])
                break
        else:
            if len(found) < most:
                found.append([one])
    return tuple(map(tuple, found))


def worst(spans: Sequence[Span[Value]], rank: Callable[[Value], int]) -> tuple[Span[Value], ...]:
    """Return one lane, in which at each moment the value of the least rank stands."""
    starts, stops = Counter[tuple[datetime, Value]](), Counter[tuple[datetime, Value]]()
    for one in spans:
        starts[one.begins, one.value] += 1
        if one.ends is not None:
            stops[one.ends, one.value] += 1
    edges = sorted({at for at, _ in (*starts, *stops)})
    ranked = sorted({one.value for one in spans}, key=rank)
    there = Counter[Value]()
    found: list[Span[Value]] = []
    for index, begins in enumerate(edges):
        for each in ranked:
            there[each] += starts[begins, each] - stops[begins, each]
        shown = [each for each in ranked if there[each] > 0][:1]
        if not shown:
            continue
        (value,) = shown
        until = edges[index + 1] if index + 1 < len(edges) else None
        if found and found[-1].value == value and found[-1].ends == begins:
            found[-1] = Span(found[-1].begins, until, value)
        else:
            found.append(Span(begins, until, value))
    return tuple(found)


def gathered(
    intervals: Sequence[Interval], finest: timedelta, at: datetime
) -> tuple[Interval, ...]:
    """Return the intervals of a lane, those together that are too short to be told apart.

    Args:
        intervals: from left to right, none over another.
        finest: what is shorter is too short, and what is nearer is together.
        at: now, for what has not ended.
    """
    runs: list[list[Interval]] = []
    for one in intervals:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and _short(one, finest, at)
            and _short(last, finest, at)
            and one.begins - (last.ends or at) < finest
        ):
            runs[-1].append(one)
        else:
            runs.append([one])
    return tuple(_together(run) if len(run) > 1 else run[0] for run in runs)


def _short(one: Interval, finest: timedelta, at: datetime) -> bool:
    return not one.planned and (one.ends or at) - one.begins < finest


def _together(run: Sequence[Interval]) -> Interval:
    labels = list(dict.fromkeys(one.label for one in run))
    more = [f"and {plural(len(labels) - _NAMED, 'other')}"] if len(labels) > _NAMED else []
    return Interval(
        begins=run[0].begins,
        ends=run[-1].ends,
        label=plural(len(run), "change"),
        detail=(*labels[:_NAMED], *more),
        tone=min((one.tone for one in run), key=_LOUDEST.index),
    )
