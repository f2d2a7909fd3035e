"""Work survives its process: what was begun is done once more, what was submitted is not lost."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from keypin.watch.core import now
from keypin.watch.store import Database
from keypin.watch.work import Argument, peers
from keypin.watch.work.dbos import DbosWork

DOOMED = """
import sys, threading
from keypin.watch.core import now
from keypin.watch.store import Database
from keypin.watch.work.dbos import DbosWork

def run(argument):
    print("begun", flush=True)
    threading.Event().wait()

work = DbosWork(Database(sys.argv[1]), now, worker="doomed")
work.job("mail", run)
work.start()
work.submit("mail", {"number": 1}, key="1")
work.submit("mail", {"number": 2}, key="2")
threading.Event().wait()
"""


def _killed_in_the_middle(database: Database) -> None:
    """Let a process begin one job of two, and kill it there."""
    url = database.url.render_as_string(hide_password=False)
    doomed = subprocess.Popen(
        [sys.executable, "-c", DOOMED, url], stdout=subprocess.PIPE, text=True
    )
    with doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == "begun\n"
        os.kill(doomed.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "worker"), [("database", "doomed"), ("postgresql", "peer")])
def test_work_of_a_killed_process_is_done(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: str, worker: str
) -> None:
    """Alone with SQLite by its next life, on PostgreSQL by a peer that finds it dead."""
    database: Database = request.getfixturevalue(kind)
    monkeypatch.setattr(peers, "_LOOK", 0.1)
    _killed_in_the_middle(database)
    done: list[Argument] = []
    both = threading.Event()

    def run(argument: Argument) -> None:
        done.append(argument)
        if len(done) == 2:
            both.set()

    work = DbosWork(database, now, worker=worker)
    work.job("mail", run)
    work.start()
    try:
        work.submit("mail", {"number": 1}, key="1")
        assert both.wait(20)
    finally:
        work.stop()
    assert sorted(str(one["number"]) for one in done) == ["1", "2"]


@pytest.mark.slow
def test_a_stop_leaves_a_job_that_waits_for_its_next_try(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no end: the next life tries it again, and what has long ended is forgotten."""
    failed, done = threading.Event(), threading.Event()

    def fail(_: Argument) -> None:
        failed.set()
        raise OSError("the mail server is away")

    first = DbosWork(database, now, worker="here")
    first.job("mail", fail, attempts=9)
    assert first.problem() == "the work has not been started"
    with pytest.raises(RuntimeError, match="start it before"):
        first.submit("mail", {}, key="1")
    first.start()
    first.submit("mail", {}, key="1")
    assert failed.wait(20)
    first.stop()
    second = DbosWork(database, now, worker="here")
    second.job("mail", lambda _: done.set())
    second.start()
    assert done.wait(20)
    second.stop()
    assert _statuses(database) == ["SUCCESS"]
    monkeypatch.setattr("keypin.watch.work.dbos._REMEMBERED", timedelta(days=-1))
    third = DbosWork(database, now, worker="here")
    third.start()
    third._prune()
    third.stop()
    assert _statuses(database) == []


def _statuses(database: Database) -> list[str]:
    assert database.path is not None
    engine = create_engine(f"sqlite:///{database.path.with_name('keypin-work.db')}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT status FROM workflow_status")).scalars().all()
    engine.dispose()
    return list(found)


@pytest.mark.slow
def test_what_dbos_says_of_a_statement_that_fails_holds_no_argument(any_database) -> None:
    """On its own engine, which is not the installation's."""
    from dbos._dbos import _get_dbos_instance  # noqa: PLC0415 - private

    work = DbosWork(any_database, now, worker="here")
    work.start()
    try:
        engine = _get_dbos_instance()._sys_db.engine
        with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
            connection.execute(text("SELECT nothing + :number"), {"number": "Zanzibar"})
    finally:
        work.stop()
    assert "SELECT nothing" in str(caught.value)
    assert "Zanzibar" not in str(caught.value)


def test_unixepoch_is_there_though_sqlite_is_older() -> None:
    """DBOS asks for it, and SQLite has it since 3.42."""
    from keypin.watch.work.dbos_engine import _unixepoch  # noqa: PLC0415 - private

    at = datetime.now(UTC).timestamp()
    assert abs(_unixepoch("now", "subsec") - at) < 5
    assert isinstance(_unixepoch("now"), int)
