"""Databases for the tests of the service: SQLite for each, PostgreSQL where a test asks for it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest

from keypin.watch.store import Database
from keypin.watch.store.tables import organisations

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database of SQLite, made once."""
    path = tmp_path_factory.mktemp("template") / "keypin.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def database(_template: Path, tmp_path: Path) -> Iterator[Database]:
    """Return a migrated SQLite database with two organisations, `acme` (1) and `rival` (2)."""
    path = shutil.copy(_template, tmp_path / "keypin.db")
    yield from _open(f"sqlite:///{path}")


@pytest.fixture
def postgresql(new_postgresql: Callable[[], str]) -> Iterator[Database]:
    """Return the same on PostgreSQL."""
    yield from _open(new_postgresql())


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> Database:
    """Return the same on each kind of database in turn."""
    return request.getfixturevalue(
        {"sqlite": "database", "postgresql": "postgresql"}[request.param]
    )


def _open(url: str) -> Iterator[Database]:
    database = Database(url)
    database.migrate()
    with database.begin_across() as connection:
        for name in ("acme", "rival"):
            values = {"name": name, "title": name.title(), "created_at": NOON}
            connection.execute(organisations.insert().values(**values))
    yield database
    database.close()


@pytest.fixture(scope="session")
def new_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Return a function that gives the address of a new migrated database of PostgreSQL.

    The server listens on a socket in a folder of its own, so no port can be taken.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        pytest.skip("postgres is not installed")
    programs, folder = folders[-1], tmp_path_factory.mktemp("postgresql")
    owner = _unprivileged(folder, tmp_path_factory.getbasetemp().parents[1])
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync"]
    subprocess.run(
        [*initdb, "--locale=C", "--encoding=UTF8"], check=True, capture_output=True, **owner
    )
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-w"]
    subprocess.run(
        [*control, "-l", folder / "log", "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        **owner,
    )
    numbers = count(1)

    def new() -> str:
        name = f"keypin_{next(numbers)}"
        with psycopg.connect(host=str(folder), user="tester", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(f"CREATE DATABASE {name} TEMPLATE keypin_template")
        return f"postgresql://tester@/{name}?host={folder}"

    with psycopg.connect(host=str(folder), user="tester", dbname="postgres") as connection:
        connection.autocommit = True
        connection.execute("CREATE DATABASE keypin_template")
    template = Database(f"postgresql://tester@/keypin_template?host={folder}")
    template.migrate()
    template.close()
    yield new
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, **owner)


def _unprivileged(folder: Path, base: Path) -> dict[str, object]:
    """Return what runs PostgreSQL, which refuses to be root, as the owner of a folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent.is_relative_to(base):
            parent.chmod(parent.stat().st_mode | 0o011)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
