"""What is held until it is verified: how much, and what becomes of it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from keypin.ct.certstream import Origin
from keypin.ct.entry import read_tile
from keypin.lab.ct_entry import Logged
from keypin.monitor import stream_feed as module
from keypin.monitor import stream_hub
from keypin.monitor.log import Log
from keypin.monitor.stream_feed import Feed
from keypin.monitor.stream_hub import Hub

ID, OTHER = b"L" * 32, b"O" * 32
LOGS = {one: Log(one, "a log", timedelta(days=1), None) for one in (ID, OTHER)}


def block(first: int):
    """Return ten entries."""
    return read_tile(10 * Logged(1000, b"der").tile_leaf, first, 10)


@pytest.fixture
def feed(monkeypatch) -> Feed:
    """Return a feed that holds some blocks."""
    monkeypatch.setattr(module, "HELD", 5 * len(block(0).data))
    monkeypatch.setattr(stream_hub, "_BATCHES", 100)  # nobody takes them but the test
    return Feed(dict.fromkeys(LOGS, Origin("a log", "https://log.example/", tiled=False)), Hub())


@pytest.fixture
def published(feed):
    """Return what takes out what was handed to the hub: the first entry of each, and whether."""
    waiting = feed._hub._batches

    def taken() -> list[tuple[int, bool]]:
        batches = [waiting.popleft() for _ in range(len(waiting))]
        return [(batch.block.first, batch.verified) for batch in batches]

    return taken


def found(feed: Feed, first: int, log: bytes = ID) -> None:
    """Show a block to the feed; there is no news in it."""
    assert feed.found(LOGS[log], block(first)) == ()


def test_what_is_verified_goes_out(feed, published) -> None:
    """In the order in which it was read; the rest is held, that of other logs as well."""
    for first in (0, 10, 20):
        found(feed, first)
    found(feed, 0, OTHER)
    assert published() == []
    feed.release(ID, 0, 20)
    assert published() == [(0, True), (10, True)]
    feed.release(ID, 0, 30)
    assert published() == [(20, True)]


def test_a_backlog_is_apart_from_what_is_new(feed, published) -> None:
    """What is read of one is not verified by the other."""
    found(feed, 1000)
    found(feed, 0)
    feed.release(ID, 0, 10)
    assert published() == [(0, True)]
    feed.release(ID, 900, 1010)
    assert published() == [(1000, True)]


def test_what_is_dropped_does_not_go_out(feed, published) -> None:
    """It was not the log's, or comes again."""
    found(feed, 0)
    found(feed, 10)
    feed.drop(ID, 10, 700)
    found(feed, 10)
    feed.release(ID, 0, 20)
    assert published() == [(0, True), (10, True)]
    feed.drop(OTHER, 0, 20)


def test_what_cannot_be_held_goes_out_unverified(feed, published) -> None:
    """With all that was held of the log before it, so that the order stays."""
    found(feed, 0, OTHER)
    for first in range(0, 40, 10):
        found(feed, first)
    assert published() == []
    found(feed, 40)
    assert published() == [(first, False) for first in range(0, 50, 10)]
    feed.release(ID, 0, 50)
    feed.release(OTHER, 0, 10)
    assert published() == [(0, True)]


def test_the_allowance_comes_back(feed, published) -> None:
    """However entries leave."""
    for begin, end in pairwise(range(0, 400, 10)):
        found(feed, begin)
        if begin % 20:
            feed.release(ID, begin, end)
        else:
            feed.drop(ID, begin, end)
    assert all(verified for _, verified in published())
    assert feed._allowance.take(5 * len(block(0).data))
