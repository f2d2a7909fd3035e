"""The folder of an installation: made for its owner alone, and used by one process at a time.

On PostgreSQL several processes share the installation, each with a folder of its own machine; two
on one folder would still write the same files.
"""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from keypin.errors import KeypinError


class FolderError(KeypinError):
    """The folder cannot be used, or another process uses it."""


class Folder:
    """A folder that this process holds.

    Args:
        path: which; it is made if it is missing.

    Raises:
        FolderError: it cannot be written, or another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock: IO[bytes] = (path / "lock").open("ab")
        except OSError as error:
            raise FolderError(
                f"{path}: the folder cannot be used: {error.strerror}; give one that can be "
                "written with --data"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise FolderError(
                f"{path}: another process of the watch uses this folder; stop it, or give this "
                "one a folder of its own with --data"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process use it."""
        self._lock.close()
