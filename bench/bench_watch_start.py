"""How soon the watch is ready, and what it costs when it has nothing to do.

    python bench/bench_watch_start.py [ROUNDS]

From the start of the process, as its users start it, to the first 200 of `/readyz`; on a new
installation (which makes the tables) and on the same one again, with SQLite and with PostgreSQL.
Beside it, round by round: Python with FastAPI and uvicorn alone, which say hello, so that a slow
machine is seen as one; and the CPU that a start takes, which a busy machine does not change. The
target is for the best start, the one that was disturbed least. Then each is left alone, and its
memory and its CPU are read.
"""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

import machine

# The targets, as the project's issue states them: seconds and MB.
READY, MEMORY = 3.0, 250.0

SETTLE, REST = 10.0, 20.0

_HELLO = """
import sys
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/readyz")
def readyz():
    return {"ready": True}
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""


@dataclass
class Case:
    """A service, and how long it took to be ready."""

    name: str
    command: Sequence[str]
    is_ours: bool = True
    taken: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])

    def start(self) -> None:
        """Start it once, and note the time."""
        with running(self.command) as (process, seconds):
            self.taken.append(seconds)
            self.cpu.append(machine.cpu(process))

    def told(self) -> bool:
        """Print how long it took, and say whether that is short enough."""
        best, middle = min(self.taken), median(self.taken)
        print(f"{self.name:<40} {best:5.2f} s, median {middle:.2f}, CPU {min(self.cpu):.2f}")
        return not self.is_ours or best <= READY


def keypin(folder: Path, url: str | None = None) -> list[str]:
    """Return the command of a service."""
    start = [sys.executable, "-m", "keypin", "watch", "start", "--data", str(folder)]
    return start if url is None else [*start, "--database", url]


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Start a service, and give its process and the seconds until it was ready."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    ours = "keypin" in command
    begun = time.perf_counter()
    with subprocess.Popen([*command, *(["--port"] if ours else []), port], **quiet) as process:
        try:
            while not ready(port):
                if process.poll() is not None:
                    raise SystemExit(f"it ended: {' '.join(command)}")
                time.sleep(0.01)
            yield process.pid, time.perf_counter() - begun
        finally:
            process.terminate()


def ready(port: str) -> bool:
    """Tell whether a service does its work."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - of HTTP
    except (URLError, OSError):
        return False


def at_rest(case: Case) -> bool:
    """Print what a service costs that has nothing to do, and say whether that is little enough."""
    with running(case.command) as (process, _):
        time.sleep(SETTLE)
        before = machine.cpu(process)
        time.sleep(REST)
        spent = (machine.cpu(process) - before) * 60 / REST
        rss, pss = machine.memory(process)
    print(f"{case.name:<40} {rss:4.0f} MB (PSS {pss:.0f}), {spent:.2f} s of CPU a minute")
    return not case.is_ours or rss <= MEMORY


def main() -> None:
    """Measure, print, and fail where a target is missed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(dir="/tmp") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        hello = Case("FastAPI and uvicorn say hello", [sys.executable, "-c", _HELLO], is_ours=False)
        again = [hello, Case("the watch, SQLite", keypin(folder / "sqlite"))]
        first = [Case("the watch, SQLite, first start", keypin(folder / "sqlite"))]
        if machine.installed():
            (folder / "pg").mkdir()
            url, _ = stack.enter_context(machine.postgresql(folder / "pg"))
            command = keypin(folder / "postgresql", url)
            first.append(Case("the watch, PostgreSQL, first start", command))
            again.append(Case("the watch, PostgreSQL", command))
        for case in first:
            case.start()
        for _ in range(rounds):
            for case in again:
                case.start()
        print(f"Ready, best of {rounds} interleaved starts; {machine.load()}")
        good = [case.told() for case in [*first, *again]]
        print(f"At rest, {SETTLE:.0f} s after its start, for {REST:.0f} s")
        good += [at_rest(case) for case in again]
    if not all(good):
        raise SystemExit(f"a target was missed: {READY:.0f} s, {MEMORY:.0f} MB")


if __name__ == "__main__":
    main()
