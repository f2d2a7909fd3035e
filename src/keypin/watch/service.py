"""One process of the watch: opened, started, watched over, and stopped.

with Watch(settings) as watch:      opens the folder, the database and the keys, migrates
    watch.start()                   work, loops, and its place among the others
    ...                             whatever answers requests (`keypin.web.serve`)
    watch.problems()                what `/readyz` says
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from keypin.watch import parts
from keypin.watch.core import Core, now
from keypin.watch.folder import Folder
from keypin.watch.keys import unopened
from keypin.watch.opening import OpenError, opened, reason
from keypin.watch.settings import Settings
from keypin.watch.shares import Shares, name_of_worker
from keypin.watch.store import Sealer, moved
from keypin.watch.supervisor import Loop, Supervisor
from keypin.watch.unsorted import settle
from keypin.watch.work.clock import SharedClock
from keypin.watch.work.dbos import DbosWork

_log = logging.getLogger(__name__)

# How often it is looked whether the installation moved.
_LOOK = 2.0


# Processes that share a database may each send what another one began to.
_NO_PUBLIC_URL = (
    "links lead to this process alone: give every process of this database the same --public-url"
)


# Codes of second factors, routes and named secrets wait for it; all else works.
_LOST_KEY = (
    "%d of the sealed secrets cannot be opened by the keys in %s: put the key of then on a line "
    "after the others, and start again"
)


class Watch:
    """One process of an installation.

    Args:
        settings: how it is set up, and what this process does.
        clock: tells the time.

    Attributes:
        core: what every part is handed.
        ended: set when the process must end by itself.
        why: the reason, once it is set.

    Raises:
        FolderError: the folder cannot be used.
        OpenError: the database cannot be.
        MovedError: the installation is somewhere else now.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now) -> None:
        self.ended = threading.Event()
        self.why: str | None = None
        self._folder = Folder(settings.data)
        try:
            self._database = opened(settings, new=True)
        except BaseException:
            self._folder.close()
            raise
        worker = name_of_worker(self._database)
        self._shares = Shares(self._database, settings, worker, SharedClock(self._database, clock))
        self.core = Core(
            settings=settings,
            database=self._database,
            sealer=Sealer.at(settings.key_file),
            work=DbosWork(self._database, clock, worker=worker),
            clock=clock,
            share=self._shares.share,
        )
        self._supervisor: Supervisor | None = None

    def start(self) -> None:
        """Begin to work: each wanted part declares itself, and what was left undone goes on.

        Raises:
            OpenError: the database went away meanwhile.
        """
        try:
            self._begin()
        except SQLAlchemyError as error:
            raise OpenError(f"the service cannot start: {reason(error)}") from error

    def _begin(self) -> None:
        if lost := unopened(self._database, self.core.sealer):
            _log.warning(_LOST_KEY, lost, self.core.settings.key_file)
        settle(self._database, self.core.settings.data, self.core.clock)
        if not (self._database.sqlite or self.core.settings.public_url):
            _log.warning(_NO_PUBLIC_URL)
        loops = parts.declare(self.core)
        self._shares.join()
        self.core.work.start()
        own = [Loop("sharing work", self._shares.run), Loop("looking for moves", self._look)]
        self._supervisor = Supervisor([*own, *loops])
        self._supervisor.start()

    def stop(self) -> None:
        """End within seconds, with what runs brought to its end where that is possible."""
        if self._supervisor is None:
            return
        self._supervisor.stop()
        self._supervisor = None
        self.core.work.stop()
        try:
            self._shares.leave()
        except SQLAlchemyError as error:
            _log.warning("the others miss this process in 8 seconds only: %s", error)

    def problems(self) -> list[str]:
        """Return a sentence for each thing that keeps this process from its work."""
        if self._supervisor is None:
            return ["it has not been started"]
        found = [self._reach(), self.core.work.problem(), self._shares.failure, self.why]
        return [*filter(None, found), *self._supervisor.problems()]

    def close(self) -> None:
        """Stop, and close the database and the folder."""
        self.stop()
        self._database.close()
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _reach(self) -> str | None:
        try:
            with self._database.read_across() as connection:
                connection.execute(select(1))
        except SQLAlchemyError as error:
            return f"the database cannot be reached: {type(error).__name__}"
        return None

    def _look(self, stop: threading.Event) -> None:
        """End the process when the installation moves."""
        while not stop.wait(_LOOK):
            self._look_once()

    def _look_once(self) -> None:
        try:
            with self._database.read_across() as connection:
                why = moved.why_not_here(connection)
        except SQLAlchemyError:
            return  # `problems` says it
        if why is not None:
            self.why = why
            self.ended.set()
