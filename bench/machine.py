"""What benchmarks of the watch share: a PostgreSQL of their own, and what processes took."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def installed() -> bool:
    """Tell whether this machine has PostgreSQL."""
    return any(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """Run PostgreSQL with its usual settings, and give its address and process."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    owner = _owner(folder)
    data = folder / "data"
    make = [programs / "initdb", "-D", data, "-U", "bench", "--auth=trust"]
    subprocess.run(make, check=True, capture_output=True, **owner)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        [programs / "postgres", "-D", data, *options], **quiet, **owner
    ) as process:
        ready = [programs / "pg_isready", "-q", "-h", folder]
        while subprocess.run(ready, check=False).returncode:
            pass
        try:
            yield f"postgresql://bench@/postgres?host={folder}", process.pid
        finally:
            process.terminate()


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process and its children, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(cpu, _children(pid)))


def memory(pid: int) -> tuple[float, float]:
    """Return a process's memory in MB: what it has (RSS), and its part of what is shared (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return kib["Rss"] / 1024, kib["Pss"] / 1024


def load() -> str:
    """Return what else the machine does, as figures are told beside."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _owner(folder: Path) -> dict[str, Any]:
    """Return what runs PostgreSQL, which refuses to be root, as the owner of a folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
