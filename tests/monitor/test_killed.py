"""kill -9 at any moment: no entry is lost, none is told twice as new, and the tree is the log's.

A follower (`followed.py`) reads a log that grows, and is killed again and again. How often, the
environment says: `KEYPIN_KILLS=100 make test ARGS=tests/monitor/test_killed.py`.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

import pytest

from keypin.monitor.store import Store

CHANCE = SystemRandom()
KILLS = int(os.environ.get("KEYPIN_KILLS", "10"))
# Seconds: a follower begins to tell within some hundredths. Every other life ends by what it told,
# so that on a busy machine, too, more than half of them tell something.
SHORT_LIFE = 0.4


class Followed:
    """A follower that can be killed, and what it told.

    Args:
        process: `followed.py`, running.
        grow: makes the log longer by some entries.

    Attributes:
        new: how often each entry was told as new.
        told: which entries were told at all.
        lives: how many pieces of news each life told.
    """

    def __init__(self, process: subprocess.Popen, grow: Callable[[int], None]) -> None:
        self.new = Counter[int]()
        self.told = set[int]()
        self.lives: list[int] = []
        self._process = process
        self._grow = grow
        self._rest = b""

    def live(self, seconds: float, until: int | None = None) -> None:
        """Let a follower live for a time, or until so many entries are told; then kill it."""
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        self.lives.append(0)
        pid = next(self._lines(10))["pid"]
        for one in self._lines(seconds):
            self._note(one)
            if len(self.told) == until:
                break
            if until is None and CHANCE.random() < 1 / 300:
                self._grow(CHANCE.randrange(1, 400))
        os.kill(pid, signal.SIGKILL)
        for one in self._lines(10):
            if one == {"over": pid}:
                return
            self._note(one)

    def _note(self, one: dict) -> None:
        self.lives[-1] += 1
        self.told.add(one["index"])
        if not one["repeated"]:
            self.new[one["index"]] += 1

    def _lines(self, seconds: float) -> Iterator[dict]:
        """Yield what it says within a time."""
        deadline = time.monotonic() + seconds
        pipe = self._process.stdout.fileno()
        while True:
            *lines, self._rest = self._rest.split(b"\n", 1)
            if lines:
                yield json.loads(lines[0])
            elif select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self._rest += os.read(pipe, 1 << 16) or pytest.fail("the follower has ended")
            else:
                return


@pytest.fixture
def followed(log, grow, serve, tmp_path):
    """Return a function that makes a follower of the log, by one of its interfaces."""

    @contextmanager
    def running(interface: str) -> Iterator[Followed]:
        command = [
            sys.executable, Path(__file__).with_name("followed.py"),
            interface, serve(log).url, log.signer.spki.hex(), tmp_path / "state",
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            yield Followed(process, lambda count: grow(log, count))

    return running


@pytest.mark.slow
@pytest.mark.parametrize("interface", ["pages", "tiles"])
def test_nothing_is_lost_or_told_twice_as_new(interface, followed, log, grow, tmp_path) -> None:
    """Whenever it is killed: as it starts, reads, verifies, writes, or tells."""
    with followed(interface) as follower:
        for number in range(KILLS):
            grow(log, CHANCE.randrange(1, 500))
            if number % 2:
                follower.live(CHANCE.uniform(0, SHORT_LIFE))
            else:
                follower.live(20, until=CHANCE.randrange(len(follower.told), len(log)) + 1)
        # The last life has something to tell, or it would be waited for in vain.
        grow(log, 1)
        follower.live(60, until=len(log))
    assert follower.told == set(range(len(log)))
    assert max(follower.new.values()) == 1
    assert sum(1 for count in follower.lives if count) > KILLS // 2
    store = Store(tmp_path / "state")
    [span] = store.spans(log.signer.log_id)
    assert (span.tree.size, span.tree.root) == (len(log), log.tree.root(len(log)))
    assert all(one.repeated for one in store.take())
    store.close()
