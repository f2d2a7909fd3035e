"""Which logs there are: those of a file, or of the list that Chrome publishes, as it changes.

Where no list can be had, that is said, with what to do; and it is tried again every minute.
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic

import httpx2

from keypin.ct.log_list import ListedLog, LogList
from keypin.errors import KeypinError
from keypin.monitor.lists import CHROME_URL, FRESH, chrome
from keypin.monitor.logs import chosen
from keypin.monitor.patience import patient

_AGAIN = 60.0
# Seconds that what else is to be done may wait for the list.
_PATIENCE = 5.0
# What the operating system calls an error tells people nothing.
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
# A file is looked at so often: whether it is another, its time tells.
_GLANCE = 5.0


class Listing:
    """The logs that are worth following.

    Args:
        file: the list's file; empty for the public list.
        cache: the folder in which a copy of the public list is kept.
        http: the connections to fetch it with.
        clock: tells the time.

    Attributes:
        source: where the list comes from, a file or an address.
        why: why it cannot be had; empty where it can, and before it is asked for.
    """

    def __init__(
        self,
        file: str,
        cache: Path,
        http: httpx2.Client,
        clock: Callable[[], datetime],
    ) -> None:
        self.source = file or CHROME_URL
        self.why = ""
        self._file = Path(file) if file else None
        self._cache = cache
        self._http = http
        self._clock = clock
        self._list: LogList | None = None
        self._due = 0.0
        self._changed = 0.0

    @property
    def problem(self) -> str:
        """That there is no list, or none that is new, and why; empty where there is one."""
        if not self.why:
            return ""
        stays = "the list of logs stays as it was" if self._list else "there is no list of logs"
        return f"{stays}: {self.why}"

    @property
    def listed_at(self) -> datetime | None:
        """When whoever publishes the list made it; None where there is none, or it does not say."""
        return self._list.timestamp if self._list else None

    def logs(self) -> list[ListedLog]:
        """Return the logs that are worth following now."""
        if monotonic() >= self._due:
            self._renew()
        return chosen(self._list, self._clock()) if self._list else []

    def _renew(self) -> None:
        try:
            again = self._read(self._file) if self._file else self._fetch()
            self._due = monotonic() + again
            self.why = ""
        except (KeypinError, OSError) as error:
            self._due = monotonic() + _AGAIN
            self.why = _NUMBER.sub("", str(error)).removeprefix(f"{self.source}: ")

    def _fetch(self) -> float:
        self._list = chrome(self._cache, self._http, patient(_PATIENCE))
        return FRESH

    def _read(self, file: Path) -> float:
        """Read the file if it is another, and return after how many seconds to look again.

        Raises:
            OSError: it cannot be read.
            InputError: it is no log list.
        """
        changed = file.stat().st_mtime
        if self._list is None or changed != self._changed:
            self._list = LogList.loads(file.read_bytes(), name=str(file))
            self._changed = changed
        return _GLANCE
