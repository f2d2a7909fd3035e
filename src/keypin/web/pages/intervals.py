"""Intervals that were observed, put into lanes of a timeline that do not overlap.

Pure: spans of values in, intervals out. Several addresses show the same for nearly the same time:
spans of one value that touch are one. Different values at one time stand in lanes below each other,
or, where a lane may have but one, the worst of them is shown.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Value = TypeVar("Value", bound=Hashable)

# Addresses are read one after the other: a value that is back so soon was never gone.
_GAP = timedelta(minutes=10)


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
    ends = {one.ends for one in spans if one.ends is not None}
    edges = sorted({one.begins for one in spans} | ends)
    found: list[Span[Value]] = []
    for index, begins in enumerate(edges):
        until = edges[index + 1] if index + 1 < len(edges) else None
        there = [
            one.value
            for one in spans
            if one.begins <= begins and (one.ends is None or begins < one.ends)
        ]
        if not there:
            continue
        value = min(there, key=rank)
        if found and found[-1].value == value and found[-1].ends == begins:
            found[-1] = Span(found[-1].begins, until, value)
        else:
            found.append(Span(begins, until, value))
    return tuple(found)
