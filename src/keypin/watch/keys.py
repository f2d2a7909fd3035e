"""A new key for the secrets of an installation, and every secret sealed by it.

First both keys stand in the file, then everything is sealed again in one transaction, then the old
key goes: whatever interrupts, a key that opens is there, and the same command ends it.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Column, Connection, Select, select, update

from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import opened
from keypin.watch.settings import Settings
from keypin.watch.shares import living
from keypin.watch.store import Database, Sealer
from keypin.watch.store.disk import keep_names
from keypin.watch.store.tables import accounts, alert_routes, secrets
from keypin.watch.work.clock import SharedClock

# Every column that holds something sealed.
SEALED: tuple[Column[bytes], ...] = (accounts.c.totp, alert_routes.c.sealed, secrets.c.sealed)


def renew(settings: Settings, *, clock: Callable[[], datetime] = now) -> int:
    """Make a new key and seal every secret by it; no process may run meanwhile.

    Args:
        settings: which installation.
        clock: tells this machine's time.

    Returns:
        How many secrets were sealed again.

    Raises:
        FolderError: a process of the installation runs.
        InputError: there is no installation.
        SealError: a secret cannot be opened; the old keys stay.
    """
    database = opened(settings)
    try:
        with Folder(settings.data):
            if living(database, SharedClock(database, clock)()):
                raise FolderError("processes of the watch run; stop all, and give all the new key")
            path = settings.key_file
            Sealer.at(path)  # says what is wrong with the keys that are there
            old = path.read_text(encoding="ascii").split()
            new = Fernet.generate_key().decode()
            _write(path, [new, *old])
            with database.begin_across() as connection:
                sealer = Sealer([new, *old])
                number = sum(_sealed_again(connection, sealer, column) for column in SEALED)
            _write(path, [new])
    finally:
        database.close()
    return number


def unopened(database: Database, sealer: Sealer) -> int:
    """Return how many secrets no key of an installation opens."""
    with database.read_across() as connection:
        sealed = [connection.execute(_sealed(column)).scalars().all() for column in SEALED]
    return sum(not sealer.opens(one) for column in sealed for one in column)


def _sealed(column: Column[bytes]) -> Select[bytes]:
    return select(column).where(column.is_not(None))


def _sealed_again(connection: Connection, sealer: Sealer, column: Column[bytes]) -> int:
    table = column.table
    rows = connection.execute(select(table.c.id, column).where(column.is_not(None))).all()
    for number, sealed in rows:
        row = update(table).where(table.c.id == number)
        connection.execute(row.values({column: sealer.renew(sealed)}))
    return len(rows)


def _write(path: Path, keys: list[str]) -> None:
    """Write the file whole or not at all, for its owner alone."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    keep_names(path.parent)
