"""News on its way out of the monitor: each organisation is told what is its own.

A piece of news counts as told when it is in the database. One that was on its way when the process
died is told again, and changes nothing then.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from keypin.alerts import Signal
from keypin.monitor.store import Store, Told
from keypin.watch.alerting.signals import clear_others, tell
from keypin.watch.store import Database
from keypin.watch.store.tables import organisations
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.found import Finder, Found
from keypin.watch.transparency.signs import alarm

_log = logging.getLogger(__name__)

_BATCH = 200


class Teller:
    """What takes news out of a store, and tells it.

    Args:
        store: where it comes from.
        finder: knows whose a name is.
        filing: keeps what was found.
        database: the installation's.
        clock: tells the time.
    """

    def __init__(
        self,
        store: Store,
        finder: Finder,
        filing: Filing,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._finder = finder
        self._filing = filing
        self._database = database
        self._clock = clock

    def tell(self) -> int:
        """Tell everything that there is, and return how much that was."""
        count = 0
        while batch := self._store.take(_BATCH):
            for one in batch:
                self._tell_one(one)
            self._store.told(batch)
            count += len(batch)
        return count

    def to_all(self, signal: Signal) -> None:
        """Tell every organisation the same."""
        for organisation in everybody(self._database):
            with self._database.begin(organisation) as scope:
                tell(scope, [signal], self._clock())

    def clear(self, rule: str) -> None:
        """Tell every organisation that nothing of a kind holds any more."""
        for organisation in everybody(self._database):
            with self._database.begin(organisation) as scope:
                clear_others(scope, (), self._clock(), ids={rule})

    def _tell_one(self, one: Told) -> None:
        body: Mapping[str, Any] = json.loads(one.body)
        try:
            if body["type"] == "alarm":
                self.to_all(alarm(body))
            else:
                self._share_out(Found.of(body))
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the next certificate must be told
            # A certificate that no judge can bear keeps no other back; it is a mistake of ours.
            _log.exception("entry %s of %s is not told", body.get("index"), body.get("log"))

    def _share_out(self, found: Found) -> None:
        for organisation, hits in self._finder.watched.shared_out(found.hits).items():
            self._filing.file(organisation, found.for_hits(hits), self._clock())


def everybody(database: Database) -> Iterable[int]:
    """Return the numbers of all organisations."""
    with database.read_across() as connection:
        return connection.execute(select(organisations.c.id)).scalars().all()
