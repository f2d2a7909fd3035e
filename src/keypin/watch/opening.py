"""An installation's database is opened, and whatever is wrong with it is one sentence."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from keypin.errors import InputError, KeypinError
from keypin.watch.settings import Settings
from keypin.watch.store import Database, moved
from keypin.watch.store.database import NewerError


class OpenError(KeypinError):
    """The database cannot be reached, or not be brought up to date."""


def opened(settings: Settings, *, new: bool = False) -> Database:
    """Open an installation's database, and bring it up to date.

    Args:
        settings: which installation.
        new: whether it is made where there is none.

    Raises:
        DatabaseError: its address is none.
        InputError: there is no installation, and none is to be made.
        OpenError: it cannot be reached, or not be brought up to date.
        MovedError: the installation is somewhere else now.
    """
    database = Database(settings.database_url)
    with ExitStack() as stack:
        stack.callback(database.close)
        with told(database):
            if not new:
                demand(database)
            database.migrate()
            with database.read_across() as connection:
                why = moved.why_not_here(connection)
        if why is not None:
            raise moved.MovedError(why)
        stack.pop_all()
    return database


def demand(database: Database) -> None:
    """Refuse a database that holds no installation, and leave it as it is.

    Raises:
        InputError: it is not there, is empty, or another program's.
    """
    path = database.path  # a connection would make the file
    if path is None or (path.exists() and path.stat().st_size):
        with database.read_across() as connection:
            if inspect(connection).has_table("alembic_version"):
                return
    raise InputError(
        f"the database {moved.place(database.url)} holds no installation of the watch",
        expected="one that keypin watch has started",
        next_step="name its folder with --data, or its address with --database",
    )


@contextmanager
def told(database: Database) -> Generator[None]:
    """Turn what is wrong with a database into one sentence, which names it without its password.

    Raises:
        OpenError: it cannot be used.
    """
    place = moved.place(database.url)
    try:
        yield
    except NewerError as error:
        raise OpenError(f"the database {place} {error}") from error
    except SQLAlchemyError as error:
        cure = "its file" if database.sqlite else "its address, and that it runs"
        raise OpenError(
            f"the database {place} cannot be used: {reason(error)}; check {cure}"
        ) from error


def reason(error: SQLAlchemyError) -> str:
    """Return what the database said, without the statement."""
    return str(error.__cause__ or error).strip().splitlines()[0]
