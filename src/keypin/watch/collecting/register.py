"""Who may report: the keys of all applications, as one process knows them.

All are held, and read anew every few seconds, so that a key that nobody has costs no query and no
memory, however many are tried. A key that was made a moment ago is looked for once a second.
Where the database is away, those that were known go on to be.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch.collecting.sources import DayKey, Sources
from keypin.watch.core import Core
from keypin.watch.store.tables import applications

_log = logging.getLogger(__name__)

STALE = timedelta(seconds=5)
"""After this what is known is read anew, while it goes on to be used."""

SOON = timedelta(seconds=1)
"""An unknown key may be a new one; it is looked for no more often than this."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read.

    Attributes:
        at: when.
        numbers: of applications, by their keys.
        sources: today's digests.
    """

    at: datetime
    numbers: dict[str, int]
    sources: Sources


class Register:
    """The keys that one process knows, and the digests of today.

    Args:
        core: the installation.

    Attributes:
        known: what was read last, or None.
    """

    def __init__(self, core: Core) -> None:
        self.known: Known | None = None
        self._core = core
        self._asked_at: datetime | None = None
        self._reading: asyncio.Task[None] | None = None

    def known_as(self, key: str, at: datetime) -> int | None:
        """Return the number of the application that has a key, as far as is known now."""
        number = self.known.numbers.get(key) if self.known else None
        if number is not None and self._since(at) >= STALE:
            self._begin(at)
        return number

    async def find(self, key: str, at: datetime) -> int | None:
        """Return the number of the application that has a key, or None: nobody has."""
        number = self.known_as(key, at)
        if number is None and (self._since(at) >= SOON or self._under_way):
            await asyncio.shield(self._begin(at))
        return number or self.known_as(key, at)

    def source(self, site: str) -> bytes | None:
        """Return what is kept of an address; see `keypin.watch.collecting.sources`."""
        return self.known.sources.digest(site) if self.known else None

    def _since(self, at: datetime) -> timedelta:
        """Return how long ago it was last read; a clock that was set back means: long."""
        return abs(at - self._asked_at) if self._asked_at else STALE

    @property
    def _under_way(self) -> bool:
        return self._reading is not None and not self._reading.done()

    def _begin(self, at: datetime) -> "asyncio.Task[None]":
        if self._reading is None or self._reading.done():
            self._asked_at = at
            self._reading = asyncio.create_task(self._refresh(at))
        return self._reading

    async def _refresh(self, at: datetime) -> None:
        try:
            self.known = await asyncio.to_thread(self._look, at)
        except SQLAlchemyError as error:
            _log.warning("the keys of applications cannot be read: %s", type(error).__name__)

    def _look(self, at: datetime) -> Known:
        query = select(applications.c.report_key, applications.c.id)
        with self._core.database.read_across() as connection:
            numbers = {row.report_key: row.id for row in connection.execute(query)}
            key = DayKey.read(connection, self._core.sealer)
        if key is None or key.day < at.date():
            with self._core.database.begin_across() as connection:
                key = DayKey.renew(connection, self._core.sealer, at.date())
        if self.known and self.known.sources.key == key:
            return Known(at, numbers, self.known.sources)
        return Known(at, numbers, Sources(key, self._core.settings.addresses))
