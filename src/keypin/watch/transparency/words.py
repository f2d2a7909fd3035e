"""What was issued, in one sentence: when, by whom, whom it would break, and where it is served.

Pure: knows of no log, table or clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keypin.rotation import Outcome
from keypin.rotation.forecast_share import Hit

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Names and versions that a sentence can hold.
_SHOWN = 3

_REFUSES = frozenset({Outcome.BREAKS, Outcome.SOME_PATHS, Outcome.REPORTS})


@dataclass(frozen=True, slots=True)
class Stand:
    """What the releases of one application that pin its names make of a certificate.

    Attributes:
        application: the name of the application.
        releases: versions with what each would do, the newest first; None: that cannot be told.
    """

    application: str
    releases: tuple[tuple[str, Outcome | None], ...]

    def of(self, *outcomes: Outcome | None) -> tuple[str, ...]:
        """Return the versions that would do one of these, the newest first."""
        return tuple(version for version, outcome in self.releases if outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A certificate that a log holds.

    Attributes:
        names: those of its names that are watched.
        issuer: who issued it; empty where nobody can read it.
        logged_at: when the log promised it.
        said: what is to be said of it, as `said` returns it.
        own: whether it is for a name of the organisation's; else for one that looks like it.
        not_after: its last second, or None.
        deployed_at: since when an endpoint shows it, or None.
    """

    names: tuple[str, ...]
    issuer: str
    logged_at: datetime
    said: str
    own: bool = True
    not_after: datetime | None = None
    deployed_at: datetime | None = None


def sentence(story: Story, at: datetime) -> str:
    """Return the whole, without a full stop.

    Args:
        story: the certificate.
        at: the moment from which "nine minutes ago" is counted.
    """
    return _whole(story, ago(at - story.logged_at), served(story, at))


def lasting(story: Story) -> str:
    """Return the whole as it reads at any time: by the moment of its log, in UTC."""
    return _whole(story, _on(story.logged_at), served(story, None))


def titled(story: Story) -> str:
    """Return what an alert is called from when it is told to long after it is over."""
    return _whole(story, _on(story.logged_at), "nobody had deployed it when it was found")


def _on(at: datetime) -> str:
    return f"on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _whole(story: Story, when: str, where: str) -> str:
    by = f" by {story.issuer}" if story.issuer else ""
    return (
        f"a certificate for {_some(story.names)} was issued {when}{by}; "
        f"{story.said}{f'; {where}' if story.own else ''}"
    )


def served(story: Story, at: datetime | None) -> str:
    """Return whether anybody serves a certificate; at no moment: what is so at all of them."""
    if story.deployed_at is not None:
        return f"it is deployed since {story.deployed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if at is None:
        return "nobody has deployed it"
    if story.not_after is not None and story.not_after < at:
        return "it expired, and nobody deployed it"
    return "nobody has deployed it yet"


def said(stands: Iterable[Stand], hits: Sequence[Hit]) -> str:
    """Return who pins the key of a certificate, and whom its deployment breaks.

    Args:
        stands: the applications that pin one of its names.
        hits: whom the releases that break have as users.
    """
    each = tuple(stands)
    if not each:
        return "no release pins its names"
    # Applications that fare alike share the words.
    alike: dict[str, list[str]] = {}
    for stand in each:
        words, whose = _pinned(stand)
        alike.setdefault(words, []).append(whose)
    pinned = _and(f"{words} {_and(whose)}" for words, whose in alike.items())
    return f"its key {pinned}; deploying it {_breaks(each, hits)}"


def _pinned(stand: Stand) -> tuple[str, str]:
    """Return whether an application's releases pin the key, and of which of them that is said."""
    refusing, name = stand.of(*_REFUSES), stand.application
    if not refusing:
        return _not_refused(stand)
    if len(refusing) == len(stand.releases):
        return "is pinned by no release of", name
    newest = tuple(version for version, _ in stand.releases[: len(refusing)])
    if newest == refusing and stand.of(Outcome.PASSES):
        return f"is pinned by no release of {name} since", refusing[-1]
    return "is not pinned by", f"{name} {_some(refusing)}"


def _not_refused(stand: Stand) -> tuple[str, str]:
    untold, untrusted = stand.of(None), stand.of(Outcome.NOT_VERIFIED)
    if untrusted:
        return "has a chain that is not trusted by clients of", stand.application
    if untold:
        return "may or may not be pinned by", f"{stand.application} {_some(untold)}"
    return "is pinned by each release of", stand.application


def _breaks(stands: Sequence[Stand], hits: Sequence[Hit]) -> str:
    if hits:
        return f"breaks {_and(map(str, hits))}"
    if any(stand.of(Outcome.REPORTS) for stand in stands):
        return "breaks nobody, and is reported by clients"
    if any(stand.of(None) for stand in stands):
        return "may break them"
    return "breaks nobody"


def ago(span: timedelta) -> str:
    """Return how long ago something was: `nine minutes ago`, `26 hours ago`, `just now`."""
    for size, unit, until in (
        (_MINUTE, "minute", _HOUR),
        (_HOUR, "hour", 2 * _DAY),
        (_DAY, "day", timedelta.max),
    ):
        if size <= span < until:
            count = span // size
            word = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
            return f"{word} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more if more else _and(names)


def _and(parts: Iterable[str]) -> str:
    *before, last = list(parts)
    return f"{', '.join(before)} and {last}" if before else last
