"""Reads the logs of an installation in a process that may be killed at any moment.

Run by `test_killed.py`, with the address of the database and the folder on its command line.
"""

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

from keypin.watch.core import Core
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.tailing import Pace, tail
from keypin.watch.work.inline import Inline

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def main(url: str, folder: str) -> None:
    """Read logs without an end."""
    database = Database(url)
    core = Core(
        settings=Settings(
            data=Path(folder) / "killed",
            log_list=f"{folder}/log_list.json",
            trust=Path(folder) / "root.pem",
        ),
        database=database,
        sealer=Sealer([Fernet.generate_key().decode()]),
        work=Inline(),
        clock=lambda: NOON,
    )
    filing = Filing(database, Fields(Shelf()), Trust.of(core.settings).anchors)
    pace = Pace(log=0.01, turn=0.01, look=0.01, mark=0.01)
    tail(core, filing, threading.Event(), pace)


if __name__ == "__main__":
    main(*sys.argv[1:])
