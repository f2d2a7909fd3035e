"""Which part of the users runs which release, from what applications say of themselves.

Check-ins come from every user of a release, reports only from those whose pins fail, so reports
count only where nobody checks in. What is older weighs less: users update. What is known better is
given by hand, and is taken as it is.

The interval is Wilson's (1927), which stays between nothing and all where the plain one does not,
with Kish's effective size (1965) for weights that differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import fsum, sqrt

HALF_LIFE = timedelta(days=7)

# 95 in 100 intervals hold the true share.
_Z = 1.959964


class Basis(StrEnum):
    """What a share rests on."""

    GIVEN = "given"
    CHECK_INS = "check-ins"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one release on one day, UTC.

    Attributes:
        version: the release.
        day: which day.
        check_ins: how many instances checked in.
        reports: how many reports named it.
    """

    version: str
    day: date
    check_ins: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the users that run a release, from 0 to 1.

    Attributes:
        fraction: the best guess.
        low: the lower end of the interval.
        high: its upper end.
        basis: what it rests on.
    """

    fraction: float
    low: float
    high: float
    basis: Basis


def shares(
    counts: Iterable[Seen],
    at: datetime,
    *,
    given: Mapping[str, float] | None = None,
    half_life: timedelta = HALF_LIFE,
) -> dict[str, Share]:
    """Return the share of each release, the largest first.

    Args:
        counts: what was seen, a row for each release and day.
        at: now, timezone-aware; what is of later days counts as of today.
        given: shares by hand, from 0 to 1 and at most 1 together; the others divide the rest.
        half_life: after how long what was seen counts half.

    Raises:
        ValueError: a given share is none, or they are more than 1 together.
    """
    known = _checked(given or {})
    rows = [row for row in counts if row.version not in known]
    basis = Basis.CHECK_INS if any(row.check_ins for row in rows) else Basis.REPORTS
    measured = _measured(rows, basis, at, half_life)
    rest = max(0.0, 1.0 - fsum(known.values()))
    found = {name: Share(share, share, share, Basis.GIVEN) for name, share in known.items()}
    found |= {
        name: Share(rest * share, rest * low, rest * high, basis)
        for name, (share, low, high) in measured.items()
    }
    return dict(sorted(found.items(), key=lambda one: (-one[1].fraction, one[0])))


def _checked(given: Mapping[str, float]) -> Mapping[str, float]:
    for version, share in given.items():
        if not 0 <= share <= 1:
            raise ValueError(f"the share {share} of {version} is not between 0 and 1")
    if fsum(given.values()) > 1 + 1e-9:
        raise ValueError(f"the given shares are {fsum(given.values()):.3f} together, more than 1")
    return given


def _measured(
    rows: list[Seen], basis: Basis, at: datetime, half_life: timedelta
) -> dict[str, tuple[float, float, float]]:
    """Return share, lower and upper end for each version."""
    weights: dict[str, float] = {}
    total = squares = 0.0
    for row in rows:
        count = row.check_ins if basis is Basis.CHECK_INS else row.reports
        age = max(timedelta(), at - _noon(row.day))
        weight = 0.5 ** (age / half_life)
        weights[row.version] = weights.get(row.version, 0.0) + weight * count
        total += weight * count
        squares += weight * weight * count
    if not total or not squares:
        return {}
    size = total * total / squares
    return {name: _wilson(weight / total, size) for name, weight in weights.items() if weight}


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _wilson(share: float, size: float) -> tuple[float, float, float]:
    share = min(share, 1.0)
    square = _Z * _Z / size
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * sqrt(share * (1 - share) / size + square / (4 * size))
    return share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
