"""Where a log is read is kept so that another process can go on there."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree, leaf_hash
from keypin.monitor.store import Span, Store
from keypin.watch.transparency.tails import Tails, dumps, loads

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LOG, OTHER = b"1" * 32, b"2" * 32


def _head(size: int) -> TreeHead:
    return TreeHead(size, 1_795_953_600_000, bytes(32), b"\4\3\0\0")


def _tree(size: int) -> Tree:
    tree = Tree()
    tree.extend(leaf_hash(bytes((n % 256,))) for n in range(size))
    return tree


@pytest.fixture
def stores(tmp_path) -> Iterator[tuple[Store, Store]]:
    """Return the states of two machines."""
    both = Store(tmp_path / "one"), Store(tmp_path / "two")
    yield both
    for one in both:
        one.close()


def test_what_is_written_is_read() -> None:
    """The stretches that are read, their verified trees, and the newest heads."""
    spans = [Span(7, 0, True, _tree(700), None), Span(8, 0, False, _tree(9), _head(300))]
    again, heads = loads(dumps(spans, [_head(700)]))
    assert [(one.live, one.tree.size, one.tree.root, one.goal) for one in again] == [
        (one.live, one.tree.size, one.tree.root, one.goal) for one in spans
    ]
    assert heads == (_head(700),)


def test_who_takes_a_log_over_goes_on_there(any_database, stores) -> None:
    """And the one before writes nothing any more."""
    first, second = (
        Tails(any_database, store, name) for store, name in zip(stores, "ab", strict=True)
    )
    first.take_over([LOG, OTHER], NOON)
    assert first.states([LOG, OTHER]) == {}
    stores[0].open_live(LOG, _tree(5))
    stores[0].keep_head(LOG, _head(5), "log")
    assert first.write(first.states([LOG, OTHER]), NOON) == set()
    second.take_over([LOG], NOON)
    [span] = stores[1].spans(LOG)
    assert (span.live, span.tree.size) == (True, 5)
    assert stores[1].heads(LOG) == (_head(5),)
    stores[0].open_live(OTHER, _tree(2))
    assert first.write(first.states([LOG, OTHER]), NOON) == {LOG}


def test_a_log_that_nobody_has_read_begins_anew(database, stores) -> None:
    """Whatever an earlier life of this machine knew of it."""
    stores[0].open_live(LOG, _tree(5))
    Tails(database, stores[0], "a").take_over([LOG], NOON)
    assert stores[0].spans(LOG) == []
