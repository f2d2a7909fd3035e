"""Counts that grow with what there is to tell, and not with how many reports come in.

Both kinds can be merged in any order and grouping, with the same outcome: machines and hours are
counted apart and put together later. That is why what is left out is chosen by the key alone, never
by how often it was seen so far: a key that is among the first of the whole was among the first of
each part that had it, so its count is complete.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Self

MAX_KEYS = 256
"""Keys that a tally holds; beyond them, what it says of their number is off by some 6%."""

_SPACE = 1 << 64


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each key was seen.

    Attributes:
        counts: of the keys whose digests are the smallest, which are a fair sample; complete.
        total: of all keys.
        most: how many keys are held.
    """

    counts: dict[str, int] = field(default_factory=dict[str, int])
    total: int = 0
    most: int = MAX_KEYS

    @classmethod
    def of(cls, keys: Iterable[str | None], *, most: int = MAX_KEYS) -> Self:
        """Count keys; None says nothing and does not count."""
        counts = Counter(key for key in keys if key is not None)
        return cls(_first(counts, most), counts.total(), most)

    def merge(self, other: "Tally") -> "Tally":
        """Return the counts of both."""
        most = min(self.most, other.most)
        counts = Counter(self.counts) + Counter(other.counts)
        return Tally(_first(counts, most), self.total + other.total, most)

    @property
    def distinct(self) -> int:
        """How many keys there are; an estimate where there are more than are held."""
        if len(self.counts) < self.most:
            return len(self.counts)
        # Bar-Yossef et al., "Counting distinct elements in a data stream" (2002): k smallest.
        return max(self.most, (self.most - 1) * _SPACE // max(map(_rank, self.counts)))

    @property
    def top(self) -> tuple[tuple[str, int], ...]:
        """The keys that are held, the commonest first."""
        return tuple(sorted(self.counts.items(), key=lambda one: (-one[1], one[0])))

    @property
    def concentration(self) -> float:
        """The share of the commonest key among all, from 0 to 1."""
        return self.top[0][1] / self.total if self.counts else 0.0


def _first(counts: Counter[str], most: int) -> dict[str, int]:
    """Return the counts of the keys with the smallest digests."""
    kept = sorted(counts, key=_rank)[:most] if len(counts) > most else sorted(counts)
    return {key: counts[key] for key in sorted(kept)}


def _rank(key: str) -> int:
    return 1 + int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class Timeline:
    """How much was seen in each stretch of time, the latest stretches only.

    Attributes:
        width: seconds of a stretch; they begin at multiples of it since 1970.
        most: how many stretches are held.
        counts: by the number of the stretch.
    """

    width: int
    most: int
    counts: dict[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def of(cls, times: Iterable[datetime], *, width: int, most: int) -> Self:
        """Count times."""
        return cls(width, most, _last(Counter(_seconds(at) // width for at in times), most))

    def merge(self, other: "Timeline") -> "Timeline":
        """Return the counts of both.

        Raises:
            ValueError: their stretches differ.
        """
        if (self.width, self.most) != (other.width, other.most):
            raise ValueError("timelines of different widths cannot be merged")
        counts = Counter(self.counts) + Counter(other.counts)
        return Timeline(self.width, self.most, _last(counts, self.most))

    @property
    def stretches(self) -> tuple[tuple[datetime, int], ...]:
        """Where each stretch that saw anything begins, and how much it saw, the oldest first."""
        return tuple(
            (datetime.fromtimestamp(number * self.width, UTC), count)
            for number, count in sorted(self.counts.items())
        )


def _last(counts: Counter[int], most: int) -> dict[int, int]:
    return {number: counts[number] for number in sorted(counts)[-most:]}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
