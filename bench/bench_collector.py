"""How many reports a second the collector stores before it answers, and how long an answer takes.

    python bench/bench_collector.py [sqlite|postgresql|postgresql2 ...]

A server process as `keypin watch` runs it: uvicorn in a thread, and what sorts and judges reports
in others; `postgresql2` is two of them on one database. Beside it the clients: one process with
1,000 connections, each of which sends its next report when the last was answered (the most that
goes), then at half of the target, however long answers take (their time counts from when a report
was due). Reports are of TrustKit, with two certificates, from 20,000 addresses and 50 hosts, behind
a proxy that is believed. Clients, server, disk and PostgreSQL share the machine: what each took of
the CPU is told. In the end what is stored is counted: no more and no less than was acknowledged.
Exit code 1 where a target is missed.
"""

import asyncio
import json
import os
import pwd
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette

from keypin.lab.authority import Request, issue, new_key
from keypin.watch.collecting.part import declare, empty
from keypin.watch.core import Core
from keypin.watch.garbage import settle
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import applications, organisations, reports
from keypin.watch.supervisor import Supervisor
from keypin.watch.work.inline import Inline
from keypin.web.collector import Collector
from keypin.web.collector_wire import Wire

# The targets, as the project's issue states them.
STORED = 10_000
PACE = 5_000
P99 = 0.050

CONNECTIONS = 1000
SECONDS = 8.0
KEYS = 4


def main(kinds: list[str]) -> int:
    """Measure each kind of database, and return the exit code."""
    return max([measured(kind) for kind in kinds or ["sqlite", "postgresql", "postgresql2"]])


def measured(kind: str) -> int:
    """Measure one kind of database, and number of processes."""
    with TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        prepare(url)
        servers = [server(folder, url) for _ in range(2 if kind.endswith("2") else 1)]
        ports = [int(cast("IO[bytes]", one.stdout).readline()) for one in servers]
        try:
            storm = watched(servers, lambda: client(ports, 0))
            paced = watched(servers, lambda: client(ports, PACE))
        finally:
            for one in servers:
                one.communicate()
        return told(kind, storm, paced, stored(Path(folder), url))


def server(folder: str, url: str) -> "subprocess.Popen[bytes]":
    """Start a server."""
    command = [sys.executable, __file__, "serve", folder, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def watched(
    servers: "list[subprocess.Popen[bytes]]", run: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """Run clients, and add what the servers took of the CPU meanwhile."""
    before = sum(map(asked, servers))
    found = run()
    return {**found, "server": sum(map(asked, servers)) - before}


def asked(server: "subprocess.Popen[bytes]") -> float:
    """Ask a server how many CPU seconds it took so far."""
    told, said = cast("IO[bytes]", server.stdin), cast("IO[bytes]", server.stdout)
    told.write(b"\n")
    told.flush()
    return float(said.readline())


def client(ports: list[int], pace: int) -> dict[str, float]:
    """Run the clients in a process of their own."""
    command = [sys.executable, __file__, "load", ",".join(map(str, ports)), str(pace)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def told(kind: str, storm: dict[str, float], paced: dict[str, float], kept: int) -> int:
    """Print the figures, and return 1 where one misses its target."""
    acknowledged = int(storm["taken"] + paced["taken"])
    rate, p99 = storm["taken"] / storm["seconds"], paced["p99"]
    print(f"{kind}: {rate:,.0f} reports/s stored before the answer (target {STORED:,})")
    print(
        f"  the server took {storm['server'] / storm['seconds']:.0%} of one CPU, the clients "
        f"{storm['cpu']:.0%}; there are {os.cpu_count()}, at a load of {os.getloadavg()[0]:.1f}; "
        f"{storm['server'] / storm['taken'] * 1e6:.0f} microseconds of CPU a report"
    )
    print(
        f"  at {paced['taken'] / paced['seconds']:,.0f}/s: median {paced['median'] * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms (target {P99 * 1000:.0f})"
    )
    print(f"  {acknowledged:,} acknowledged, {kept:,} stored, {int(storm['other'])} refused")
    fine = rate >= STORED and p99 <= P99 and kept == acknowledged
    return 0 if fine else 1


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of a new database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'keypin.db'}"
        return
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    data = folder / "postgresql"
    data.mkdir()
    who: dict[str, object] = {}
    if os.geteuid() == 0:  # it refuses to be root
        nobody = pwd.getpwnam("nobody")
        shutil.chown(data, nobody.pw_uid, nobody.pw_gid)
        folder.chmod(0o755)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    initdb = [programs / "initdb", "-D", data / "db", "-U", "bench", "--auth=trust"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **who)
    control = [programs / "pg_ctl", "-D", data / "db", "-w", "-l", data / "log"]
    options = f"-c listen_addresses= -c unix_socket_directories={data} -c max_wal_size=4GB"
    subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, **who)
    try:
        yield f"postgresql://bench@/postgres?host={data}"
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, **who
        )


def prepare(url: str) -> None:
    """Make the tables, an organisation and its applications."""
    store = Database(url)
    store.migrate()
    now = datetime.now(UTC)
    with store.begin_across() as connection:
        values = {"name": "bench", "title": "bench", "created_at": now}
        connection.execute(organisations.insert().values(**values))
        for number in range(KEYS):
            name = f"app-{number}"
            row = {"name": name, "title": name, "report_key": name, "tags": []}
            connection.execute(applications.insert().values(organisation=1, created_at=now, **row))
    store.close()


