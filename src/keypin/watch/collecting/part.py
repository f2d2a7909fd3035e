"""The collector as a part of the service: what sorts, what judges, and what is done every hour.

The door itself is no loop: it stands where requests come in (`keypin.web.collector`).
"""

import threading
from datetime import timedelta

from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.hours import fold_hours
from keypin.watch.collecting.judge import GroupJudge
from keypin.watch.collecting.shares import measure
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.core import Core
from keypin.watch.supervisor import Loop

_HOURLY = timedelta(hours=1)


def declare(core: Core) -> list[Loop]:
    """Declare what is done every hour, and return the loops.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """

    def shares() -> None:
        measure(core)

    def hours() -> None:
        fold_hours(core)

    core.work.every("measure shares", _HOURLY, shares)
    core.work.every("fold counts of reports", _HOURLY, hours)
    judge = GroupJudge(core)
    return [
        Loop("sorting reports", lambda stop: sorting(core, stop)),
        Loop("judging reports", judge.run),
    ]


def sorting(core: Core, stop: threading.Event) -> None:
    """Sort until told to stop; the intake is open as long as that."""
    batches = open_batches(core)
    try:
        Sorter(core, batches).run(stop)
    finally:
        batches.close()


def empty(core: Core) -> None:
    """Sort all that waits: before an installation moves, or is backed up."""
    batches = open_batches(core)
    try:
        sorter = Sorter(core, batches)
        while sorter.turn():
            pass
    finally:
        batches.close()
