"""Where to begin in a log: its tree at any entry, and its first entry since any moment."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.merkle import ProofError
from keypin.monitor.source import Pages
from keypin.monitor.start import first_since, tree_at

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 300, 699, 700])
def test_the_tree_before_any_entry(log, serve, source, index: int) -> None:
    """It is the log's tree of that size, from a proof alone."""
    reads = source(serve(log))
    tree = tree_at(reads, index, reads.head())
    assert tree.size == index
    assert tree.root == log.tree.root(index)


@pytest.mark.parametrize("index", [300, 700])
def test_nothing_is_begun_on_what_is_not_proved(log, serve, source, index: int) -> None:
    """A proof that is none is refused, whichever interface gives it."""
    reads = source(serve(log))
    head = reads.head()
    log.misbehave("wrong-proof")
    log.misbehave("wrong-hash-tile")
    with pytest.raises(ProofError):
        tree_at(reads, index, head)


@pytest.mark.parametrize(
    ("before", "index"), [(-1, 700), (0, 699), (9.5, 690), (699, 0), (10_000, 0)]
)
def test_the_first_entry_since_a_moment(log, serve, source, before: float, index: int) -> None:
    """Entries are a second apart, the last of them at `NOW`."""
    assert first_since(source(serve(log)), 700, NOW - timedelta(seconds=before)) == index


def test_an_entry_that_cannot_be_read_counts_as_late(log, serve, source) -> None:
    """Where the search meets one, rather too much is read than too little."""
    reads = source(serve(log))
    log.misbehave("malformed-entry", index=350)  # the middle, at which the search begins
    found = first_since(reads, 700, NOW - timedelta(seconds=9))
    assert found == (350 if isinstance(reads, Pages) else 256)  # it breaks the whole tile
