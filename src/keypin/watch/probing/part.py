"""The prober as a part of the service: its loops, to be run by whoever supervises them."""

import threading
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from keypin.probe import Options
from keypin.watch.core import Core
from keypin.watch.internal import why_internal
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.prober import REST, Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.supervisor import Loop

# Probers beside each other: each waits for its slowest endpoint, 20 s at the worst.
LANES = 3


def declare(core: Core) -> list[Loop]:
    """Return the loops that probe, and the one that judges.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """
    trust, pace = Trust.of(core.settings), Pace()
    options = Options(trust=trust.anchors, forbid=guard(core.settings))
    probers = [
        Prober(core.database, core.settings.vantage, options, pace, core.clock)
        for _ in range(LANES)
    ]
    judge = Judge(core.database, trust)
    return [
        *(Loop(f"probing {number}", one.run) for number, one in enumerate(probers, 1)),
        Loop("judging", lambda stop: judging(judge, core.clock, stop)),
    ]


def judging(judge: Judge, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Judge what is due until told to stop."""
    while not stop.is_set():
        if not judge.turn(clock()):
            stop.wait(REST)


def guard(settings: Settings) -> Callable[[str], str | None]:
    """Return what says of an address why it is not probed: what is internal, unless allowed."""

    def forbid(address: str) -> str | None:
        what = why_internal(ip_address(address), settings.internal)
        if what is None:
            return None
        return (
            f"{address} is {what} and is not probed; whoever runs this service can allow its "
            "network by KEYPIN_INTERNAL"
        )

    return forbid
