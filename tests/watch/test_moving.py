"""A live installation moves, and no process works on both databases."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from keypin.errors import InputError
from keypin.watch import moving, service
from keypin.watch.core import now
from keypin.watch.folder import Folder
from keypin.watch.moving import MoveError, give_up, move
from keypin.watch.opening import OpenError, opened
from keypin.watch.service import Watch
from keypin.watch.settings import Part, Settings
from keypin.watch.store import Database, moved
from keypin.watch.store.copying import CopyError
from keypin.watch.store.tables import organisations, workers
from keypin.watch.work import Argument
from keypin.watch.work.dbos import DbosWork

ALERTS = frozenset({Part.ALERTS})


def _nobody(table: str, rows: int) -> None:
    assert table
    assert rows >= 0


@pytest.fixture
def settings(database: Database) -> Settings:
    """Return the settings of an installation with two organisations, in SQLite."""
    assert database.path is not None
    return Settings(data=database.path.parent, parts=ALERTS)


def _organisations(url: str) -> int:
    database = Database(url)
    with database.read_across() as connection:
        number = connection.execute(select(func.count()).select_from(organisations)).scalar()
    database.close()
    return int(number or 0)


@pytest.mark.once
@pytest.mark.slow
def test_processes_end_jobs_move_and_nobody_starts_where_it_was(
    settings: Settings, new_postgresql: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was submitted before the move is done after it, elsewhere."""
    monkeypatch.setattr(service, "_LOOK", 0.02)
    url = new_postgresql()
    watch = Watch(settings)
    held, let_go = threading.Event(), threading.Event()
    begun: list[object] = []

    def hold(one: Argument) -> None:
        begun.append(one["number"])
        held.set()
        let_go.wait(20)

    watch.core.work.job("mail", hold)
    watch.start()
    watch.core.work.submit("mail", {"number": 1}, key="1")
    watch.core.work.submit("mail", {"number": 2}, key="2")
    assert held.wait(20)

    def end() -> None:
        watch.ended.wait(20)
        watch._supervisor.stop()  # type: ignore[union-attr]
        watch.core.work._stopping.set()  # type: ignore[attr-defined]
        let_go.set()
        watch.close()

    ending = threading.Thread(target=end)
    ending.start()
    move(settings, url, _nobody)
    ending.join()
    assert "is moving to postgresql" in str(watch.why)
    assert _organisations(url) == 2
    with pytest.raises(moved.MovedError, match="moved to postgresql"):
        opened(settings)
    done, target = threading.Event(), opened(Settings(data=settings.data, database=url))
    work = DbosWork(target, now, worker="there")
    work.job("mail", lambda one: None if one["number"] in begun else done.set())
    work.start()
    try:
        assert done.wait(20)
    finally:
        work.stop()
        target.close()
    assert len(begun) == 1


def test_a_move_that_was_interrupted_goes_on_or_is_given_up(
    settings: Settings, new_postgresql: Callable[[], str]
) -> None:
    """Meanwhile nobody starts on either side."""
    url = new_postgresql()

    def crash(table: str, _: int) -> None:
        if table == "organisations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(settings, url, crash)
    with pytest.raises(moved.MovedError, match="is moving to postgresql"):
        opened(settings)
    with pytest.raises(moved.MovedError, match="is being moved here"):
        opened(Settings(data=settings.data, database=url))
    give_up(settings)
    opened(settings).close()
    other = new_postgresql()
    with pytest.raises(MoveError, match=r"another move to .* was begun"):
        move(settings, url, _nobody)
    move(settings, other, _nobody)
    assert _organisations(other) == 2


def test_an_installation_moves_into_an_empty_database_alone(
    settings: Settings, postgresql: Database
) -> None:
    """Not into another installation, and not onto itself."""
    url = postgresql.url.render_as_string(hide_password=False)
    with pytest.raises(MoveError, match="is not empty"):
        move(settings, url, _nobody)
    with pytest.raises(InputError, match="is there already"):
        move(settings, settings.database_url, _nobody)
    opened(settings).close()


def test_what_moved_away_moves_no_second_time(settings: Settings, tmp_path) -> None:
    """What is left behind is old: it would bring back a past."""
    move(settings, f"sqlite:///{tmp_path / 'there.db'}", _nobody)
    with pytest.raises(MoveError, match=r"moved to sqlite.*there\.db; to move it on, say"):
        move(settings, f"sqlite:///{tmp_path / 'elsewhere.db'}", _nobody)


