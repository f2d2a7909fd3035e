"""The prober as a part of the service: its loops, and what is done once a day."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from keypin.probe import Options
from keypin.trust import public_roots
from keypin.watch.core import Core
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.prober import REST, Prober
from keypin.watch.probing.retention import forget
from keypin.watch.probing.trust import trust_of
from keypin.watch.supervisor import Loop

# Probers beside each other: each waits for its slowest endpoint, 20 s at the worst.
LANES = 3

_DAILY = timedelta(days=1)


def declare(core: Core) -> list[Loop]:
    """Declare what the prober does besides its loops, and return these.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """
    trust = trust_of(core.settings)
    options, pace = Options(trust=trust), Pace()
    core.work.every("forget observations", _DAILY, lambda: forget(core))
    probers = [
        Prober(core.database, core.settings.vantage, options, pace, core.clock)
        for _ in range(LANES)
    ]
    judge = Judge(core.database, trust, public_roots())
    return [
        *(Loop(f"probing {number}", one.run) for number, one in enumerate(probers, 1)),
        Loop("judging", lambda stop: judging(judge, core.clock, stop)),
    ]


def judging(judge: Judge, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Judge what is due until told to stop."""
    while not stop.is_set():
        if not judge.turn(clock()):
            stop.wait(REST)
