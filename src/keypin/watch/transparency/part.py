"""The logs as a part of the service: its loop, and what is looked at again every minute."""

from datetime import timedelta

from keypin.watch.core import Core
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.probing.trust import Trust
from keypin.watch.supervisor import Loop
from keypin.watch.transparency.again import Again
from keypin.watch.transparency.asking import Asking
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.tailing import Pace, tail


def declare(core: Core) -> list[Loop]:
    """Declare what is looked at every minute, and return the loop that reads logs.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """
    asking = Asking(resolver=core.settings.resolver)
    filing = Filing(core.database, Fields(Shelf()), Trust.of(core.settings).anchors, asking)
    again = Again(core, filing)
    core.work.every("look again at what logs hold", timedelta(minutes=1), again.turn)
    # Whoever looks at a demonstration does not wait half a minute for each certificate.
    pace = Pace(log=3.0) if core.settings.demonstration else Pace()
    return [Loop("reading logs", lambda stop: tail(core, filing, stop, pace=pace))]
