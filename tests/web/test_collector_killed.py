"""What was acknowledged survives the server: it is killed under load, again and again.

Two rounds for each database; `KEYPIN_KILLS` says how many more are wanted.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from keypin.watch.collecting.part import empty
from keypin.watch.core import Core
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import applications, report_counts, report_groups, reports
from keypin.watch.work.inline import Inline

ROUNDS = int(os.environ.get("KEYPIN_KILLS", "2"))
CLIENTS = 8

# A server that takes, sorts and judges, until it is killed.
SERVER = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from keypin.watch.collecting.part import declare
from keypin.watch.core import Core
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.supervisor import Supervisor
from keypin.watch.work.inline import Inline
from keypin.web.collector import Collector

folder, url, key = sys.argv[1:]
core = Core(
    settings=Settings(data=Path(folder), reports_per_source=10**9),
    database=Database(url),
    sealer=Sealer([key]),
    work=Inline(),
)
app = Collector(core).in_front_of(Starlette())
Supervisor(declare(core)).start()
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
listening = server.config.bind_socket()
listening.listen()
print(listening.getsockname()[1], flush=True)
server.run([listening])
"""


@pytest.fixture
def core(any_database: Database, tmp_path: Path) -> Core:
    """Return an installation on each kind of database in turn, with an application."""
    key = Fernet.generate_key().decode()
    core = Core(
        settings=Settings(data=tmp_path), database=any_database, sealer=Sealer([key]), work=Inline()
    )
    (tmp_path / "key").write_text(key)
    with any_database.begin(1) as scope:
        values = {"name": "shop", "title": "shop", "tags": [], "report_key": "shop"}
        scope.add(applications, created_at=core.clock(), **values)
    return core


def _round(core: Core, number: int, acknowledged: list[str]) -> None:
    """Start a server, report to it from all sides, and kill it in the middle of that."""
    url = core.database.url.render_as_string(hide_password=False)
    folder = str(core.settings.data)
    key = (core.settings.data / "key").read_text()
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SERVER,
            folder,
            url.replace("+pysqlite", "").replace("+psycopg", ""),
            key,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    enough = threading.Event()
    clients = [
        threading.Thread(target=_report, args=(port, f"{number}-{one}", acknowledged, enough))
        for one in range(CLIENTS)
    ]
    for one in clients:
        one.start()
    enough.wait(20)
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    for one in clients:
        one.join()


def _report(port: str, name: str, acknowledged: list[str], enough: threading.Event) -> None:
    """Report until the server is gone; note what was acknowledged."""
    number = 0
    with httpx2.Client() as client:
        while True:
            number += 1
            body = {
                "hostname": f"h{number % 3}.example.com",
                "app-bundle-id": "com.example.shop",
                "app-version": f"{name}-{number}",
                "known-pins": [],
                "served-certificate-chain": [],
            }
            try:
                answer = client.post(f"http://127.0.0.1:{port}/report/shop", json=body)
            except httpx2.HTTPError:
                return
            if answer.status_code == 202:
                acknowledged.append(f"{name}-{number}")
            if number == 30:
                enough.set()


def test_no_acknowledged_report_is_lost_or_counted_twice(core) -> None:
    """Neither by the door nor by the sorter, whichever the kill hit."""
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        _round(core, number, acknowledged)
    assert len(acknowledged) > ROUNDS * 30
    empty(core)
    with core.database.read_across() as connection:
        stored = Counter(connection.execute(select(reports.c.version)).scalars())
        groups = connection.execute(select(report_groups.c.count)).scalars().all()
        minutes = connection.execute(select(report_counts.c.count)).scalars().all()
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) == {1}
    assert sum(groups) == sum(minutes) == len(stored)
