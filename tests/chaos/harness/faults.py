"""The faults. Each is begun, lasts a while, and is over when its `with` ends.

A fault says itself what must hold while it lasts; what must hold after it is in `invariants.py`.
"""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from time import monotonic, sleep

from keypin_chaos.installation import Installation
from keypin_chaos.outside import Load, Shop, eventually

DAY = timedelta(days=1)

QUICK = "KEYPIN_CHAOS" not in os.environ
"""Whether rounds are to be short, as in `make test`."""

# What is written at a time to a disk until it is full.
_BLOCK = 1 << 16

# Seconds in which a full disk is felt, as a rule.
_NOTICED = 5.0


@dataclass
class Round:
    """One round: what is broken, and by which dice.

    Attributes:
        installation: which.
        load: who reports.
        dice: seeded.
        victim: the endpoint whose chain is changed meanwhile.
        told: tells whether its change was told to a route.
    """

    installation: Installation
    load: Load
    dice: Random
    victim: Shop
    told: Callable[[str | None], bool]


Fault = Callable[[Round], "Iterator[None]"]


@contextmanager
def killed(one: Round) -> Iterator[None]:
    """A process dies in the middle of whatever it does, and is started again."""
    sleep(one.dice.uniform(0, 1))
    process = one.dice.choice(one.installation.processes)
    process.kill()
    sleep(one.dice.uniform(0, 0.5))
    process.start()
    yield


@contextmanager
def database_away(one: Round) -> Iterator[None]:
    """PostgreSQL crashes and comes back: 503 instead of 202, and `/readyz` says why."""
    postgres = one.installation.postgres
    assert postgres is not None
    sleep(one.dice.uniform(0, 1))
    postgres.stop()
    gone = monotonic()
    for process in one.installation.processes:
        assert any("database" in line for line in process.problems()), "ready without a database"
    sleep(one.dice.uniform(0, 2))
    answers = one.load.since(gone)
    postgres.start()
    assert not answers[202], f"acknowledged without a database: {answers}"
    assert set(answers) <= {503}, answers
    yield


@contextmanager
def disk_full(one: Round) -> Iterator[None]:
    """The disk is full for a while: 503 instead of 202, and `/readyz` says why."""
    sleep(one.dice.uniform(0, 1))
    with _filled(one):
        full, until = monotonic(), monotonic() + _NOTICED
        # Files have room inside for a while: what is taken there is taken for good.
        while not one.load.since(full)[503] and monotonic() < until:
            sleep(0.05)
        refused = monotonic()
        if one.load.since(full)[503]:
            assert one.installation.problems(), "ready though no report is taken"
        sleep(one.dice.uniform(0, 2))
        answers = one.load.since(refused)
        assert set(answers) <= {202, 503}, answers
    yield


@contextmanager
def _filled(one: Round) -> Iterator[None]:
    """Fill a small disk; where none could be mounted, forbid files to grow."""
    room = one.installation.room
    if room is None:
        (process,) = one.installation.processes
        assert process.running is not None
        resource.prlimit(process.running.pid, resource.RLIMIT_FSIZE, (4096, -1))
        yield
        resource.prlimit(process.running.pid, resource.RLIMIT_FSIZE, (-1, -1))
        return
    filler = room / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (_BLOCK, 512):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    yield
    filler.unlink()


@contextmanager
def clock_jumps(one: Round) -> Iterator[None]:
    """Every clock jumps by a day, ahead or back, and a while later it is right again."""
    sleep(one.dice.uniform(0, 1))
    one.installation.set_clock(one.dice.choice((DAY, -DAY)))
    sleep(one.dice.uniform(0, 3))
    # The change is seen while the clock is wrong, or after.
    if one.dice.random() < 0.5 and not QUICK:
        eventually(lambda: one.told(None), 90, lambda: "nobody is told by a clock that jumped")
    one.installation.set_clock(timedelta())
    yield


@contextmanager
def peers_hang(one: Round) -> Iterator[None]:
    """An endpoint, a webhook or a log hangs, or all of them: all else goes on in time."""
    over = threading.Event()
    shop = one.dice.choice([each for each in one.installation.shops if each is not one.victim])
    peers = ("endpoint", "webhook", "log")
    kinds = one.dice.choice((*((peer,) for peer in peers), peers))
    begun = monotonic()
    if "endpoint" in kinds:
        shop.hanging = over
    if "webhook" in kinds:
        one.installation.hook.hanging["first"] = over
    if "log" in kinds:
        one.installation.log.stall()
    try:
        looks = one.victim.looks
        eventually(lambda: one.told("second"), 30, lambda: f"{kinds} keep others from being told")
        eventually(lambda: one.victim.looks > looks, 30, lambda: f"{kinds} keep others waiting")
        answers = one.load.since(begun)
        assert answers[202], "nothing is acknowledged"
        assert set(answers) == {202}, answers
        assert not one.installation.problems(), one.installation.problems()
        sleep(0 if QUICK else one.dice.choice((0, 1, 12)))
    finally:
        shop.hanging = None
        one.installation.hook.hanging.clear()
        one.installation.log.recover()
        over.set()
    yield


FAULTS = {
    "kill": killed,
    "postgresql": database_away,
    "disk": disk_full,
    "clock": clock_jumps,
    "hang": peers_hang,
}
