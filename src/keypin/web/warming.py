"""What pages read once in a process, read before somebody waits for it.

    warming = Warming(lambda: not watch.problems())
    app = create(watch, warming)        whoever keeps something adds a step
    warming.start()                     in a thread, once the process is ready

Templates, trust anchors, pin sets and counts of what is long over take more than a second together.
They are read a little after the process is ready, one after the other, so that neither its start
nor its first answers wait for them. What cannot be read now is read when it is needed.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from keypin.errors import KeypinError

_log = logging.getLogger(__name__)

# How long after the process is ready, and how often it is asked until then.
_AFTER = 1.0
_ASKED = 0.5

# A step takes a second at most; the stop of a process waits no longer for it.
_PATIENCE = 3.0

Step = Callable[[], None]


class Warming:
    """The steps of one process.

    Args:
        ready: whether the process is.
        after: how many seconds after that it begins.
    """

    def __init__(self, ready: Callable[[], bool], after: float = _AFTER) -> None:
        self._ready = ready
        self._after = after
        self._steps: list[Step] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def add(self, *steps: Step) -> None:
        """Add what is to be read, each step in a second at most; before the start."""
        self._steps += steps

    def start(self) -> None:
        """Begin to wait for the process, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step that is being done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._ready():
            if self._stop.wait(_ASKED):
                return
        if self._stop.wait(self._after):
            return
        for step in self._steps:
            try:
                step()
            except (SQLAlchemyError, KeypinError, OSError) as error:
                _log.debug("read later: %s", error)
            if self._stop.is_set():
                return
