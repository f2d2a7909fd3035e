"""The prober as a part of the service: its loops, to be run by whoever supervises them."""

import threading
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from time import monotonic

from keypin.probe import Limits, Options
from keypin.watch.core import Core
from keypin.watch.internal import why_internal
from keypin.watch.jumps import Jumps
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.prober import REST, Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.supervisor import Loop

# Probers beside each other: each waits for its slowest endpoint, ten seconds or twenty.
LANES = 3

# Less patient than a person who looks at one host: a process is to end within seconds.
LIMITS = Limits(connect=5, handshake=8, total=9)

# How often schedules are looked through, in seconds, while the clock runs evenly.
KEEP = 60.0


def declare(core: Core) -> list[Loop]:
    """Return the loops that keep schedules, probe and judge.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """
    trust, pace = Trust.of(core.settings), Pace()
    options = Options(trust=trust.anchors, forbid=guard(core.settings), limits=LIMITS)
    probers = [
        Prober(core.database, core.settings.vantage, options, pace, core.clock)
        for _ in range(LANES)
    ]
    claims = Claims(core.database, core.settings.vantage)
    judge = Judge(core.database, trust)
    return [
        Loop("keeping schedules", lambda stop: keeping(claims, pace, core.clock, stop)),
        *(Loop(f"probing {number}", one.run) for number, one in enumerate(probers, 1)),
        Loop("judging", lambda stop: judging(judge, core.clock, stop)),
    ]


def keeping(
    claims: Claims, pace: Pace, clock: Callable[[], datetime], stop: threading.Event
) -> None:
    """Put schedules right that went astray, and say how fast they ask to be probed.

    Again after a while, or as soon as the clock has jumped: what was scheduled is of another time.
    """
    jumps = Jumps(clock)
    while not stop.is_set():
        until = monotonic() + KEEP
        pace.set(claims.heal(clock()))
        while not stop.wait(REST) and monotonic() < until and not jumps.seen():
            pass


def judging(judge: Judge, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Judge what is due until told to stop; a clock that is set back puts nothing off."""
    jumps = Jumps(clock)
    judge.recall(clock())
    while not stop.is_set():
        if jumps.back():
            judge.recall(clock(), everything=True)
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
