"""The spool: reports on disk, so that a crash of the process loses none.

One file for each report and address, written under another name and then renamed, removed when it
is sent. A folder may serve several processes: the names of one run's files begin with its token,
and while it lives it holds a lock on the file `TOKEN.lock`. The lock goes with the process, however
it ends; whoever then gets it takes the files over under names of its own. So no report is sent by
two.

What is read back may have been written by anybody: sizes are bounded, and what is no report is put
aside.
"""

import json
import logging
import os
import re
import secrets
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from keypin.errors import InputError, Place
from keypin.tls.report import MAX_REPORT, dumps

_log = logging.getLogger("keypin.tls")

_VERSION = 1

# A folder with more entries is no spool of ours; what is beyond is met at the next start.
_MOST_ENTRIES = 20_000

# What is put aside is for a person to look at; more of it tells no more.
_MOST_ASIDE = 20

# Files of one run: to write one takes some 0.2 ms, which a storm must not cost for all that waits.
_MOST_FILES = 200

_NAME = re.compile(r"([0-9a-f]{16})(?:\.lock|-[0-9]{8}\.(?:json|tmp))")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)

# Not through a link, and without waiting for the other end of a pipe; Windows has neither.
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Spooled:
    """A report on disk: its file, the address that it is for, and its size in bytes."""

    path: Path
    address: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What a file holds; raises TypeError or ValueError for anything else."""

    version: object
    report_to: str
    report: object

    def __post_init__(self) -> None:
        if self.version != _VERSION or not isinstance(self.report, dict):
            raise ValueError("no report of this version")
        if _ADDRESS.fullmatch(self.report_to) is None:
            raise ValueError("no report address")


class Spool:
    """A folder of reports that are still to be sent.

    Not for several threads at once. After a fork the child calls `forget`.

    Args:
        folder: made where there is none, for its owner alone.
        most: how many reports are kept at once, those of runs that ended included; 200 at most.

    Raises:
        InputError: the folder cannot be used.
    """

    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder = folder
        self._most = min(most, _MOST_FILES)
        self._token: str | None = None
        self._handle: int | None = None
        self._count = 0
        self._files: set[Path] = set()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._own_token()
            self._entries()
        except OSError as error:
            raise InputError(
                f"the spool cannot be used: {error.strerror}",
                expected="a folder that this process may write to",
                place=Place(file=str(folder)),
            ) from error

    def keep(self, address: str, report: object) -> Path | None:
        """Write a report and return its file; None where there is no room, or it cannot be written.

        The latter is logged.
        """
        if len(self._files) >= self._most:
            return None
        data = dumps({"version": _VERSION, "report_to": address, "report": report})
        # Without fsync: what is written outlives the process, and need not outlive a power cut.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY
        try:
            path = self._next_path()
            unfinished = path.with_suffix(".tmp")
            with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
                file.write(data)
            unfinished.replace(path)
        except OSError as error:
            _log.warning("a pin failure report cannot be spooled: %s", error)
            return None
        self._files.add(path)
        return path

    def body(self, path: Path) -> bytes:
        """Return the report in a file as the bytes that are sent.

        Raises:
            InputError: it is not there any more, or no report.
        """
        return _read(path)[1]

    def remove(self, path: Path) -> None:
        """Remove a report that was sent or given up."""
        self._files.discard(path)
        _unlink(path)

    def recover(self) -> tuple[list[Spooled], int]:
        """Take over what runs that ended left behind.

        Returns:
            The reports, at most `most`, and how many were removed because there were more.
        """
        runs: dict[str, list[str]] = {}
        for name in sorted(self._entries()):
            if found := _NAME.fullmatch(name):
                runs.setdefault(found[1], []).append(name)
        runs.pop(self._token or "", None)
        taken = [path for token, names in runs.items() for path in self._take_over(token, names)]
        for path in taken[self._most :]:
            _unlink(path)
        reports = [report for path in taken[: self._most] for report in self._look_at(path)]
        self._files.update(report.path for report in reports)
        return reports, max(len(taken) - self._most, 0)

    def close(self) -> None:
        """Let another run take over what is left."""
        token = self._token
        self.forget()
        if token is not None:
            _unlink(self._folder / f"{token}.lock")

    def forget(self) -> None:
        """Begin anew in the child of a fork: files and lock are the parent's."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = self._token = None
        self._files.clear()

    def _entries(self) -> list[str]:
        with os.scandir(self._folder) as entries:
            return [entry.name for entry in islice(entries, _MOST_ENTRIES)]

    def _own_token(self) -> str:
        """Return this run's token, whose lock it holds."""
        while self._token is None:
            token = secrets.token_hex(8)
            path = self._folder / f"{token}.lock"
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
            try:
                _lock(handle)
            except BlockingIOError:
                os.close(handle)  # somebody took it for that of a run that ended
                continue
            except OSError:
                os.close(handle)
                _unlink(path)
                raise
            if path.exists():
                self._token, self._handle = token, handle
            else:
                os.close(handle)  # the same, and is done with it
        return self._token

    def _next_path(self) -> Path:
        token = self._own_token()
        self._count += 1
        return self._folder / f"{token}-{self._count:08}.json"

    def _take_over(self, token: str, names: list[str]) -> Iterator[Path]:
        """Rename the reports of a run that ended, if nobody else does, and yield their files."""
        with _lock_of(self._folder / f"{token}.lock") as ended:
            if not ended:
                return
            for name in names:
                old = self._folder / name
                if name.endswith(".tmp"):
                    _unlink(old)
                elif name.endswith(".json"):
                    with suppress(OSError):
                        new = old.rename(self._next_path())
                        yield new
        _unlink(self._folder / f"{token}.lock")

    def _look_at(self, path: Path) -> Iterator[Spooled]:
        """Yield the report in a file, or put the file aside."""
        try:
            address, body = _read(path)
        except InputError:
            aside = sum(name.endswith(".bad") for name in self._entries())
            if aside < _MOST_ASIDE:
                with suppress(OSError):
                    path.rename(path.with_suffix(".bad"))
            else:
                _unlink(path)
            return
        yield Spooled(path, address, len(body))


def _unlink(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


@contextmanager
def _lock_of(path: Path) -> Generator[bool]:
    """Give whether the run with this lock has ended; while True, nobody else is told so."""
    try:
        handle = os.open(path, os.O_RDWR | _SAFELY)
    except FileNotFoundError:
        yield True  # a run makes its lock first, and removes it last
        return
    except OSError:
        yield False
        return
    try:
        try:
            _lock(handle)
            ended = True
        except OSError:
            ended = False
        yield ended
    finally:
        os.close(handle)


def _read(path: Path) -> tuple[str, bytes]:
    """Return the address and the report that `Spool.keep` wrote.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _SAFELY), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(MAX_REPORT + 1) if regular else b""
        record = _Record(**json.loads(data if len(data) <= MAX_REPORT else b""))
        return record.report_to, dumps(record.report)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(
            "no pin failure report",
            expected=f"a report as the spool writes it, of at most {MAX_REPORT} bytes",
            place=Place(file=str(path)),
        ) from error
