"""What every part of the watch is handed: one installation's settings, storage, work and clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from keypin.watch.settings import Part, Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work import Work


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def all_is_ours(part: Part, key: str) -> bool:
    """Tell that a piece of work is this process's, as where there is no other."""
    del part, key
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """One installation, as seen by one process.

    Attributes:
        settings: how it is set up.
        database: its storage.
        sealer: seals secrets.
        work: runs what is done again and again, or must be done.
        clock: tells the time; tests hand in another.
        share: tells whether a piece of a part's work, named by a key, is this process's among
            all that live (`keypin.watch.shares`).
    """

    settings: Settings
    database: Database
    sealer: Sealer
    work: Work
    clock: Callable[[], datetime] = now
    share: Callable[[Part, str], bool] = all_is_ours
