"""A silence: for a while nobody is told of what it matches, and it stays visible.

A silence postpones. What opened under it and still holds when it ends is told then; what was told
before it and resolved under it is told as resolved after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keypin.alerts.match import EVERYTHING, Match
from keypin.alerts.signal import Signal
from keypin.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nobody is told of what matches, from `since` until `until`.

    Attributes:
        id: what it is stored under.
        match: which signals; `ids = ["*"]` where it is meant to be all of them.
        since: when it begins, aware.
        until: when it ends, aware; every silence ends.
        reason: why, for those who wonder later.
        by: who wanted it.
    """

    id: str
    match: Match
    since: datetime
    until: datetime
    reason: str
    by: str

    def __post_init__(self) -> None:
        """Refuse a silence that nobody could explain, or that nobody meant."""
        if self.match == EVERYTHING:
            raise InputError(
                "a silence without a condition would silence everything",
                expected="a condition",
                next_step='write ids = ["*"] if it is meant',
            )
        if self.until <= self.since:
            raise InputError(
                f"a silence from {self.since.isoformat()} until {self.until.isoformat()}",
                expected="an end after its beginning",
            )
        if not self.reason.strip() or not self.by.strip():
            raise InputError("a silence without reason or name", expected="why, and by whom")

    def covers(self, signal: Signal, at: datetime) -> bool:
        """Tell whether it silences a signal at a time."""
        return self.since <= at < self.until and self.match.covers(signal)


def silencing(signal: Signal, silences: Iterable[Silence], at: datetime) -> Silence | None:
    """Return the silence that keeps a signal quiet longest at a time; None where there is none."""
    covering = [one for one in silences if one.covers(signal, at)]
    return max(covering, key=lambda one: one.until, default=None)


def quiet_until(signal: Signal, silences: Iterable[Silence], at: datetime) -> datetime:
    """Return the first moment from `at` on at which no silence covers a signal."""
    several = tuple(silences)
    while (silence := silencing(signal, several, at)) is not None:
        at = silence.until
    return at
