"""`keypin watch`, as somebody who starts it for the first time."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest


@contextmanager
def started(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the service, and return it with its address, once it says that."""
    command = [sys.executable, "-m", "keypin", "watch", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        try:
            line = next((one for one in process.stderr if "runs at" in one), "")
            yield process, line.removeprefix("The watch runs at ").strip()
        finally:
            process.kill()
            watchdog.cancel()


@pytest.mark.slow
def test_the_first_start_prints_a_link_and_ends_when_it_is_told(tmp_path: Path) -> None:
    """The link is at the port that was found; nothing in the folder is readable by others."""
    with started("--data", tmp_path / "data", "--part", "alerts") as (process, address):
        with urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 - our own
            assert answer.status == 200
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(
            rf"Nobody has an account yet\. Join as the first owner: {address}/join/\S+\n", line
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert {oct(path.stat().st_mode & 0o077) for path in files} == {"0o0"}


def test_help_shows_every_verb(keypin) -> None:
    """And the group's own help, not that of `start`."""
    ran = keypin("watch", "--help")
    assert ran.code == 0
    assert " start " in ran.out
    assert "--vantage" in keypin("watch", "start", "--help").out


def test_options_without_a_verb_are_those_of_start(keypin, tmp_path: Path) -> None:
    """A mistake in them is told as one."""
    (tmp_path / "file").write_text("")
    ran = keypin("watch", "--port", "0", "--data", tmp_path / "file" / "data")
    assert ran.code == 3
    assert "give one that can be written with --data" in ran.err


def test_a_setting_of_the_environment_that_cannot_be_used_is_named(keypin) -> None:
    """By the variable."""
    ran = keypin("watch", KEYPIN_PORT="many")
    assert ran.code == 2
    assert "KEYPIN_PORT: 'many'; expected a port" in ran.err
