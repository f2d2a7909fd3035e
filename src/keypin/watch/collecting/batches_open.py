"""Which keeper of batches an installation has."""

from keypin.watch.collecting.batches import Batches
from keypin.watch.collecting.batches_file import FileOfBatches
from keypin.watch.collecting.batches_table import TableOfBatches
from keypin.watch.core import Core

FILE = "intake.db"


def open_batches(core: Core) -> Batches:
    """Open the intake of an installation; whoever does, closes it.

    Raises:
        IntakeError: its file cannot be used.
    """
    if core.database.sqlite:
        return FileOfBatches(core.settings.data / FILE, core.database, core.clock)
    return TableOfBatches(core.database)
