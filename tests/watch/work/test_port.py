"""What every implementation of the port does: one suite over all of them."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from keypin.watch.core import now
from keypin.watch.work import Argument, Inline, Work
from keypin.watch.work.dbos import DbosWork


class Hands:
    """Work that is under way, and how its progress is waited for."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changed = threading.Condition()
        self.done: list[Argument] = []

    def note(self, argument: Argument) -> None:
        """Note that a job was done."""
        with self.changed:
            self.done.append(argument)
            self.changed.notify_all()

    def until(self, number: int) -> None:
        """Let work be done until so many jobs are noted."""
        if isinstance(self.work, Inline):
            self.work.run_due()
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.done) >= number, timeout=20)


@pytest.fixture(params=["inline", "sqlite", "postgresql"])
def hands(request: pytest.FixtureRequest) -> Iterator[Hands]:
    """Return work of each kind in turn, which a test declares and starts."""
    if request.param == "inline":
        yield Hands(Inline())
        return
    name = {"sqlite": "database", "postgresql": "postgresql"}[request.param]
    work = DbosWork(request.getfixturevalue(name), now, worker="tester")
    yield Hands(work)
    work.stop()


def test_a_job_is_done_with_its_argument_and_once_for_its_key(hands: Hands) -> None:
    """Of two submissions with the same key, the second is none; keys of two jobs are apart."""
    hands.work.job("mail", hands.note)
    hands.work.job("post", hands.note)
    hands.work.start()
    assert hands.work.problem() is None
    argument = {"to": "ada@example.com", "tries": 3, "ratio": 0.5, "last": None, "sure": True}
    for _ in range(2):
        hands.work.submit("mail", argument, key="7")
    hands.until(1)
    hands.work.submit("mail", argument, key="7")
    hands.work.submit("post", {"to": "Ada"}, key="7")
    hands.until(2)
    assert hands.done == [argument, {"to": "Ada"}]
    with pytest.raises(ValueError, match="no job is called lost"):
        hands.work.submit("lost", {}, key="1")


def test_a_job_that_fails_is_given_up_and_others_go_on(
    hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    """Its failure is logged with its traceback."""

    def fail(argument: Argument) -> None:
        hands.note(argument)
        raise OSError("the mail server is away")

    hands.work.job("mail", fail)
    hands.work.job("post", hands.note)
    hands.work.start()
    hands.work.submit("mail", {}, key="1")
    hands.work.submit("post", {}, key="1")
    hands.until(2)
    hands.work.stop()
    assert "mail failed; tries left: 0" in caplog.text
    assert "the mail server is away" in caplog.text


def test_a_schedule_runs_though_nobody_submits(hands: Hands) -> None:
    """Its first period is the one in which the work starts."""
    hands.work.every("tidy", timedelta(hours=1), lambda: hands.note({}))
    hands.work.start()
    hands.until(1)
    assert hands.done == [{}]


def test_no_more_than_may_run_at_once_do(hands: Hands) -> None:
    """Two of the kind run side by side, and never three."""
    running: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def work(argument: Argument) -> None:
        with lock:
            running.append(1)
            most.append(len(running))
        hands.note(argument)
        with lock:
            running.pop()

    hands.work.job("probe", work, at_once=2)
    hands.work.start()
    for number in range(20):
        hands.work.submit("probe", {"number": number}, key=str(number))
    hands.until(20)
    assert max(most) <= 2
    assert sorted(str(one["number"]) for one in hands.done) == sorted(map(str, range(20)))
