"""A log that is followed, and how far that is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from keypin.ct.entry import Block
from keypin.monitor.source import Source
from keypin.monitor.store import News


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is followed.

    Attributes:
        id: SHA-256 of its key.
        name: what people call it.
        mmd: its maximum merge delay.
        source: how it is read.
    """

    id: bytes
    name: str
    mmd: timedelta
    source: Source = field(repr=False)


# What a block has to tell: news, each with the index of its entry.
Found = Callable[[Log, Block], Iterable[News]]


@dataclass(slots=True)
class Progress:
    """How far a log is followed, for whoever looks on; written by its follower alone.

    Attributes:
        log: its name.
        size: how many entries its newest head has.
        position: up to where its newest part is verified.
        backlog: how many entries are to be read behind that.
        read: how many were read by this process.
        head_at: when the newest head was signed.
        level: whether all is read and verified.
        alarms: how many were raised by this process.
        malformed: how many entries had a flaw.
        trouble: what keeps it from going on, if anything does.
    """

    log: str
    size: int = 0
    position: int = 0
    backlog: int = 0
    read: int = 0
    head_at: datetime | None = None
    level: bool = False
    alarms: int = 0
    malformed: int = 0
    trouble: str = ""
