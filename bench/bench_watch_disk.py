"""How much disk endpoints and reports take.

    python bench/bench_watch_disk.py

A new database, SQLite and PostgreSQL: endpoints with a certificate of its own each are added,
probed and judged by 20 releases; then they are probed for the rest of a day and show the same; then
each shows one of another CA, which every release refuses: the most that a change can take, with
what is told of it. 20,000 reports are taken and sorted, from as many sources about 50 events. By
how much the database grew, is divided. SQLite's file is measured after its log was written back,
PostgreSQL's after VACUUM.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import machine
import psycopg
from sqlalchemy import insert, update
from watch_workers.worker import IN_BATCH, RELEASES, batch, pins

from keypin.certs import Endpoint
from keypin.inventory.entries import Application
from keypin.probe import Dial, Options
from keypin.trust import public_roots, trust_from_file
from keypin.watch.collecting.batches_table import TableOfBatches
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.core import Core
from keypin.watch.inventory import applications, endpoints, read_upload, releases
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.prober import Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store import tables as t
from keypin.watch.work.inline import Inline

COUNT, DAY, REPORTS = 400, 5, 20_000
SERVER = Path(__file__).parent / "watch_probing" / "server.py"


class Clock:
    """Tells the time, and can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, Any]]:
    """Run a server with new certificates, and give its port and pins."""
    command = [sys.executable, str(SERVER), str(folder), str(COUNT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else "")
        finally:
            process.terminate()


def size(url: str) -> int:
    """Return the size of a database, in bytes, without what is only on its way."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(path).stat().st_size
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def fill(database: Database, issuer: str, at: datetime) -> None:
    """Make the inventory."""
    with database.begin(1) as scope:
        for number in range(RELEASES):
            upload = read_upload(BytesIO(pins(number, {"issuer": issuer})), "pins.toml", at=at)
            releases.add(scope, "shop", f"1.{number}", upload, at=at, share=1 / RELEASES)
        ours = [Endpoint(f"h{number}.bench.example") for number in range(COUNT)]
        endpoints.add_all(scope, ours, at=at, origin=endpoints.Origin.CODE)
    Claims(database, "here").heal(at)


def look(database: Database, folder: Path, port: int, clock: Clock) -> None:
    """Probe and judge every endpoint."""
    trust = trust_from_file(str(folder / "ca.pem"))
    options = Options(trust=trust, connect=(Dial("localhost", port),))
    with database.begin_across() as connection:
        connection.execute(update(t.schedules).values(due_at=clock()))
    pace = Pace()
    pace.set(1e6)
    prober = Prober(database, "here", options, pace, clock)
    while prober.turn(threading.Event()):
        pace.set(1e6)
    judge = Judge(database, Trust(anchors=trust, public=public_roots(), own=trust))
    while judge.turn(clock()):
        pass


def sort(database: Database, folder: Path) -> None:
    """Take reports, and sort them."""
    sealer = Sealer.at(folder / "keys")
    settings = Settings(data=folder)
    core = Core(settings=settings, database=database, sealer=sealer, work=Inline())
    batches = TableOfBatches(database)
    for number in range(REPORTS // IN_BATCH):
        batches.append(batch(number), IN_BATCH)
    sorter = Sorter(core, batches)
    while sorter.turn():
        pass


def told(url: str, name: str, count: int, work: Callable[[], object]) -> None:
    """Do something, and print by how much the database grew."""
    before = size(url)
    work()
    print(f"  {name:<44} {(size(url) - before) / count:8,.0f} bytes each")


def measure(kind: str, url: str, folder: Path) -> None:
    """Measure one kind of database."""
    database, clock = Database(url), Clock()
    database.migrate()
    with database.begin_across() as connection:
        values = {"name": "bench", "title": "Bench", "created_at": clock()}
        connection.execute(insert(t.organisations).values(**values))
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=clock())
    print(f"{kind}: empty {size(url) / 1e6:.1f} MB")
    with serving(folder) as server:

        def first() -> None:
            fill(database, server["issuer"], clock())
            look(database, folder, server["port"], clock)

        def day() -> None:
            for _ in range(DAY):
                clock.ahead += timedelta(hours=24 / DAY)
                look(database, folder, server["port"], clock)

        told(url, "endpoints, probed and judged", COUNT, first)
        told(url, "their day, with nothing new", COUNT, day)
    clock.ahead += timedelta(days=60)
    with serving(folder) as server:
        told(
            url,
            "replaced, refused by every release",
            COUNT,
            lambda: look(database, folder, server["port"], clock),
        )
    told(url, "reports, sorted", REPORTS, lambda: sort(database, folder))
    database.close()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        measure("SQLite", f"sqlite:///{folder}/keypin.db", folder)
        if machine.installed():
            (folder / "pg").mkdir()
            url, _ = stack.enter_context(machine.postgresql(folder / "pg"))
            measure("PostgreSQL", url, folder)


if __name__ == "__main__":
    main()
