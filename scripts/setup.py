"""Make a virtual environment with the locked dependencies and keypin in it.

    python3 scripts/setup.py DIRECTORY [PYTHON]

Needs the standard library alone; uses uv where it is installed, for it is ten times faster. Every
file is checked against its hash in requirements.lock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pythons import interpreters

ROOT = Path(__file__).parent.parent


def run(*command: str) -> None:
    """Run a command of the set-up; its failure is ours."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"set-up failed: {' '.join(command)}")


def install(python: str) -> None:
    """Install the locked dependencies and keypin, the sources staying where they are."""
    uv = shutil.which("uv")
    pip = [uv, "pip", "install", "--quiet", "--python", python] if uv else []
    if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode:
        pip = []  # a shim without a uv behind it
    quick = ["--compile-bytecode"] if pip else []
    pip = pip or [python, "-m", "pip", "install", "--quiet"]
    run(*pip, *quick, "--require-hashes", "-r", "requirements.lock")
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")
    run(python, "-m", "compileall", "-q", "src")


def main() -> None:
    """Set up the environment that the command line names."""
    name, *chosen = sys.argv[1:]
    directory = ROOT / name
    python = next(iter(chosen or interpreters().values()), None)
    if python is None:
        sys.exit("keypin needs CPython 3.11 to 3.14: install one, or say make PYTHON=/path/to/it")
    print(f"setting up {name} ({python})", file=sys.stderr)
    if not (directory / "bin" / "python").exists():
        run(python, "-m", "venv", str(directory))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    install(str(directory / "bin" / "python"))


if __name__ == "__main__":
    main()
