"""Out of the intake, into the tables: each batch exactly once, a machine at a time.

Reading is done before the transaction where that can be (SQLite keeps all other writers waiting);
what fails is rolled back with the batches, and taken again.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from time import monotonic

from keypin.errors import ReportFormatError
from keypin.watch.collecting import filing
from keypin.watch.collecting.batch import Entry, unpack
from keypin.watch.collecting.batches import Batches
from keypin.watch.collecting.intake import MANY
from keypin.watch.collecting.parcels import Packer, Parcels
from keypin.watch.collecting.pressure import PRESSURE
from keypin.watch.core import Core

_log = logging.getLogger(__name__)

# Seconds between two looks at an empty intake.
_REST = 0.5

# Entries of a turn in a storm: while they are sorted, those who report wait.
_FEW = 100

# Batches of a turn at most: where few report, a batch is one report.
_MOST = 500


UNREAD: Counter[str] = Counter()
"""Of how many reports this process filed without a member, by its name, since it began."""


class Sorter:
    """Sorts what waits; one for each process.

    Args:
        core: the installation.
        batches: where it waits.
    """

    def __init__(self, core: Core, batches: Batches) -> None:
        self._core = core
        self._batches = batches
        self._packer = Packer()
        self._size = float(MANY)

    def turn(self, most: int = MANY) -> int:
        """Sort the oldest that waits.

        Args:
            most: entries, about; a batch is sorted whole.

        Returns:
            How many batches it was.
        """
        with self._batches.take(max(1, min(_MOST, int(most / self._size)))) as taken:
            if not taken.batches:
                return 0
            entries = list(_entries(taken.batches))
            parcels = self._packer.pack(entries)
            filing.file(taken.connection, parcels, self._core.clock())
        _tell(parcels)
        self._size = max(1.0, len(entries) / len(taken.batches))
        return len(taken.batches)

    def run(self, stop: threading.Event) -> None:
        """Sort until told to stop; in a storm, taking reports comes first."""
        while not stop.is_set():
            begun = monotonic()
            done = self.turn(_FEW if PRESSURE.busy() else MANY)
            stop.wait(PRESSURE.rest(monotonic() - begun) if done else _REST)


def _tell(parcels: Parcels) -> None:
    """Say what could not be read; nothing that a stranger wrote."""
    if parcels.unread:
        UNREAD.update(parcels.unread)
        names = ", ".join(sorted(parcels.unread))
        _log.warning("reports were filed without what cannot be read in them: %s", names)
    if parcels.lost:
        _log.error("%d reports that were taken are none, and are lost", parcels.lost)


def _entries(batches: Iterable[bytes]) -> Iterator[Entry]:
    for batch in batches:
        try:
            yield from unpack(batch)
        except ReportFormatError as error:
            _log.error("a batch of %d bytes is lost: %s", len(batch), error)
