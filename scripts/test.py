"""Run the tests on the oldest and the newest supported Python of this machine.

    python scripts/test.py [--all] [pytest arguments]

The oldest runs in .venv and measures branch coverage, which must be whole in the pure rooms; the
others have environments of their own below .venvs. With --all, every version in between too.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pythons import interpreters

ROOT = Path(__file__).parent.parent
PURE = ["src/keypin/errors.py", "src/keypin/findings.py"] + [
    f"src/keypin/{room}/*" for room in ("certs", "pins", "diagnose")
]


def run(*command: str) -> int:
    """Run a command at the root of the checkout."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def environment(version: tuple[int, int], python: str) -> str:
    """Return the Python of this version's environment, set up if it is not."""
    name = f".venvs/{version[0]}.{version[1]}"
    ready = ROOT / name / "ready"
    lock = ROOT / "requirements.lock"
    if not ready.exists() or ready.stat().st_mtime < lock.stat().st_mtime:
        if run(sys.executable, "scripts/setup.py", name, python):
            sys.exit(1)
        ready.touch()
    return str(ROOT / name / "bin" / "python")


def main() -> None:
    """Run the tests, here with coverage, elsewhere without."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    found = interpreters()
    here = sys.version_info[:2]
    others = [version for version in found if version != here]
    if "--all" not in sys.argv:
        others = others[-1:]
    pytest = ["-m", "pytest", "-q", *arguments]
    for stale in ROOT.glob(".coverage*"):
        stale.unlink()
    os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")
    print(f"== Python {here[0]}.{here[1]}, with coverage", flush=True)
    failed = run(sys.executable, "-m", "coverage", "run", *pytest)
    run(sys.executable, "-m", "coverage", "combine", "--quiet")
    if not arguments:
        include = ",".join(PURE)
        failed |= run(
            sys.executable, "-m", "coverage", "report", "--include", include, "--fail-under=100"
        )
    for version in others:
        print(f"== Python {version[0]}.{version[1]}", flush=True)
        failed |= run(environment(version, found[version]), *pytest)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
