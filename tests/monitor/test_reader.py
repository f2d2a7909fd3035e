"""Reading ahead: in order, within what may lie ahead, and past what cannot be read."""

from collections.abc import Iterator

import pytest

from keypin.ct.merkle import Tree
from keypin.monitor.reader import ALLOWANCE, Allowance, Reader

SMALL = 1 << 10  # less than any answer of the log


@pytest.fixture
def allowance() -> Allowance:
    """Return what may lie ahead."""
    return Allowance()


@pytest.fixture
def read(log, serve, source, allowance) -> Iterator[Reader]:
    """Return a reader of a log of 700 entries."""
    reader = Reader(source(serve(log)), allowance)
    yield reader
    reader.close()


def all_of(allowance: Allowance, size: int = ALLOWANCE) -> bool:
    """Tell whether nothing is taken, by taking all and a byte."""
    if not allowance.take(size):
        return False
    more = allowance.take(1)
    allowance.give_back(size)
    return not more


def test_an_allowance_is_never_more_than_it_was() -> None:
    """What is not left cannot be taken, and what is given back can."""
    small = Allowance(3)
    assert small.take(2)
    assert not small.take(2)
    assert small.take(1)
    small.give_back(2)
    assert small.take(2)


@pytest.mark.parametrize(("first", "end"), [(0, 700), (0, 1), (300, 513), (699, 700), (9, 9)])
def test_blocks_come_in_order(read, log, allowance, first: int, end: int) -> None:
    """Each entry once, with the hashes that make the log's tree; the allowance is given back."""
    blocks = list(read.blocks(first, end, 700))
    places = [(block.first, block.end) for block in blocks]
    assert [index for begin, until in places for index in range(begin, until)] == list(
        range(first, end)
    )
    if first == 0:
        tree = Tree()
        for block in blocks:
            tree.extend(block.hashes)
        assert tree.root == log.tree.root(end)
    assert all_of(allowance)


@pytest.mark.parametrize("size", [0, SMALL])
def test_what_is_needed_next_is_always_fetched(log, serve, source, size: int) -> None:
    """Where others took the whole allowance, a log is still read, one answer after the other."""
    allowance = Allowance(size)
    reader = Reader(source(serve(log)), allowance)
    assert sum(len(block) for block in reader.blocks(0, 700, 700)) == 700
    assert all_of(allowance, size)
    reader.close()


def test_whoever_stops_gives_back(read, allowance) -> None:
    """A reading that is left in the middle keeps nothing."""
    blocks = read.blocks(0, 700, 700)
    next(blocks)
    assert not all_of(allowance)
    blocks.close()
    assert all_of(allowance)
    read._pool.shutdown()  # the log is there until its last answer is


def test_garbage_for_a_moment_is_asked_for_again(read, log, allowance) -> None:
    """Nothing is missing."""
    log.misbehave("truncated", times=1)
    assert sum(len(block) for block in read.blocks(0, 256, 700)) == 256
    assert all_of(allowance)


def test_the_pool_is_made_when_it_is_needed(log, serve, source) -> None:
    """A reader that read nothing has nothing to close."""
    Reader(source(serve(log)), Allowance()).close()
