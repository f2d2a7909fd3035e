"""A restore that is killed: when a table arrived, or before a step in its folder.

killed.py DATA DATABASE BACKUP TABLE    when TABLE has arrived
killed.py DATA DATABASE BACKUP NUMBER   before the step of this number, counted from 0
"""

import os
import signal
import sys
from pathlib import Path

from keypin.watch.restoring import restore
from keypin.watch.settings import Settings

_STEPS = {"shutil.copyfile", "os.link", "os.rename", "os.remove"}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(data: str, database: str, backup: str, when: str) -> None:
    """Restore until it is time."""
    left = int(when) if when.isdecimal() else -1

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _STEPS and any(str(one).startswith(data) for one in arguments):
            if left == 0:
                _die()
            left -= 1

    def tell(table: str, _: int) -> None:
        if table == when:
            _die()

    sys.addaudithook(hook)
    restore(Settings(data=Path(data), database=database), Path(backup), tell, replace=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
