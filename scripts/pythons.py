"""List the CPython interpreters from 3.11 up on this machine, one a minor version, oldest first.

Looked for on PATH and among pyenv's versions. Each is run once: a pyenv shim is on PATH for
versions that are not active, and fails only then. Any Python 3.8 or newer can run this file, for
the python3 that a machine offers first may be older than what keypin needs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWEST = (3, 14)

# ensurepip and ssl are what distributions and hand-made builds leave out; without them a virtual
# environment or keypin itself cannot be.
_ASK = "import ensurepip, ssl, sys, venv; print(sys.implementation.name, *sys.version_info[:2])"


def candidates() -> list[str]:
    """Return the paths and names that might be interpreters."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    found = [path for name in [*names, "python3"] if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return found + [str(path) for path in sorted(pyenv.glob("3.*/bin/python"))]


def version(python: str) -> tuple[int, int] | None:
    """Return the version of a CPython that works and is supported, or None."""
    try:
        ran = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.match(r"cpython (\d+) (\d+)", ran.stdout) if ran.returncode == 0 else None
    if found is None:
        return None
    number = int(found[1]), int(found[2])
    return number if OLDEST <= number <= NEWEST else None


def interpreters() -> dict[tuple[int, int], str]:
    """Return one interpreter for each version, oldest first."""
    found: dict[tuple[int, int], str] = {}
    for python in candidates():
        if (number := version(python)) is not None:
            found.setdefault(number, python)
    return dict(sorted(found.items()))


def main() -> None:
    """Print a line `VERSION PATH` for each."""
    found = interpreters()
    if not found:
        sys.exit("no CPython 3.11 to 3.14 found: install one, or put it on PATH")
    for (major, minor), python in found.items():
        print(f"{major}.{minor} {python}")


if __name__ == "__main__":
    main()
