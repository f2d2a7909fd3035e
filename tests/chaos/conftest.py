"""Installations of real processes that faults are tried on, and the world around them."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from keypin.lab.cast import Cast
from keypin.watch.store import Database

HERE = Path(__file__).parent

# The harness is a package of its own name, for tests are none.
_spec = importlib.util.spec_from_file_location(
    "keypin_chaos", HERE / "harness" / "__init__.py", submodule_search_locations=[]
)
assert _spec is not None
assert _spec.submodule_search_locations is not None
_spec.submodule_search_locations.append(str(HERE / "harness"))
sys.modules["keypin_chaos"] = importlib.util.module_from_spec(_spec)

from keypin_chaos.installation import Installation, Postgres, Process, free_port, seed, set_off  # noqa: E402
from keypin_chaos.log import NAME, Log  # noqa: E402
from keypin_chaos.outside import Hook, Shop  # noqa: E402

# All that is kept of a small installation fits, with some rounds of reports.
_ROOM = "size=160m"


@pytest.fixture(scope="session")
def wrong_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library by which a process sees another time."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a C compiler is not installed")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = HERE / "harness" / "clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", made, source], check=True)
    return made


@pytest.fixture
def begun(tmp_path: Path, wrong_clock: Path) -> Iterator[Callable[[str], Installation]]:
    """Return a function that starts an installation on a kind of database."""
    with ExitStack() as stack:

        def begin(kind: str) -> Installation:
            if kind == "postgresql" and not Path("/usr/lib/postgresql").is_dir():
                pytest.skip("postgres is not installed")
            one = _installation(kind, tmp_path, wrong_clock, stack)
            stack.callback(one.close)
            for process in one.processes:
                process.start()
            return one

        yield begin


def _installation(kind: str, folder: Path, wrong_clock: Path, stack: ExitStack) -> Installation:
    cast = Cast(datetime.now(UTC) - timedelta(days=20))
    hosts = tuple(f"127.0.0.{number}" for number in range(1, 5))
    chains = [
        (cast.leaf(key, hosts=hosts), cast.authority("intermediate"))
        for key in ("active", "renewed")
    ]
    shops = [Shop(host, *chains) for host in hosts]
    hook, clock, keys = Hook(), folder / "clock", folder / "keys"
    set_off(clock, timedelta())
    (folder / "ca.pem").write_bytes(cast.trusted_pem())
    room = _small_disk(folder, stack) if kind == "sqlite" else None
    postgres = None
    if kind == "postgresql":
        # Not in pytest's folder, which the server's user could not reach as soon as another runs.
        postgres = Postgres(Path(stack.enter_context(TemporaryDirectory(prefix="keypin-chaos-"))))
    data = room or folder
    url = postgres.url if postgres else f"sqlite:///{data / 'keypin.db'}"
    environment = {
        **os.environ,
        "KEYPIN_DATABASE": url,
        "KEYPIN_KEYS": str(keys),
        "KEYPIN_TRUST": str(folder / "ca.pem"),
        # Two processes that tell the same must say the same, links included.
        "KEYPIN_PUBLIC_URL": "https://keypin.example.com",
        "KEYPIN_LOG_LIST": str(folder / "logs.json"),
        "KEYPIN_INTERNAL": "127.0.0.0/8",
        "KEYPIN_REPORTS_PER_SOURCE": "1000000",
        "LD_PRELOAD": str(wrong_clock),
        "CHAOS_CLOCK": str(clock),
    }
    parts = [("web", "collector", "prober", "alerts", "logs")]
    if postgres:
        parts = [("web", "collector", "alerts", "logs"), ("collector", "prober", "alerts", "logs")]
    processes = [
        Process(
            folder=(room or folder) / f"data{number}" if room is None else room,
            port=free_port(),
            arguments=[word for part in some for word in ("--part", part)],
            environment=environment,
        )
        for number, some in enumerate(parts)
    ]
    database = Database(url)
    seed(database, keys, shops, hook, _pins(cast, (*hosts, NAME)))
    log = Log(cast.authority("intermediate"), folder / "logs.json")
    return Installation(database, processes, shops, hook, log, clock, postgres, room)


def _pins(cast: Cast, hosts: tuple[str, ...]) -> str:
    pins = f'pins = ["{cast.pin("active")}"]\nbackup_pins = ["{cast.pin("backup")}"]\n'
    return "version = 1\n" + "".join(f'[[policy]]\nhost = "{host}"\n{pins}' for host in hosts)


def _small_disk(folder: Path, stack: ExitStack) -> Path | None:
    """Mount a small disk, or return None where this may not be."""
    room = folder / "data"
    room.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", _ROOM, "keypin-chaos", str(room)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    stack.callback(subprocess.run, ["umount", "-l", str(room)], check=False)
    return room
