"""A live installation moves to another database, and no process works on both.

The source says that it moves: its processes end within seconds, and none starts. Then everything is
copied and compared, jobs that are not done are handed over, and the source says where it went. What
is interrupted is gone on with by the same command; until the last step the source is untouched but
for the note.
"""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from time import monotonic, sleep

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from keypin.errors import InputError, KeypinError
from keypin.watch.core import now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import demand, reason, told
from keypin.watch.settings import Settings
from keypin.watch.shares import living
from keypin.watch.store import Database, moved
from keypin.watch.store.backup import is_empty
from keypin.watch.store.copying import Tell, copy, snapshot
from keypin.watch.unsorted import waiting
from keypin.watch.work.clock import SharedClock
from keypin.watch.work.undone import hand_over, undone

# How long it is waited for processes to end.
_PATIENCE = 60.0


class MoveError(KeypinError):
    """The installation cannot move there, or not now."""


def move(settings: Settings, url: str, tell: Tell, *, clock: Callable[[], datetime] = now) -> None:
    """Move an installation.

    Args:
        settings: where it is.
        url: where it goes: an empty database, or one to which this move was interrupted.
        tell: is told of each table that arrived.
        clock: tells this machine's time.

    Raises:
        MoveError: another installation is there, processes do not end, a database cannot be used,
            or the installation moved before.
        MovedError: a backup is being restored into one of them.
        OpenError: a database cannot be opened.
        InputError: it is there already, there is none, or an address is none.
    """
    source, target = Database(settings.database_url), Database(url)
    if source.url == target.url:
        raise InputError("the installation is there already", next_step="name another database")
    try:
        with told(source):
            demand(source)
            source.migrate()
        with told(target):
            target.migrate()
        identity = _depart(source, target, url)
        with _nobody_works(source, settings, SharedClock(source, clock)):
            add = waiting(source, settings.data)
            with source.begin_across() as connection:
                add(connection)
            with snapshot(source) as connection:
                copy(connection, target, tell)
            hand_over(target, undone(source))
            _arrive(source, target, url, identity)
    except SQLAlchemyError as error:
        raise MoveError(
            f"the move to {moved.place(url)} stopped: {reason(error)}; check both databases, and "
            "run the same command again"
        ) from error
    finally:
        source.close()
        target.close()


def give_up(settings: Settings) -> bool:
    """Stay: what was copied so far is left where it is, and the processes may start again.

    Returns:
        Whether a move had begun.

    Raises:
        MovedError: the installation has moved.
        OpenError: the database cannot be used.
        InputError: there is no installation.
    """
    source = Database(settings.database_url)
    try:
        with told(source):
            demand(source)
            source.migrate()
            with source.begin_across() as connection:
                if moved.read(connection, moved.MOVED) is not None:
                    raise moved.MovedError(str(moved.why_not_here(connection)))
                moving = moved.read(connection, moved.MOVING)
                moved.forget(connection, moved.MOVING)
    finally:
        source.close()
    return moving is not None


def _depart(source: Database, target: Database, url: str) -> str:
    """Note the move on both sides, and return what names it."""
    with source.read_across() as connection:
        gone = moved.read(connection, moved.MOVED)
        leaving = moved.read(connection, moved.MOVING) or gone
        _demand_whole(connection)
    with target.read_across() as connection:
        arriving = moved.read(connection, moved.ARRIVING)
        _demand_whole(connection)
    identity = leaving["id"] if leaving else token_hex(16)
    if gone is not None and arriving is None:
        raise MoveError(
            f"this installation moved to {gone['to']}; to move it on, say --database {gone['to']}"
        )
    if arriving is None and not is_empty(target):
        raise MoveError(f"{moved.place(url)} is not empty; make a new database for the move")
    if arriving is not None and arriving["id"] != identity:
        raise MoveError(f"another move to {moved.place(url)} was begun; make a new database")
    # The source first: only what it knows can be gone on with.
    with source.begin_across() as connection:
        moved.note(connection, moved.MOVING, {"id": identity, "to": moved.place(url)}, now())
    with target.begin_across() as connection:
        moved.note(connection, moved.ARRIVING, {"id": identity}, now())
    return identity


def _demand_whole(connection: Connection) -> None:
    """Refuse half of what a backup holds."""
    why = moved.why_not_here(connection)
    if why is not None and moved.read(connection, moved.RESTORING) is not None:
        raise moved.MovedError(why)


def _nobody_works(source: Database, settings: Settings, clock: Callable[[], datetime]) -> Folder:
    """Wait until every process has ended, and keep the folder so that none begins."""
    until = monotonic() + _PATIENCE
    while True:
        try:
            folder = Folder(settings.data)
        except FolderError:
            folder = None
        if folder is not None and not living(source, clock()):
            return folder
        if folder is not None:
            folder.close()
        if monotonic() > until:
            raise MoveError(
                "processes of the watch still run; stop them, and run the same command again"
            )
        sleep(0.25)


def _arrive(source: Database, target: Database, url: str, identity: str) -> None:
    """Say at the source where it went, and open the target."""
    with source.begin_across() as connection:
        moved.note(connection, moved.MOVED, {"to": moved.place(url), "id": identity}, now())
    with target.begin_across() as connection:
        moved.forget(connection, moved.ARRIVING)
    with source.begin_across() as connection:
        moved.forget(connection, moved.MOVING)
