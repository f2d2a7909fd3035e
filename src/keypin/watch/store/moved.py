"""What is said of the installation itself: whether it is moving or coming back, or has moved.

Processes look every two seconds, and end when it moves: two that write to two places would each
lose what the other was told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, delete, insert, make_url, select

from keypin.errors import KeypinError
from keypin.watch.store.tables import installation

MOVING = "moving"
ARRIVING = "arriving"
MOVED = "moved"
RESTORING = "restoring"


class MovedError(KeypinError):
    """The installation is somewhere else now, or on its way."""


def note(connection: Connection, name: str, value: Mapping[str, Any], at: datetime) -> None:
    """Say something of the installation, instead of what was said by that name before."""
    forget(connection, name)
    row = {"name": name, "value": dict(value), "changed_at": at}
    connection.execute(insert(installation).values(row))


def forget(connection: Connection, name: str) -> None:
    """Say it no more."""
    connection.execute(delete(installation).where(installation.c.name == name))


def read(connection: Connection, name: str) -> dict[str, Any] | None:
    """Return what is said by a name, or None."""
    found = connection.execute(select(installation.c.value).where(installation.c.name == name))
    return found.scalar()


def place(url: str | URL) -> str:
    """Return a database's address without what is secret in it."""
    whole = make_url(url)
    plain = whole.set(drivername=whole.get_backend_name())
    return plain.render_as_string(hide_password=True)


def why_not_here(connection: Connection) -> str | None:
    """Return why nobody may work on this database, or None."""
    moved = read(connection, MOVED)
    if moved is not None:
        return f"this installation moved to {moved['to']}; start it with --database {moved['to']}"
    moving = read(connection, MOVING)
    if moving is not None:
        return (
            f"this installation is moving to {moving['to']}; wait, or if the move was "
            "interrupted, run it again: keypin watch migrate-to"
        )
    if read(connection, ARRIVING) is not None:
        return (
            "an installation is being moved here; wait, or if the move was interrupted, run it "
            "again: keypin watch migrate-to"
        )
    restoring = read(connection, RESTORING)
    if restoring is not None:
        return (
            f"the backup of {restoring['written_at']} is being restored here; wait, or if that was "
            "interrupted, run it again: keypin watch restore"
        )
    return None
