"""What every test may ask for, and the rule that nothing is skipped unnoticed."""

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from coverage import Coverage
from hypothesis import settings

from keypin.lab import Lab

if TYPE_CHECKING:
    from keypin.watch.store import Database

REPOSITORY = Path(__file__).parent.parent

# Where CI is set, a skip fails the run unless its reason holds one of these phrases: each names
# something that a machine may lack although it was set up as .ci/run sets it up.
ALLOWED_SKIPS = (
    "no IPv6",  # containers without it are common
    "localhost has two addresses",  # the pages show one, as containers have it
)

# However slow a machine is: no test is a race. For a Python on which the full number of examples is
# not tried there is `quick`; see scripts/test.py.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
settings.register_profile("quick", settings(), max_examples=20)

_refused: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Keep coverage to the tests themselves: each program that they start would be slower by it."""
    if hasattr(config, "workerinput"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure coverage in tests of rooms that must have all of it: others would only be slower."""
    coverage = Coverage.current()
    if coverage is None or _room(item) in coverage.get_option("run:source_pkgs"):
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


def _room(item: pytest.Item) -> str:
    """Return the package or module that a test is of."""
    first = item.path.relative_to(Path(__file__).parent).parts[0]
    return f"keypin.{first.removeprefix('test_').removesuffix('.py')}"


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of foreign test vectors, or skip, saying where it was looked for."""
    folder = Path(os.environ.get("KEYPIN_VECTORS", REPOSITORY.parent / "shared" / "vectors"))
    if not folder.is_dir():
        pytest.skip(f"no foreign vectors at {folder}; set KEYPIN_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Run the laboratory once for all tests."""
    with Lab() as running:
        yield running


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database of SQLite, made once."""
    from keypin.watch.store import Database  # noqa: PLC0415 - only tests of the service need it

    path = tmp_path_factory.mktemp("template") / "keypin.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def database(_empty_database: Path, tmp_path: Path) -> "Iterator[Database]":
    """Return a migrated SQLite database with two organisations, `acme` (1) and `rival` (2)."""
    path = shutil.copy(_empty_database, tmp_path / "keypin.db")
    yield from _open(f"sqlite:///{path}")


@pytest.fixture
def postgresql(new_postgresql: Callable[[], str]) -> "Iterator[Database]":
    """Return the same on PostgreSQL."""
    yield from _open(new_postgresql())


@pytest.fixture
def until_waiting(postgresql: "Database") -> Callable[..., None]:
    """Return a function that waits until a task waits for a lock of PostgreSQL, or has ended.

    It takes the task, its database, and how many have to wait, that one included.
    """
    from sqlalchemy import text  # noqa: PLC0415 - only tests of the service need it

    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def until(task: Future[Any], database: "Database" = postgresql, many: int = 1) -> None:
        while not wait([task], timeout=0.02).done:
            with database.read_across() as connection:
                if connection.execute(waiting).scalar_one() >= many:
                    return

    return until


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> "Database":
    """Return the same on each kind of database in turn."""
    return request.getfixturevalue(
        {"sqlite": "database", "postgresql": "postgresql"}[request.param]
    )


def _open(url: str) -> "Iterator[Database]":
    from keypin.watch.store import Database  # noqa: PLC0415 - only tests of the service need it
    from keypin.watch.store.tables import organisations  # noqa: PLC0415

    database = Database(url)
    database.migrate()
    began = datetime(2026, 11, 29, 12, tzinfo=UTC)
    with database.begin_across() as connection:
        for name in ("acme", "rival"):
            values = {"name": name, "title": name.title(), "created_at": began}
            connection.execute(organisations.insert().values(**values))
    yield database
    database.close()


@pytest.fixture(scope="session")
def new_postgresql() -> Iterator[Callable[[], str]]:
    """Return a function that gives the address of a new migrated database of PostgreSQL.

    The server listens on a socket in a folder of its own, so no port can be taken. That folder is
    none of pytest's, which another run would lock or clear away.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        pytest.skip("postgres is not installed")
    with TemporaryDirectory(prefix="keypin-", ignore_cleanup_errors=True) as name:
        yield from _postgresql(folders[-1], Path(name))


def _postgresql(programs: Path, folder: Path) -> Iterator[Callable[[], str]]:
    import psycopg  # noqa: PLC0415 - only tests of the service need it

    from keypin.watch.store import Database  # noqa: PLC0415

    owner = _unprivileged(folder)
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


def _unprivileged(folder: Path) -> dict[str, object]:
    """Return what runs PostgreSQL, which refuses to be root, as the owner of a folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or "CI" not in os.environ:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(phrase in reason for phrase in ALLOWED_SKIPS):
        _refused.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each test that was skipped without leave."""
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note each file that was skipped without leave."""
    _note_skip(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for the skips that were noted."""
    if _refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skips failed the run."""
    for line in _refused:
        terminalreporter.write_line(f"REFUSED SKIP {line}", red=True)


_PACE = 0.01


@contextmanager
def _dripping(head: bytes, *, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run a server on loopback that answers a byte at a time, and never comes to an end.

    Args:
        head: what it says at once, before it drips.
        context: its TLS, or None: it has none.
    """
    over = threading.Event()

    def drip(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            end = context.wrap_socket(plain, server_side=True) if context else plain
            with end:
                end.sendall(head)
                while not over.wait(_PACE):
                    end.sendall(b"a")

    def serve() -> None:
        with suppress(OSError):
            while True:
                several.append(threading.Thread(target=drip, args=listening.accept()[:1]))
                several[-1].start()

    several: list[threading.Thread] = []
    listening = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve)
    server.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        server.join()
        for thread in several:
            thread.join()


@pytest.fixture
def dripping() -> Callable[..., AbstractContextManager[int]]:
    """Return what runs the server, within a `with` that gives its port."""
    return _dripping
