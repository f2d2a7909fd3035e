"""The command line as a user runs it: a process, with a laboratory to talk to."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from keypin.lab import Lab, Running


@dataclass(frozen=True)
class Ran:
    """What one run of the command came to."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def keypin():
    """Return a function that runs `keypin` with arguments in a process of its own."""

    def run(*arguments: object, stdin: str | bytes = b"", cwd: Path | None = None) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "keypin", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
            timeout=60,
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONUTF8": "1"},
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ran.err, ran.err
        return ran

    return run


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
