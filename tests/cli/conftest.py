"""The command line as a user runs it: a process, with a laboratory to talk to."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from keypin.lab import Lab, Running
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_api import RFC6962, STATIC, CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.lab.ct_server import CtServer
from keypin.lab.scenario import Play
from keypin.lab.serving import Pool

# Each run prints the same, whatever terminal the tests are run in.
SHOWN = {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONUTF8": "1"}


@dataclass(frozen=True)
class Ran:
    """What one run of the command came to."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start the process that runs commands, and return where it listens."""
    path = tmp_path_factory.mktemp("warm") / "socket"
    command = [sys.executable, Path(__file__).with_name("warm.py"), path]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={**os.environ, **SHOWN}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield path
        process.kill()


@pytest.fixture(scope="session")
def keypin(warm: Path):
    """Return a function that runs `keypin` with arguments in a process of its own."""

    def run(
        *arguments: object, stdin: str | bytes = b"", cwd: Path | None = None, **env: str
    ) -> Ran:
        asked = {
            "arguments": [str(one) for one in arguments],
            "environment": {**os.environ, **SHOWN, **env},
            "folder": str(cwd or Path.cwd()),
        }
        data = stdin.encode() if isinstance(stdin, str) else stdin
        with TemporaryFile() as out, TemporaryFile() as err:
            code = _sent(warm, asked, data, [out.fileno(), err.fileno()])
            ran = Ran(code, _read(out), _read(err))
        assert "Traceback" not in ran.err, ran.err
        return ran

    return run


def _sent(warm: Path, asked: dict, stdin: bytes, outputs: list[int]) -> int:
    """Have a command run, hand it its standard input, and return its exit code."""
    reads, writes = os.pipe()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(warm))
        socket.send_fds(connection, [b"\0"], [reads, *outputs])
        connection.sendall(json.dumps(asked).encode() + b"\n")
        os.close(reads)
        with suppress(BrokenPipeError), os.fdopen(writes, "wb") as pipe:
            pipe.write(stdin)
        return int(connection.makefile().readline())


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


@pytest.fixture(scope="session")
def reach(lab: Lab):
    """Return the arguments with which a verb reaches a server of the laboratory."""

    def arguments(name: str) -> tuple[str, ...]:
        server: Running = lab[name]
        dialled = [word for address in server.addresses for word in ("--connect", address)]
        return (
            f"{server.host}:{server.port}",
            *dialled,
            "--cafile",
            str(lab.ca_file),
            "--timeout",
            "3",
        )

    return arguments


@dataclass
class Transparency:
    """A CA, three logs of three operators, their list, and certificates that bear their SCTs."""

    folder: Path
    ca: Issued
    logs: dict[str, CtLog]
    servers: dict[str, CtServer]
    now: datetime

    @property
    def list(self) -> Path:
        """The log list: `alpha` and `beta` have pages, `tiled` has tiles."""
        return self.listed()

    def listed(self, **changes: dict) -> Path:
        """Write the list, with members of some logs changed, and return its path."""
        operators = []
        for name, server in self.servers.items():
            since = self.now - timedelta(days=100)
            (row,) = log_list([server], since, operator=f"{name} operator")["operators"]
            for log in (*row["logs"], *row["tiled_logs"]):
                log.update(changes.get(name, {}))
            operators.append(row)
        stamp = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        path = self.folder / f"list-{len(changes)}.json"
        listed = {"version": "7.1", "log_list_timestamp": stamp, "operators": operators}
        path.write_text(json.dumps(listed))
        return path

    def issued(self, *names: str, publish: bool = True, age: timedelta = timedelta()) -> Issued:
        """Issue a certificate with SCTs of logs, which hold it in a published tree."""
        at = self.now - age
        request = Request(name="localhost", key=self.ca.key, issuer=self.ca)
        logs = [self.logs[name] for name in names]
        issued = certify(request, logs, at) if logs else issue(request, at)
        for log in logs if publish else ():
            log.publish(self.now)
        return issued

    def file(self, *names: str, chain: bool = True, **more) -> Path:
        """Return a file with such a certificate, and its issuer."""
        issued = self.issued(*names, **more)
        path = self.folder / f"{'-'.join(names) or 'none'}.pem"
        path.write_bytes(issued.pem + (self.ca.pem if chain else b""))
        return path


@pytest.fixture
def transparency(tmp_path: Path) -> Iterator[Transparency]:
    """Serve three logs."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    ca = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True, days=4000), now)
    logs = {name: CtLog(name, static=name == "tiled") for name in ("alpha", "beta", "tiled")}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(CtServer(CtApi(log, STATIC if log.static else RFC6962)))
            for name, log in logs.items()
        }
        for log in logs.values():
            log.extend([(0, ca.der, None, None)])
            log.publish(now)
        yield Transparency(tmp_path, ca, logs, servers, now)


@pytest.fixture
def at_host() -> Iterator[Callable[..., tuple[str, ...]]]:
    """Return a function that serves a certificate, and gives the arguments to reach it."""
    with ExitStack() as stack:

        def serve(transparency: Transparency, issued: Issued) -> tuple[str, ...]:
            chains = ((issued, transparency.ca),)
            pool = Pool()
            server = pool.add(Play(chains=chains), chains, "127.0.0.1", 0, b"")
            pool.start()
            stack.callback(pool.close)
            ca = transparency.folder / "ca.pem"
            ca.write_bytes(transparency.ca.pem)
            dialled = ("--connect", f"127.0.0.1:{server.port}", "--timeout", "5")
            return (f"localhost:{server.port}", *dialled, "--cafile", str(ca))

        yield serve
