"""One process at a time: a file that is locked as long as a process lives.

The operating system lets go of the lock however the process ends, by kill -9 too. SQLite's own
exclusive mode would keep out those as well who only want to look on.
"""

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """A lock on a file, held until it is let go.

    Args:
        path: the file; made if it is not there, and left there.

    Raises:
        BlockingIOError: another process, or another part of this one, has it.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise BlockingIOError(error.errno, "another process has it") from error

    def release(self) -> None:
        """Let go; the second time does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
