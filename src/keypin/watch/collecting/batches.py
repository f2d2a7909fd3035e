"""The port to whatever keeps batches until they are sorted.

`batches_file.py` is the one on SQLite, `batches_table.py` the one on PostgreSQL.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

from keypin.errors import KeypinError


class IntakeError(KeypinError):
    """The intake cannot keep what came in; nothing of it is acknowledged."""


class Taken:
    """Batches that are being sorted, and the transaction that does it.

    Args:
        batches: the oldest ones; gone once the transaction is committed.
        begin: begins the transaction.
    """

    def __init__(self, batches: Sequence[bytes], begin: Callable[[], Connection]) -> None:
        self.batches = batches
        self._begin = begin
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The transaction's; it begins no sooner than it is asked for."""
        if self._connection is None:
            self._connection = self._begin()
        return self._connection


class Batches(Protocol):
    """Keeps batches, each until it was sorted once."""

    def append(self, batch: bytes, count: int) -> None:
        """Keep a batch; it is on the disk when this returns.

        Args:
            batch: the bytes.
            count: how many entries it has.

        Raises:
            IntakeError: it cannot be kept.
        """
        ...

    def take(self, most: int) -> AbstractContextManager[Taken]:
        """Take the oldest batches; where their sorting fails, they were never taken."""
        ...

    def waiting(self) -> int:
        """Return how many entries wait to be sorted."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