def test_a_database_that_does_not_answer_is_named(settings: Settings) -> None:
    """Where the move goes, why it stopped, and that it can be gone on with."""
    with pytest.raises(
        OpenError, match=r"the database postgresql://a@127.0.0.1:1/x cannot be used: .*refused"
    ):
        move(settings, "postgresql://a@127.0.0.1:1/x", _nobody)
    opened(settings).close()


def test_a_process_that_does_not_end_stops_the_move(
    settings: Settings,
    postgresql: Database,
    new_postgresql: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On this machine it holds the folder; on another it has just said that it lives."""
    monkeypatch.setattr(moving, "_PATIENCE", 0.0)
    with Folder(settings.data), pytest.raises(MoveError, match="processes of the watch still run"):
        move(settings, new_postgresql(), _nobody)
    row = {"id": "one", "host": "a", "process": 1, "vantage": "here", "parts": []}
    with postgresql.begin_across() as connection:
        connection.execute(insert(workers).values(**row, started_at=now(), seen_at=now()))
    there = Settings(
        data=settings.data, database=postgresql.url.render_as_string(hide_password=False)
    )
    with pytest.raises(MoveError, match="processes of the watch still run"):
        move(there, new_postgresql(), _nobody)


def test_what_does_not_arrive_leaves_the_source_as_it_is(
    settings: Settings, database: Database, new_postgresql: Callable[[], str]
) -> None:
    """The move can be given up, and nothing was lost."""
    with database.begin_across() as connection:
        connection.execute(organisations.update().values(title="x" * 300))
    with pytest.raises(CopyError, match="organisations is not taken there"):
        move(settings, new_postgresql(), _nobody)
    give_up(settings)
    opened(settings).close()


def _said(url: str, name: str) -> bool:
    database = Database(url)
    with database.read_across() as connection:
        said = moved.read(connection, name) is not None
    database.close()
    return said


@pytest.mark.once
@pytest.mark.slow
def test_whenever_it_is_killed_before_both_sides_know_the_same_command_goes_on(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    """Whatever one of them was told, and the other was not."""
    database.close()
    program = str(Path(__file__).with_name("killed_move.py"))
    both, commits = False, 0
    while not both:
        here = Settings(data=tmp_path / str(commits))
        here.data.mkdir()
        shutil.copy(settings.data / "keypin.db", here.data)
        url = f"sqlite:///{tmp_path}/{commits}.db"
        command = [sys.executable, program, str(here.data), url, str(commits)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        with_tables = Database(url)
        with_tables.migrate()
        with_tables.close()
        both = _said(here.database_url, moved.MOVING) and _said(url, moved.ARRIVING)
        move(here, url, _nobody)
        assert _organisations(url) == 2
        commits += 1
    assert commits > 2


def test_whether_a_process_lives_is_told_by_the_clock_that_it_goes_by(
    settings: Settings,
    postgresql: Database,
    new_postgresql: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database's: the clock of the machine that moves may be ahead."""
    monkeypatch.setattr(moving, "_PATIENCE", 0.0)
    row = {"id": "one", "host": "a", "process": 1, "vantage": "here", "parts": []}
    with postgresql.begin_across() as connection:
        connection.execute(insert(workers).values(**row, started_at=now(), seen_at=now()))
    there = Settings(
        data=settings.data, database=postgresql.url.render_as_string(hide_password=False)
    )
    with pytest.raises(MoveError, match="processes of the watch still run"):
        move(there, new_postgresql(), _nobody, clock=lambda: now() + timedelta(minutes=1))


def test_half_of_a_backup_does_not_move(
    settings: Settings, database: Database, postgresql: Database
) -> None:
    """Nor does an installation move onto it."""
    with postgresql.begin_across() as connection:
        connection.execute(organisations.delete())
    url = postgresql.url.render_as_string(hide_password=False)
    for one in (postgresql, database):
        with one.begin_across() as connection:
            moved.note(connection, moved.RESTORING, {"written_at": "then"}, now())
        with pytest.raises(moved.MovedError, match="the backup of then is being restored here"):
            move(settings, url, _nobody)
        with one.begin_across() as connection:
            moved.forget(connection, moved.RESTORING)
    move(settings, url, _nobody)
