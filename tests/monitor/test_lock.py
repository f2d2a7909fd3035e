"""One process has a monitor's state, and others look on."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree
from keypin.lab.ct_key import Head, Signer
from keypin.monitor.lock import Lock
from keypin.monitor.store import News, Store, StoreError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOG = b"L" * 32


@pytest.fixture
def head() -> TreeHead:
    """Return a head of five entries."""
    said = Head(5, int(NOW.timestamp()) * 1000, bytes(32))
    return TreeHead(*said, Signer.new().sign_head(said))


def test_a_lock_is_held_once(tmp_path) -> None:
    """Who has it keeps others out until it lets go, however often."""
    lock = Lock(tmp_path / "lock")
    with pytest.raises(BlockingIOError, match="another process has it"):
        Lock(tmp_path / "lock")
    lock.release()
    lock.release()
    Lock(tmp_path / "lock").release()


def test_a_process_that_is_killed_lets_go(tmp_path) -> None:
    """Nothing has to be cleaned up by hand."""
    code = (
        "import sys; from pathlib import Path; from keypin.monitor.lock import Lock;"
        "lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError):
            Lock(path)
        holder.kill()
        holder.wait()
        Lock(path).release()


def test_two_monitors_do_not_share_a_state(tmp_path, store) -> None:
    """The second is told, and can begin when the first has ended."""
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "state")
    assert str(caught.value) == f"{store.path}: in use by another monitor"
    store.close()
    Store(tmp_path / "state").close()


def test_others_look_on_while_a_monitor_writes(tmp_path, store, head) -> None:
    """They see what is committed, also what comes after they began, and write nothing."""
    store.keep_head(LOG, head, "log")
    looker = Store(tmp_path / "state", looking=True)
    try:
        assert looker.heads(LOG) == (head,)
        store.open_live(LOG, Tree(0, []))
        [span] = looker.spans(LOG)
        assert span.live
        with pytest.raises(Exception, match="readonly database"):
            looker.add(LOG, [News("key", "{}")])
        store.add(LOG, [News("key", "{}")])
    finally:
        looker.close()


def test_looking_after_the_monitor_ended(tmp_path, store, head) -> None:
    """The state is there as long as its file is."""
    store.keep_head(LOG, head, "log")
    store.close()
    looker = Store(tmp_path / "state", looking=True)
    assert looker.heads(LOG) == (head,)
    Store(tmp_path / "state").close()
    looker.close()


def test_there_is_nothing_to_look_at(tmp_path) -> None:
    """Looking makes no state."""
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "none", looking=True)
    assert str(caught.value) == (
        f"{tmp_path / 'none' / 'monitor.sqlite'}: no monitor has kept anything here"
    )
    assert not (tmp_path / "none").exists()


def test_what_is_no_state(tmp_path) -> None:
    """A file of something else is told, whoever opens it, and the lock is let go."""
    (tmp_path / "monitor.sqlite").write_bytes(b"something else " * 100)
    for looking in (True, False, False):
        with pytest.raises(StoreError, match="file is not a database"):
            Store(tmp_path, looking=looking)


def test_a_state_of_another_version(tmp_path, store) -> None:
    """It is read by nobody who does not know it."""
    with store.writing() as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"of version 99, where \d is read here"):
        Store(tmp_path / "state", looking=True)
    store.close()
    with pytest.raises(StoreError, match=r"of version 99, where \d is read here"):
        Store(tmp_path / "state")
