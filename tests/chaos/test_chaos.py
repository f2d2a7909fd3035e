"""Whatever breaks, and whenever: nothing that was promised is lost, doubled, stuck or invented.

A round of each fault in `make test`. `KEYPIN_CHAOS=50 make chaos` plays fifty of each, in an order
that `KEYPIN_CHAOS_SEED` decides; `KEYPIN_CHAOS_FAULTS` names those that are wanted alone.
"""

import os
import sys
from collections.abc import Callable
from random import Random
from time import monotonic

import pytest
from keypin_chaos.diary import Diary
from keypin_chaos.faults import FAULTS, QUICK, Round
from keypin_chaos.installation import Installation
from keypin_chaos.invariants import ALWAYS, PATIENT, SOON, the_log_is_read
from keypin_chaos.outside import Load, eventually

ROUNDS = int(os.environ.get("KEYPIN_CHAOS", "1"))
SEED = int(os.environ.get("KEYPIN_CHAOS_SEED", "6"))
WANTED = os.environ.get("KEYPIN_CHAOS_FAULTS", " ".join(FAULTS)).split()

# What each kind of installation suffers; in `make test`, what the other does not.
SUFFERS = {
    "sqlite": ("kill", "disk", "clock", "hang"),
    "postgresql": ("postgresql",) if QUICK else ("kill", "postgresql", "clock", "hang"),
}

# After so many rounds the load pauses and the books are compared.
_AUDIT = 10


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("kind", SUFFERS)
def test_whatever_breaks_nothing_is_lost_doubled_stuck_or_invented(
    kind: str, begun: Callable[[str], Installation], capsys: pytest.CaptureFixture[str]
) -> None:
    """Faults come in any order under load, while an endpoint's chain changes in each round."""
    dice = Random(f"{SEED} {kind}")  # noqa: S311 - no secret
    order = [fault for fault in SUFFERS[kind] if fault in WANTED] * ROUNDS
    dice.shuffle(order)
    one, diary = begun(kind), Diary(kind, SEED)
    with diary.explaining(one, "at the start"):
        eventually(lambda: not one.problems(), 60, lambda: f"never ready: {one.problems()}")
        eventually(lambda: the_log_is_read(one), 60, lambda: "the log is never read")
    load = Load([process.port for process in one.processes], clients=2, seed=SEED)
    try:
        for number, fault in enumerate(order, 1):
            with diary.explaining(one, f"round {number} of {len(order)}: {fault}"):
                diary.seconds[fault].append(_play(one, load, fault, dice))
                _say(capsys, f"{kind} {number:3} {fault:10} {diary.seconds[fault][-1]:5.1f} s")
                if number % _AUDIT == 0 or number == len(order):
                    _audit(one, load)
    finally:
        load.close()
        _say(capsys, *diary.summary(one, load))


def _play(one: Installation, load: Load, fault: str, dice: Random) -> float:
    """Play a round, and return the seconds from the fault's end until all is well."""
    victim, mark = dice.choice(one.shops), one.hook.mark()
    victim.show(good=not victim.good)
    one.log.issue()
    state = "resolved" if victim.good else "open"

    def told(route: str | None) -> bool:
        return one.hook.heard(mark, victim.name, state, route)

    with FAULTS[fault](Round(one, load, dice, victim, told)):
        over = monotonic()
    eventually(lambda: told(None), 120, lambda: f"{victim.name} is {state}, and nobody is told")
    for check in SOON:
        check(one, load)
    return monotonic() - over


def _audit(one: Installation, load: Load) -> None:
    load.pause()
    for check in ALWAYS:
        if check not in PATIENT or not QUICK:
            check(one, load)
    load.resume()


def _say(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    """Say how far it is, to whoever asked for it."""
    if not QUICK:
        with capsys.disabled():
            sys.stdout.writelines(f"{line}\n" for line in lines)
            sys.stdout.flush()
