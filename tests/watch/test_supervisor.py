"""A loop that dies is started again, and is a problem until it is well."""

import threading
from collections.abc import Callable

import pytest

from keypin.watch import supervisor
from keypin.watch.supervisor import Loop, Supervisor


def _until(true: Callable[[], object]) -> None:
    waited = threading.Event()
    for _ in range(2000):
        if true():
            return
        waited.wait(0.005)
    raise AssertionError("it did not come to pass")


def test_loops_run_until_they_are_stopped() -> None:
    """Who runs is no problem."""
    running = threading.Barrier(3)

    def run(stop: threading.Event) -> None:
        running.wait(10)
        stop.wait()

    two = Supervisor([Loop("reading", run), Loop("writing", run)])
    two.start()
    running.wait(10)
    assert two.problems() == []
    two.stop()
    assert not any(thread.is_alive() for thread in two._threads)


def test_a_loop_that_dies_is_started_again_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """With what it died of; an end without an error is a death too."""
    lives: list[int] = []
    seen = threading.Event()

    def run(stop: threading.Event) -> None:
        lives.append(1)
        if len(lives) == 1:
            raise OSError("disk full\nand more lines")
        (stop if len(lives) > 2 else seen).wait(10)

    one = Supervisor([Loop("reading", run)], first=0.02)
    one.start()
    _until(one.problems)
    assert one.problems() == ["reading ended once and is started again: OSError: disk full"]
    seen.set()
    _until(lambda: len(lives) == 3)
    _until(lambda: one.problems() == ["reading ended 2 times and is started again: it returned"])
    one.stop()
    assert "disk full" in caplog.text


def test_a_loop_that_has_run_for_long_is_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its death is forgotten, and the next one counts as the first."""
    monkeypatch.setattr(supervisor, "_WELL", 0.0)
    monkeypatch.setattr(supervisor, "_SETTLED", 0.0)
    lives: list[int] = []

    def run(stop: threading.Event) -> None:
        lives.append(1)
        if len(lives) > 2:
            stop.wait()

    one = Supervisor([Loop("reading", run)], first=0.0)
    one.start()
    _until(lambda: len(lives) == 3)
    _until(lambda: one.problems() == [])
    assert one._lives[0].deaths == 1
    one.stop()


def test_a_loop_that_does_not_end_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop takes seconds, whatever hangs."""
    monkeypatch.setattr(supervisor, "_PATIENCE", 0.05)
    hang = threading.Event()
    one = Supervisor([Loop("hanging", lambda _: hang.wait() and None)])
    one.start()
    one.stop()
    hang.set()
    assert "hanging did not end, and is cut off" in caplog.text
