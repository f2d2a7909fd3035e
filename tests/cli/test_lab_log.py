"""`keypin lab log`: a log that starts, says where it is, grows, misbehaves and ends."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen


@contextmanager
def started(*arguments: object):
    """Run the log; give its process and the lines that it printed first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "keypin", "lab", "log", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if "Ctrl-C" in line:
            break
    try:
        yield process, lines
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "keypin: the log has stopped\n")


def test_start_and_stop(tmp_path: Path) -> None:
    """It prints its address and writes a log list that leads there."""
    path = tmp_path / "list.json"
    with started("--entries", 3, "--api", "rfc6962", "--log-list", path) as (_, lines):
        (row,) = json.loads(path.read_text())["operators"][0]["logs"]
        assert lines[0] == f"{row['url']}  3 entries"
        assert lines[1:3] == [f"log ID  {row['log_id']}", f"key     {row['key']}"]
        with urlopen(f"{row['url']}ct/v1/get-sth") as answer:  # noqa: S310 - loopback
            assert json.load(answer)["tree_size"] == 3


def test_growing_and_misbehaving() -> None:
    """It logs more, and tells of the faults that it has."""
    with started("--entries", 2, "--every", 0.01, "--fault", "future") as (_, lines):
        url, size = lines[0].split("  ")[0], 2
        assert any(line.startswith("fault   future: signs heads") for line in lines)
        while size < 4:
            with urlopen(f"{url}ct/v1/get-sth") as answer:  # noqa: S310 - loopback
                size = json.load(answer)["tree_size"]


def test_an_unknown_fault(keypin) -> None:
    """A fault that is not there is told, with those that are."""
    ran = keypin("lab", "log", "--entries", "1", "--fault", "kindness")
    assert ran.code == 2
    assert ran.err.startswith("keypin: no fault 'kindness'; expected one of fork, ")
