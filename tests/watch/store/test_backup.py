"""A backup is one file, whole, and believed when all of it was read."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from keypin.watch.core import now
from keypin.watch.store import Database, moved
from keypin.watch.store.backup import BackupError, unpacked, write
from keypin.watch.store.copying import content, tables

Fill = Callable[[Database], None]
JOBS = [{"id": "mail/1", "queue": "keypin-mail", "arguments": ["mail", {"to": "ada"}]}]


def _held(database: Database) -> dict[str, object]:
    with database.read_across() as connection:
        return {table.name: content(connection, table) for table in tables()}


def _nobody(table: str, rows: int) -> None:
    assert table
    assert rows >= 0


@pytest.fixture
def backup(database: Database, fill: Fill, tmp_path: Path) -> Path:
    """Return a backup of a filled database."""
    fill(database)
    path = tmp_path / "one.backup"
    write(database, path, JOBS, now(), _nobody)
    return path


def _refused(path: Path, match: str) -> None:
    folder = path.parent / "unpacked"
    folder.mkdir()
    with pytest.raises(BackupError, match=match):
        with unpacked(path, folder):
            pass
    assert not list(folder.iterdir())


def test_a_backup_holds_what_was_there_whichever_database_it_is(
    any_database: Database, fill: Fill, tmp_path: Path
) -> None:
    """In one file that its owner alone reads, and that is not touched when it is read."""
    fill(any_database)
    path = tmp_path / "one.backup"
    write(any_database, path, JOBS, now(), _nobody)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert {one.name for one in tmp_path.iterdir()} - {"keypin.db", "one.backup"} <= {
        "keypin.db-wal",
        "keypin.db-shm",
    }
    with unpacked(path, tmp_path) as (copied, said):
        assert _held(copied) == _held(any_database)
        assert said["jobs"] == JOBS
        with copied.read_across() as connection:
            assert moved.read(connection, "backup") is None
    assert path.read_bytes() == before


def test_a_file_that_is_there_is_not_written_over(backup: Path, database: Database) -> None:
    """Yesterday's backup is no place for today's."""
    with pytest.raises(BackupError, match="the file is there already"):
        write(database, backup, [], now(), _nobody)


def test_a_row_that_changed_is_found(backup: Path) -> None:
    """As by a disk that forgets, or by a hand."""
    connection = sqlite3.connect(backup)
    connection.execute("UPDATE organisations SET title = 'Evil' WHERE id = 1")
    connection.commit()
    connection.close()
    _refused(backup, "the table organisations is not as it was written")


def test_a_newer_version_s_backup_is_not_guessed_at(backup: Path) -> None:
    """What it holds may mean something else."""
    connection = sqlite3.connect(backup)
    connection.execute("UPDATE installation SET value = json_set(value, '$.version', 2)")
    connection.commit()
    connection.close()
    _refused(backup, "is of a newer version of keypin")


@pytest.mark.parametrize(
    ("holds", "match"),
    [
        (b"", "is no backup"),
        (b"not a database at all", "is no backup"),
        (b"SQLite format 3\0" + bytes(600), "is no backup of the watch, or damaged"),
    ],
    ids=["empty", "other", "damaged"],
)
def test_what_is_no_backup_is_said(tmp_path: Path, holds: bytes, match: str) -> None:
    """Before anything is touched."""
    path = tmp_path / "one.backup"
    path.write_bytes(holds)
    _refused(path, match)


def test_a_database_that_is_no_backup_is_said(database: Database) -> None:
    """The installation's own file, copied while it ran, may lack what was written last."""
    assert database.path is not None
    database.close()
    _refused(database.path, "is a database, but no backup")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With its name."""
    _refused(tmp_path / "none.backup", "none.backup: cannot be read: No such file")


def test_what_an_interrupted_restore_left_is_not_read_into_the_copy(
    backup: Path, tmp_path: Path
) -> None:
    """SQLite would read its log into the new file of that name, and find no backup there."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    with unpacked(backup, folder):
        left = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert "restoring.db-wal" in left
    for name, holds in left.items():
        (folder / name).write_bytes(holds)
    with unpacked(backup, folder) as (_, said):
        assert said["jobs"] == JOBS
    assert not list(folder.iterdir())


def _overwritten(backup: Path, at: int, holds: bytes) -> None:
    with backup.open("r+b") as file:
        file.seek(at)
        file.write(holds)


def _pages(backup: Path, kind: str) -> list[tuple[int, int]]:
    """Return where the pages of all tables or indices begin, and how long each is."""
    connection = sqlite3.connect(backup)
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    roots = connection.execute("SELECT rootpage FROM sqlite_schema WHERE type = ?", (kind,))
    pages = [((root - 1) * size, size) for (root,) in roots]
    connection.close()
    return pages


def test_an_index_that_is_damaged_is_found(backup: Path) -> None:
    """Whoever asks by it would miss rows that the table holds."""
    raw = backup.read_bytes()
    changed = 0
    for start, size in _pages(backup, "index"):
        end = start + size - 1
        if raw[end] == 0:  # nothing is in it
            continue
        _overwritten(backup, end, bytes([raw[end] ^ 1]))
        _refused(backup, r"one.backup: is no backup of the watch, or damaged: .*; restore another")
        (backup.parent / "unpacked").rmdir()
        backup.write_bytes(raw)
        changed += 1
    assert changed > 10


def test_a_block_that_is_lost_is_said_of_the_backup(backup: Path) -> None:
    """Wherever it stood, in one sentence that names the file."""
    raw = backup.read_bytes()
    pages = _pages(backup, "table")
    assert len(pages) > 10
    for start, _ in [(100, 0), *pages]:
        _overwritten(backup, start, b"\xa5" * 512)
        _refused(backup, r"one\.backup: ")
        (backup.parent / "unpacked").rmdir()
        backup.write_bytes(raw)


@pytest.mark.parametrize(
    "said",
    [
        "null",
        "[]",
        "{}",
        "{",
        '{"version": "x"}',
        '{"version": 1, "tables": {}}',
        '{"version": 1, "written_at": "x", "tables": {"a": [0]}, "jobs": []}',
        '{"version": 1, "written_at": "x", "tables": {"a": [0, "0"]}, "jobs": []}',
        '{"version": 1, "written_at": "x", "tables": {}, "jobs": []}',
        '{"version": 1, "written_at": "x", "tables": {}, "jobs": [1]}',
        '{"a":' * 5000 + "1" + "}" * 5000,
    ],
    ids=["null", "list", "empty", "cut", "version", "jobs", "rows", "none", "all", "job", "deep"],
)
def test_a_foreign_file_with_a_row_of_that_name_is_refused(tmp_path: Path, said: str) -> None:
    """In one sentence."""
    path = tmp_path / "one.backup"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE installation (name TEXT PRIMARY KEY, value JSON, changed_at INTEGER)"
    )
    connection.execute("INSERT INTO installation VALUES ('backup', ?, 0)", (said,))
    connection.commit()
    connection.close()
    _refused(path, r"one\.backup: is (no|a database, but no) backup of the watch")
