"""A process is alive as long as PostgreSQL holds its lock, and no longer."""

import threading

import pytest
from sqlalchemy import text

from keypin.watch.store import Database
from keypin.watch.work import peers
from keypin.watch.work.peers import Peers

_BEGUN = (
    "CREATE SCHEMA dbos",
    "CREATE TABLE dbos.workflow_status (status text, executor_id text)",
    "INSERT INTO dbos.workflow_status VALUES ('PENDING', 'other')",
)


@pytest.fixture
def begun(postgresql: Database) -> Database:
    """Return a database in which the process `other` has begun a job."""
    with postgresql.begin_across() as connection:
        for statement in _BEGUN:
            connection.execute(text(statement))
    return postgresql


def test_only_who_is_found_dead_three_times_in_a_row_is_recovered(begun: Database) -> None:
    """Whoever comes back in between is alive."""
    recovered: list[str] = []
    one = Peers(begun, "one", recovered.extend)
    other = Peers(begun, "other", recovered.extend)
    one.look()
    one.look()
    other.look()
    one.look()
    other._close()
    _until_let_go(begun)
    one.look()
    one.look()
    assert not recovered
    one.look()
    assert recovered == ["other"]
    one.stop()


def _until_let_go(begun: Database) -> None:
    """Wait until the server has noticed that a connection is closed: one lock is left."""
    waited = threading.Event()
    locks = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    with begun.read_across() as connection:
        while connection.execute(locks).scalar_one() > 1:
            waited.wait(0.01)


def test_a_lock_that_was_lost_is_taken_again(
    begun: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL was started anew: meanwhile the process is not known as alive, and says so."""
    monkeypatch.setattr(peers, "_LOOK", 0.02)
    one = Peers(begun, "one", lambda _: None)
    one.start()
    with begun.begin_across() as connection:
        connection.execute(text("ALTER TABLE dbos.workflow_status RENAME TO away"))
    waited = threading.Event()
    while one.failure is None:
        waited.wait(0.01)
    assert one.failure == "peers cannot see that this process lives: ProgrammingError"
    with begun.begin_across() as connection:
        connection.execute(text("ALTER TABLE dbos.away RENAME TO workflow_status"))
    while one.failure is not None:
        waited.wait(0.01)
    one.stop()
