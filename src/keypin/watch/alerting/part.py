"""Alerting as a part of the service: its loops, and what is done every minute."""

import threading
from collections.abc import Callable
from datetime import timedelta

from keypin.watch.alerting import digests
from keypin.watch.alerting.delivering import Deliverer
from keypin.watch.alerting.engine import Engine, look_for_gone
from keypin.watch.alerting.sending import Post
from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.supervisor import Loop

# Seconds between looks: what a part tells is an alert within this.
REST = 1.0

_MINUTE = timedelta(minutes=1)

# Seconds that a stop waits for what is being sent.
PATIENCE = 5.0


def declare(core: Core) -> list[Loop]:
    """Declare what alerting does besides its loops, and return these."""
    engine, shelf = Engine(core.database), Shelf()
    core.work.every("digests", _MINUTE, lambda: _digests(core, shelf))
    core.work.every(
        "alerts without signals", _MINUTE, lambda: look_for_gone(core.database, core.clock())
    )
    return [
        Loop("alerting", lambda stop: again(stop, lambda: engine.turn(core.clock()) > 0)),
        Loop("delivering alerts", lambda stop: _deliver(core, stop)),
    ]


def _digests(core: Core, shelf: Shelf) -> None:
    digests.turn(core, shelf)


def again(stop: threading.Event, turn: Callable[[], bool]) -> None:
    """Do a turn again and again, at once where the last had something to do."""
    while not stop.is_set():
        if not turn():
            stop.wait(REST)


def _deliver(core: Core, stop: threading.Event) -> None:
    deliverer = Deliverer(core, Post(Guard.of(core.settings)))
    deliverer.take_over()
    try:
        while not stop.is_set():
            deliverer.turn()
            stop.wait(REST)
    finally:
        deliverer.finish(PATIENCE)
