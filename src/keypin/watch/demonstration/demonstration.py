"""One demonstration, from the stage to the play: what `keypin watch --demo` begins."""

import logging
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from random import Random
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from keypin.watch.alerting.address import new_key
from keypin.watch.core import Core
from keypin.watch.demonstration import cues
from keypin.watch.demonstration.company import Company
from keypin.watch.demonstration.mailbox import Mailbox
from keypin.watch.demonstration.phones import COUNTRY_HEADER, Phones
from keypin.watch.demonstration.stage import Stage
from keypin.watch.demonstration.stock import Stock
from keypin.watch.folder import Folder
from keypin.watch.opening import opened
from keypin.watch.settings import Settings
from keypin.watch.store.tables import organisations
from keypin.watch.supervisor import Loop, Supervisor

_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def fitting(settings: Settings) -> bool:
    """Tell whether an installation can be demonstrated: it is empty, or was before.

    Raises:
        FolderError: the folder cannot be used.
        OpenError: the database cannot be.
        MovedError: the installation is somewhere else now.
    """
    folder = Folder(settings.data)
    try:
        if settings.stage.is_dir():
            return True
        database = opened(settings, new=True)
        try:
            with database.read_across() as connection:
                query = select(func.count()).select_from(organisations)
                return not connection.execute(query).scalar()
        finally:
            database.close()
    finally:
        folder.close()


class Demonstration:
    """A demonstration, as a context manager: servers and logs run inside `with`.

    Args:
        settings: of the installation.

    Attributes:
        settings: the same, so that the service believes the laboratory: it trusts its CA, reads its
            logs, asks its DNS, and probes and tells loopback addresses.
        told: the file with all messages that the demonstration's webhook was told.
    """

    def __init__(self, settings: Settings) -> None:
        folder = settings.stage
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = new_key()
        self.told = folder / "told.jsonl"
        self._stage = Stage(folder)
        self._mailbox = Mailbox(self.told, key)
        self._open = ExitStack()
        self._play = Supervisor([])
        self.settings = replace(
            settings,
            demonstration=True,
            internal=(*settings.internal, *_LOOPBACK),
            behind=(*settings.behind, *_LOOPBACK),
            country_header=COUNTRY_HEADER,
            trust=self._stage.ca_file,
            log_list=str(self._stage.log_list),
            resolver=self._stage.zone.where,
        )

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            # What phones refuse stands in their reports, and is no matter of the service's log.
            log = logging.getLogger("keypin.tls")
            stack.callback(log.setLevel, log.level)
            log.setLevel(logging.CRITICAL)
            stack.enter_context(self._stage)
            stack.enter_context(self._mailbox)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def begin(self, core: Core, address: str) -> None:
        """Put the shop's inventory in, unless it is there, and let the play begin.

        Args:
            core: the installation, started.
            address: where it answers, without a slash at the end.
        """
        chance = Random()  # noqa: S311 - who opens an application is no secret
        stock = Stock(core, self._stage, self._mailbox.url)
        number = stock.fill()
        phones = Phones(self._stage, address, stock.keys(number), chance)
        self._open.callback(phones.close)
        company = Company(
            stage=self._stage, stock=stock, phones=phones, organisation=number, chance=chance
        )
        self._play = Supervisor([Loop("the play", partial(cues.play, company)), *company.loops()])
        self._open.callback(self._play.stop)
        self._play.start()

    def end(self) -> None:
        """End the play, while the service still answers those who play in it."""
        self._play.stop()
