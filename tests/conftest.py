"""What every test may ask for, and the rule that nothing is skipped unnoticed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keypin.lab import Lab

REPOSITORY = Path(__file__).parent.parent

# Where CI is set, a skip fails the run unless its reason holds one of these phrases: each names
# something that a machine may lack although it was set up as .ci/run sets it up.
ALLOWED_SKIPS = (
    "no IPv6",  # containers without it are common
    "localhost has two addresses",  # the pages show one, as containers have it
)

_refused: list[str] = []


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of foreign test vectors, or skip, saying where it was looked for."""
    folder = Path(os.environ.get("KEYPIN_VECTORS", REPOSITORY.parent / "shared" / "vectors"))
    if not folder.is_dir():
        pytest.skip(f"no foreign vectors at {folder}; set KEYPIN_VECTORS to their folder")
    return folder


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Run the laboratory once for all tests."""
    with Lab() as running:
        yield running


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or "CI" not in os.environ:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(phrase in reason for phrase in ALLOWED_SKIPS):
        _refused.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each test that was skipped without leave."""
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note each file that was skipped without leave."""
    _note_skip(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for the skips that were noted."""
    if _refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skips failed the run."""
    for line in _refused:
        terminalreporter.write_line(f"REFUSED SKIP {line}", red=True)
