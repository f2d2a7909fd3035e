"""Heads from elsewhere wait until they are compared, over the end of a process too."""

from datetime import UTC, datetime
from functools import cache

import pytest

from keypin.ct.head import TreeHead
from keypin.lab.ct_key import Head, Signer
from keypin.monitor import hearsay as module
from keypin.monitor.hearsay import Heard, Hearsay
from keypin.monitor.store import Store

NOW = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp())
LOG, OTHER = b"L" * 32, b"O" * 32
SIGNER = Signer.new()


@cache
def head(size: int, stamp: int = NOW * 1000, root: bytes = bytes(32)) -> TreeHead:
    """Return a head; the same one has the same signature."""
    said = Head(size, stamp, root)
    return TreeHead(*said, SIGNER.sign_head(said))


def heard(size: int, **more) -> Heard:
    """Return what a file said."""
    return Heard(head(size, **more), "a file", NOW)


@pytest.fixture
def hearsay(store) -> Hearsay:
    """Return what waits in a new state."""
    return Hearsay(store)


def test_what_is_heard_waits_for_its_log(hearsay) -> None:
    """What can be compared now is apart from what is larger."""
    for size in (5, 9, 7, 12):
        assert hearsay.add(LOG, heard(size))
    assert [one.head.size for one in hearsay.within(LOG, 9)] == [9, 7, 5]
    assert [one.head.size for one in hearsay.within(LOG, 9, 2)] == [9, 7]
    assert [one.head.size for one in hearsay.beyond(LOG, 5)] == [7, 9, 12]
    assert hearsay.within(LOG, 9)[0] == heard(9)
    assert hearsay.within(OTHER, 9) == hearsay.beyond(OTHER, 0) == []


def test_it_waits_over_the_end_of_a_process(hearsay, store, tmp_path) -> None:
    """The next one goes on with it."""
    hearsay.add(LOG, heard(5))
    store.close()
    again = Store(tmp_path / "state")
    assert Hearsay(again).within(LOG, 5) == [heard(5)]
    again.close()


def test_what_is_compared_does_not_wait(hearsay) -> None:
    """It is gone, and nothing else is."""
    hearsay.add(LOG, heard(5))
    hearsay.add(LOG, heard(5, root=b"r" * 32))
    hearsay.add(OTHER, heard(5))
    hearsay.compared(LOG, head(5))
    assert hearsay.within(LOG, 5) == [heard(5, root=b"r" * 32)]
    assert hearsay.within(OTHER, 5) == [heard(5)]


def test_what_could_not_be_compared_lets_others_pass(hearsay) -> None:
    """A head without a proof does not keep the log from being asked about others."""
    for size in (5, 6, 7):
        hearsay.add(LOG, heard(size))
    hearsay.tried(LOG, head(7))
    assert [one.head.size for one in hearsay.within(LOG, 9)] == [6, 5, 7]


def test_the_same_head_is_heard_once(hearsay) -> None:
    """Who told it first is remembered."""
    hearsay.add(LOG, heard(5))
    hearsay.add(LOG, heard(5)._replace(source="another file"))
    assert [one.source for one in hearsay.within(LOG, 5)] == ["a file"]


def test_a_tree_that_is_known_is_not_heard_again(hearsay, store) -> None:
    """One that was signed later is: a log that signs smaller trees later rolls back."""
    store.keep_head(LOG, head(5), "log")
    assert hearsay.add(LOG, heard(5))
    assert hearsay.add(LOG, heard(5, stamp=NOW * 1000 - 1))
    assert hearsay.within(LOG, 5) == []
    hearsay.add(LOG, heard(5, stamp=NOW * 1000 + 1))
    hearsay.add(LOG, heard(5, root=b"r" * 32))
    assert len(hearsay.within(LOG, 5)) == 2


def test_a_log_has_room_for_so_many(hearsay, monkeypatch) -> None:
    """A log that signs heads without end for somebody fills no disk, and nothing is dropped."""
    monkeypatch.setattr(module, "KEPT", 2)
    assert hearsay.add(LOG, heard(5))
    assert hearsay.add(LOG, heard(6))
    assert not hearsay.add(LOG, heard(7))
    assert hearsay.add(OTHER, heard(7))
    assert [one.head.size for one in hearsay.beyond(LOG, 0)] == [5, 6]
