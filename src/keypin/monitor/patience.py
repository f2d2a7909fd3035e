"""How long a person waits for a log: what a client of a verb that ends by itself pauses with."""

from collections.abc import Callable
from time import monotonic, sleep

from keypin.monitor.client import StoppedError

# Long enough for a log that asks to come again in some seconds, as busy ones do.
PATIENCE = 20.0


def patient(seconds: float = PATIENCE) -> Callable[[float], None]:
    """Return what pauses, and gives up when all the pauses would end later than this.

    Args:
        seconds: from now on.
    """
    until = monotonic() + seconds

    def pause(wanted: float) -> None:
        if wanted and monotonic() + wanted > until:
            raise StoppedError(f"no answer within {seconds:g} s")
        sleep(wanted)

    return pause
