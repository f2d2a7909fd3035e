"""An installation of real processes, `keypin watch start`, as an administrator starts them."""

import os
import pwd
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import httpx2
from keypin_chaos.log import Log
from keypin_chaos.outside import Hook, Shop, now

from keypin.alerts import Match, Route, Rule
from keypin.certs import Endpoint
from keypin.inventory.entries import Application, WatchedEndpoint
from keypin.watch.alerting import routes, rules
from keypin.watch.inventory import applications, endpoints, read_upload
from keypin.watch.inventory.pushing import push
from keypin.watch.people.audit import SERVICE, record
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import applications as application_table
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import organisations

INTERVAL = 2
"""Seconds between two probes of an endpoint."""

ROUTES = ("first", "second")


class Postgres:
    """A server of PostgreSQL that can be stopped at once, and started again."""

    def __init__(self, folder: Path) -> None:
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self._folder = folder
        self._owner: dict[str, object] = {}
        if os.geteuid() == 0:  # it refuses to be root
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._run("initdb", "-U", "tester", "--auth=trust", "--no-sync", "--encoding=UTF8")
        self.start()
        create = ("psql", "-h", folder, "-U", "tester", "-qc", "CREATE DATABASE keypin", "postgres")
        program = self._programs / create[0]
        subprocess.run([program, *create[1:]], check=True, cwd=folder, **self._owner)

    @property
    def url(self) -> str:
        """The database's address."""
        return f"postgresql://tester@/keypin?host={self._folder}"

    def start(self) -> None:
        """Start, and return when it answers."""
        # What was written is with the operating system, which does not die here.
        options = f"-c listen_addresses= -c unix_socket_directories={self._folder} -c fsync=off"
        log = self._folder / "log"
        self._run("pg_ctl", "-w", "-l", str(log), "-o", options, "start")

    def stop(self) -> None:
        """Stop as a crash does."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self._folder / "data", *arguments]
        where = {"cwd": self._folder, "stdout": subprocess.DEVNULL}
        subprocess.run(command, check=True, **where, **self._owner)


@dataclass
class Process:
    """One process of the watch.

    Attributes:
        folder: its data.
        port: where it listens, the same after each start.
        arguments: more of the command line.
        environment: of the process.
    """

    folder: Path
    port: int
    arguments: Sequence[str]
    environment: dict[str, str]
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not ready yet."""
        command = [sys.executable, "-m", "keypin", "watch", "start", "--data", str(self.folder)]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [*command, "--port", str(self.port), *self.arguments],
                stdout=log,
                stderr=log,
                env=self.environment,
            )

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def kill(self) -> None:
        """Kill it."""
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.running is not None and self.running.poll() is None

    def problems(self) -> list[str]:
        """Return what `/readyz` says; that it does not answer is a problem too."""
        try:
            answer = httpx2.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10)
        except httpx2.HTTPError as error:
            return [f"no answer: {type(error).__name__}"]
        found = answer.json()["problems"]
        assert (answer.status_code == 200) == (not found), answer.text
        return found


@dataclass
class Installation:
    """An installation, and the world around it.

    Attributes:
        database: its database, as the test looks into it.
        processes: which run.
        shops: what is probed.
        hook: what is told.
        log: what is read.
        clock: the file by which its clocks are set.
        offsets: what clocks were off by, at any time.
        postgres: the server, where there is one.
        room: the folder on a small disk, where there is one.
    """

    database: Database
    processes: list[Process]
    shops: list[Shop]
    hook: Hook
    log: Log
    clock: Path
    postgres: Postgres | None = None
    room: Path | None = None
    offsets: list[timedelta] = field(default_factory=lambda: [timedelta()])

    def set_clock(self, offset: timedelta) -> None:
        """Set the clocks of all processes off by so much."""
        self.offsets.append(offset)
        set_off(self.clock, offset)

    def problems(self) -> list[str]:
        """Return what keeps it from its work."""
        return [
            f"process {number}: {problem}"
            for number, one in enumerate(self.processes)
            for problem in (one.problems() if one.alive() else ["is dead"])
        ]

    def close(self) -> None:
        """End everything."""
        for one in self.processes:
            one.kill()
        self.database.close()
        self.hook.close()
        self.log.close()
        for shop in self.shops:
            shop.close()
        if self.postgres is not None:
            with suppress(subprocess.CalledProcessError):
                self.postgres.stop()


def seed(database: Database, keys: Path, shops: Sequence[Shop], hook: Hook, pins: str) -> None:
    """Make an organisation whose release pins all shops, and who is told by two routes."""
    at = now()
    database.migrate()
    with database.begin_across() as connection:
        values = {"name": "acme", "title": "Acme", "created_at": at}
        connection.execute(organisations.insert().values(**values))
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=at)
        scope.execute(scope.update(application_table).values(report_key="shop"))
        for shop in shops:
            where = Endpoint(shop.host, shop.port)
            endpoints.add(scope, WatchedEndpoint(endpoint=where), at=at)
        upload = read_upload(BytesIO(pins.encode()), "pins.toml", at=at)
        push(scope, "shop", "1.0", upload, at=at)
        # Pushed hosts are watched at port 443 as well, where nobody is.
        ours = [shop.port for shop in shops]
        scope.execute(scope.delete(endpoint_table).where(endpoint_table.c.port.not_in(ours)))
        scope.execute(scope.update(endpoint_table).values(interval=INTERVAL))
        for name in ROUTES:
            routes.add(scope, Sealer.at(keys), Route(name=name), hook.address(name), at=at)
        # As the product's own, but with less patience: a round is to take seconds.
        patience = {"window": timedelta(seconds=1), "settle": timedelta()}
        rules.add(
            scope, Rule(name="chaos", match=Match(ids=("chain-*", "ct-*")), **patience), at=at
        )
        record(scope, SERVICE, "chaos.begin", "chaos", {}, at=at)


def set_off(clock: Path, offset: timedelta) -> None:
    """Write by how much the clocks of processes are off, in one piece: they read it at any time."""
    file = os.open(clock, os.O_WRONLY | os.O_CREAT)
    os.pwrite(file, struct.pack("=q", int(offset.total_seconds())), 0)
    os.close(file)


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
