"""Run the tests on the oldest and the newest supported Python of this machine.

    python scripts/test.py [--all] [pytest arguments]

The Python of `.venv` runs all tests, and measures the branches that those of the pure rooms cover,
which must be all. The newest, in an environment of its own below `.venvs`, leaves out what is
marked `once`, and tries fewer examples of Hypothesis. With --all, every version in between runs
too, and nothing is left out. The last line sums up all runs, as pytest sums up one.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

sys.path.insert(0, str(Path(__file__).parent))

from pythons import interpreters

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "build" / "tests"

# One more than there are cores: tests wait for sockets and foreign programs, too.
WORKERS = str(1 + max(2, os.cpu_count() or 2))
QUICK = ["-m", "not once", "--hypothesis-profile=quick"]


def run(*command: str) -> int:
    """Run a command at the root of the checkout."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def name_of(version: tuple[int, int]) -> str:
    """Return a version as people write it."""
    return f"{version[0]}.{version[1]}"


def environment(version: tuple[int, int], python: str) -> str:
    """Return the Python of this version's environment, set up if it is not."""
    name = f".venvs/{name_of(version)}"
    ready = ROOT / name / "ready"
    sources = [ROOT / "requirements.lock", ROOT / "pyproject.toml", ROOT / "scripts" / "setup.py"]
    if not ready.exists() or ready.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        if run(sys.executable, "scripts/setup.py", name, python):
            sys.exit(1)
        ready.touch()
    return str(ROOT / name / "bin" / "python")


def pytest(version: tuple[int, int], arguments: list[str]) -> list[str]:
    """Return the arguments after `python` that run the tests of one version."""
    report = REPORTS / f"{name_of(version)}.xml"
    spread = ["-n", WORKERS, "--dist=worksteal"]
    return ["-m", "pytest", "-q", *spread, f"--junit-xml={report}", *arguments]


def coverage(arguments: list[str]) -> int:
    """Run the tests in this Python under coverage, and hold the pure rooms to all of it."""
    for stale in ROOT.glob(".coverage.*"):
        stale.unlink()
    here = (sys.version_info.major, sys.version_info.minor)
    failed = run(sys.executable, "-m", "coverage", "run", *pytest(here, arguments))
    run(sys.executable, "-m", "coverage", "combine", "--quiet")
    if arguments:
        return failed  # a part of the tests covers a part of the code
    return failed | run(sys.executable, "-m", "coverage", "report", "--fail-under=100")


def counts() -> Counter[str]:
    """Return how many tests of all versions ended in which way."""
    total: Counter[str] = Counter()
    for report in REPORTS.glob("*.xml"):
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
            seen = {word: int(suite.get(word, 0)) for word in ("failures", "errors", "skipped")}
            total.update(failed=seen["failures"], error=seen["errors"], skipped=seen["skipped"])
            total["passed"] += int(suite.get("tests", 0)) - sum(seen.values())
    return total


def main() -> None:
    """Run the tests, here with coverage, elsewhere without, and sum up."""
    began = time.monotonic()
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    here = (sys.version_info.major, sys.version_info.minor)
    found = interpreters()
    others = [version for version in found if version != here]
    few = []
    if "--all" not in sys.argv:
        others, few = others[-1:], QUICK
    for stale in REPORTS.glob("*.xml"):
        stale.unlink()
    print(f"== Python {name_of(here)}, with coverage", flush=True)
    failed = coverage(arguments)
    for version in others:
        print(f"== Python {name_of(version)}", flush=True)
        failed |= run(environment(version, found[version]), *pytest(version, [*few, *arguments]))
    if failed:
        print("FAILED: a test, the coverage of the pure rooms, or a skip that CI does not allow")
    words = ", ".join(f"{number} {word}" for word, number in counts().items() if number)
    versions = " and ".join(name_of(version) for version in (here, *others))
    print(f"Python {versions}:", flush=True)
    print(f"=== {words} in {time.monotonic() - began:.2f}s ===")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
