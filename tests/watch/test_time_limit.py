"""Whoever takes longer than a limit is cut off, whatever is being waited for."""

import socket
import threading
from time import monotonic

import pytest

from keypin.watch.time_limit import TimeLimit

SHORT, LONG = 0.05, 30.0


@pytest.fixture
def both():
    """Return the two ends of a connection."""
    one, other = socket.socketpair()
    for end in (one, other):
        end.settimeout(5)
    with one, other:
        yield one, other


def test_a_socket_is_shut_when_the_time_is_over(both) -> None:
    """Who waits for the other end reads an end instead."""
    one, _ = both
    with TimeLimit(SHORT) as limit:
        limit.hold(one)
        assert one.recv(1) == b""
        assert limit.over
        with pytest.raises(TimeoutError, match=r"longer than 0\.05 seconds"):
            limit.left()
        with pytest.raises(TimeoutError):
            limit.hold(one)


def test_what_ended_in_time_is_let_go(both) -> None:
    """The connection goes on, and nothing of it is kept."""
    one, other = both
    with TimeLimit(SHORT) as limit:
        limit.hold(one)
    with TimeLimit(2 * SHORT) as later, pytest.raises(TimeoutError):
        later.run(threading.Event().wait)
    assert not limit.over
    other.sendall(b"x")
    assert one.recv(1) == b"x"
    one.close()
    assert other.recv(1) == b""


def test_there_is_less_left_each_time() -> None:
    """Of all steps together there is one limit."""
    with TimeLimit(LONG) as limit:
        assert LONG >= limit.left() > limit.left() > 0


def test_what_cannot_be_interrupted_is_left_alone() -> None:
    """Who asked goes on in time; an answer, or an error, comes as it is."""
    began = monotonic()
    with TimeLimit(SHORT) as limit, pytest.raises(TimeoutError, match="longer than"):
        limit.run(lambda: threading.Event().wait(LONG))
    assert monotonic() - began < LONG / 2
    with TimeLimit(LONG) as limit:
        assert limit.run(lambda: 7) == 7
        with pytest.raises(KeyError):
            limit.run(lambda: {}["there is none"])
