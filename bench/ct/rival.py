"""certspotter over a log of `server.py`: what it takes of the CPU until it has told the last entry.

It has no option to stop when it is level with a log, so its script does it: the last entry of each
log is for a watched domain.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

MISSING = "missing: apt-get install certspotter"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of certspotter.

    Attributes:
        cpu: seconds, of it and of its scripts.
        hits: how many entries it reported.
    """

    cpu: float
    hits: int


def is_there() -> bool:
    """Tell whether certspotter is installed."""
    return shutil.which("certspotter") is not None


def log_list(url: str, key: bytes, at: datetime) -> dict[str, Any]:
    """Return a log list with one log."""
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    log = {
        "description": "bench", "log_id": b64encode(sha256(key).digest()).decode(),
        "key": b64encode(key).decode(), "url": url, "mmd": 86400,
        "state": {"usable": {"timestamp": stamp}},
    }  # fmt: skip
    row = {"name": "bench", "email": [], "logs": [log], "tiled_logs": []}
    return {"version": "1.0", "log_list_timestamp": stamp, "operators": [row]}


def run(folder: Path, listed: dict[str, Any], watched: Sequence[str], last: int) -> Run:
    """Run it over all of a log.

    Args:
        folder: an empty one.
        listed: a log list with the log alone.
        watched: the domains, each with all below it.
        last: the index of the last entry.
    """
    (folder / "watchlist").write_text("".join(f".{domain}\n" for domain in watched))
    (folder / "logs.json").write_text(json.dumps(listed))
    hook = folder / "hook"
    hook.write_text(f'#!/bin/sh\necho "$EVENT $ENTRY_INDEX" >> {folder}/events\n')
    hook.chmod(0o700)
    os.mkfifo(folder / "events")
    pipe = os.open(folder / "events", os.O_RDWR)
    command = [
        "certspotter", "-logs", folder / "logs.json", "-script", hook, "-no_save",
        "-watchlist", folder / "watchlist", "-state_dir", folder / "state",
    ]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        hits = _count(pipe, f"discovered_cert {last}")
        process.terminate()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    os.close(pipe)
    return Run(usage.ru_utime + usage.ru_stime, hits)


def _count(pipe: int, last: str) -> int:
    """Return how many lines come until the last."""
    text = b""
    while f"{last}\n".encode() not in text:
        text += os.read(pipe, 4096)
    return text.count(b"discovered_cert")
