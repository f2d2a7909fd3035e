"""A bundle: notices of one group that one route is told in one message.

Who belongs to a bundle follows from the notices alone: those of the same group and kind, from the
first of them on until its window has passed. So the same bundle comes out whenever it is computed
after that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keypin.alerts.notice import Kind, Notice
from keypin.alerts.signal import gravest_first, identity
from keypin.errors import InputError
from keypin.findings import Severity


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is told in one message.

    Attributes:
        route: the name of the route.
        notices: at least one, the earliest first, all of one kind.
    """

    route: str
    notices: tuple[Notice, ...]

    def __post_init__(self) -> None:
        """Refuse a message about nothing, or about two things."""
        if len({one.kind for one in self.notices}) != 1:
            raise InputError("a bundle of no kind, or of several", expected="notices of one kind")

    @property
    def key(self) -> str:
        """The idempotency key: the notice's own, or one of all of them; with the route's name."""
        keys = [one.key for one in self.notices]
        if len(keys) == 1:
            return f"{self.route}:{keys[0]}"
        return f"{self.route}:{identity(*keys)}"

    @property
    def kind(self) -> Kind:
        """What happened."""
        return self.notices[0].kind

    @property
    def severity(self) -> Severity:
        """The gravest."""
        return min((one.alert.severity for one in self.notices), key=gravest_first)


@dataclass(frozen=True, slots=True)
class Bundled:
    """What is to be told now, and what later.

    Attributes:
        ready: to be told now.
        waiting: notices whose group's window is still open.
        next: when the first of those windows closes, or None where none is open.
    """

    ready: tuple[Bundle, ...]
    waiting: tuple[Notice, ...]
    next: datetime | None


def bundle(route: str, notices: Iterable[Notice], at: datetime) -> Bundled:
    """Put notices together that one route is to be told.

    Args:
        route: its name.
        notices: what it is to be told and was not yet.
        at: the time, aware.
    """
    ready, waiting, closing = list[Bundle](), list[Notice](), list[datetime]()
    for several in _groups(notices):
        closes = several[0].at + several[0].window
        if closes <= at:
            ready.append(Bundle(route, several))
        else:
            waiting += several
            closing.append(closes)
    ready.sort(key=lambda one: (one.notices[0].at, one.key))
    return Bundled(tuple(ready), tuple(waiting), min(closing, default=None))


def _groups(notices: Iterable[Notice]) -> list[tuple[Notice, ...]]:
    """Return notices in groups, each cut where the window of its first has passed."""
    groups, current = list[list[Notice]](), dict[tuple[str, str], list[Notice]]()
    for notice in sorted(notices, key=lambda one: (one.at, one.key)):
        of = (notice.alert.group or notice.key, notice.kind)
        group = current.get(of)
        if group is None or notice.at >= group[0].at + group[0].window:
            group = current[of] = []
            groups.append(group)
        group.append(notice)
    return [tuple(one) for one in groups]