def serve(folder: str, url: str) -> None:
    """Be a server, until nothing more is asked."""
    store = Database(url)
    settings = Settings(data=Path(folder), database=url, behind=(ip_network("127.0.0.0/8"),))
    core = Core(
        settings=settings, database=store, sealer=Sealer.at(settings.key_file), work=Inline()
    )
    app = Collector(core).in_front_of(Starlette())
    Supervisor(declare(core)).start()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Wire,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            port=0,
            timeout_keep_alive=30,
        )
    )
    listening = server.config.bind_socket()
    settle()
    print(listening.getsockname()[1], flush=True)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    for _ in sys.stdin:
        print(cpu(), flush=True)
    server.should_exit = True
    thread.join()


def stored(folder: Path, url: str) -> int:
    """Sort what waits, and count the reports that are stored."""
    settings = Settings(data=folder, database=url)
    store = Database(url)
    core = Core(
        settings=settings, database=store, sealer=Sealer.at(settings.key_file), work=Inline()
    )
    empty(core)
    with store.read_across() as connection:
        count = connection.execute(select(func.count()).select_from(reports)).scalar()
    store.close()
    return int(count or 0)


def requests() -> list[bytes]:
    """Return 20,000 requests, of 50 hosts and as many chains."""
    now = datetime.now(UTC)
    root = issue(Request(name="a root", key=new_key("ecdsa"), ca=True), now)
    chains: list[list[str]] = []
    for number in range(50):
        host = f"h{number}.example.com"
        leaf = issue(Request(name=host, hosts=(host,), key=new_key("rsa"), issuer=root), now)
        chains.append([ssl.DER_cert_to_PEM_cert(one.der) for one in (leaf, root)])
    found: list[bytes] = []
    for number in range(20_000):
        document = {
            "app-bundle-id": "com.example.shop",
            "app-version": f"3.{number % 7}",
            "app-vendor-id": f"599F9C00-92DC-4B5C-9464-{number:012}",
            "app-platform": "IOS",
            "trustkit-version": "3.0.3",
            "hostname": f"h{number % 50}.example.com",
            "port": 443,
            "noted-hostname": "example.com",
            "include-subdomains": True,
            "enforce-pinning": True,
            "validated-certificate-chain": chains[number % 50],
            "known-pins": [
                'pin-sha256="KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="',
                'pin-sha256="H9W6+c1+WVT38flHiPrd2Yd+nDeaLAY2Ef7pbFfAZQw="',
            ],
            "validation-result": 1,
            "date-time": f"2026-11-29T12:00:{number % 60:02}Z",
        }
        body = json.dumps(document).encode()
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        found.append(
            f"POST /report/app-{number % KEYS} HTTP/1.1\r\nHost: c\r\n"
            f"X-Forwarded-For: {address}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
    return found


class Client(asyncio.Protocol):
    """One connection: a report, its answer, the next report."""

    def __init__(self, done: "Callable[[Client, bool], None]") -> None:
        self._done = done
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._write = cast("asyncio.WriteTransport", transport).write

    def send(self, request: bytes, since: float) -> None:
        """Send a report that was due at a time."""
        self.since = since
        self._write(request)

    def data_received(self, data: bytes) -> None:
        """Take an answer; they are short."""
        self._done(self, data.startswith(b"HTTP/1.1 202"))


async def load(ports: list[int], pace: int) -> dict[str, float]:
    """Be the clients: as fast as answers come, or so many a second."""
    made = requests()
    loop = asyncio.get_running_loop()
    times: list[float] = []
    free: list[Client] = []
    counts = {"taken": 0, "other": 0, "sent": 0}
    clock = time.perf_counter
    until = 0.0

    def next_request() -> bytes:
        counts["sent"] += 1
        return made[counts["sent"] % len(made)]

    def done(one: Client, taken: bool) -> None:  # noqa: FBT001 - a callback
        now = clock()
        counts["taken" if taken else "other"] += 1
        times.append(now - one.since)
        if pace or now >= until:
            free.append(one)
        else:
            one.send(next_request(), now)

    for number in range(CONNECTIONS):
        port = ports[number % len(ports)]
        _, one = await loop.create_connection(lambda: Client(done), "127.0.0.1", port)
        free.append(one)
    begun, used = clock(), cpu()
    until = begun + SECONDS
    while not pace and free:
        free.pop().send(next_request(), clock())
    due = begun
    while pace and due < until:
        while due <= clock() and due < until and free:
            free.pop().send(next_request(), due)
            due += 1 / pace
        await asyncio.sleep(0.001)
    await asyncio.sleep(max(0.0, until - clock()))
    while len(free) < CONNECTIONS:  # noqa: ASYNC110 - a loop of callbacks sets no event
        await asyncio.sleep(0.001)
    seconds = clock() - begun
    times.sort()
    return {
        "taken": counts["taken"],
        "other": counts["other"],
        "seconds": seconds,
        "cpu": (cpu() - used) / seconds,
        "median": statistics.median(times),
        "p99": times[int(len(times) * 0.99)],
    }


def cpu() -> float:
    """Return the CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", where, address]:
            serve(where, address)
        case ["load", numbers, rate]:
            with suppress(ImportError):
                import uvloop

                asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
            print(
                json.dumps(asyncio.run(load([int(port) for port in numbers.split(",")], int(rate))))
            )
        case names:
            sys.exit(main(names))
