"""What pages keep is read in the background, once the process is ready."""

import threading
from pathlib import Path

from keypin.errors import InputError
from keypin.watch.service import Watch
from keypin.watch.settings import Settings
from keypin.web.app import create
from keypin.web.warming import Warming


def test_steps_are_done_in_turn_once_it_is_ready() -> None:
    """One that fails keeps none of the others from being done."""
    done: list[str] = []
    over = threading.Event()

    def fails() -> None:
        done.append("fails")
        raise InputError("not now")

    warming = Warming(lambda: True, after=0)
    warming.add(lambda: done.append("one"), fails, over.set)
    warming.start()
    assert over.wait(10)
    warming.stop()
    assert done == ["one", "fails"]


def test_a_process_that_is_never_ready_reads_nothing() -> None:
    """And one that is stopped before reads no more."""
    done: list[str] = []
    asked = threading.Event()

    def ready() -> bool:
        asked.set()
        return False

    never = Warming(ready)
    never.add(lambda: done.append("never"))
    never.start()
    assert asked.wait(10)
    never.stop()
    stopped = Warming(lambda: True, after=60)
    stopped.add(lambda: done.append("stopped"))
    stopped.start()
    stopped.stop()
    assert done == []


def test_a_stop_waits_for_the_step_and_begins_no_other() -> None:
    """The database may be closed afterwards."""
    begun, end, done = threading.Event(), threading.Event(), list[str]()

    def long() -> None:
        begun.set()
        end.wait(10)
        done.append("long")

    warming = Warming(lambda: True, after=0)
    warming.add(long, lambda: done.append("another"))
    warming.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=warming.stop)
    stopping.start()
    end.set()
    stopping.join(10)
    assert done == ["long"]


def test_the_pages_of_a_process_have_steps(tmp_path: Path) -> None:
    """All of them are done, also where nobody ever signed in."""
    done = threading.Event()
    with Watch(Settings(data=tmp_path / "data")) as watch:
        warming = Warming(lambda: True, after=0)
        create(watch, warming)
        warming.add(done.set)
        warming.start()
        assert done.wait(30)
        warming.stop()
