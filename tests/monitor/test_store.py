"""What a monitor knows on disk: heads, stretches, what is told and when, and evidence."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree, leaf_hash
from keypin.monitor import store as module
from keypin.monitor.store import News, Span, Store, Told

ONE, OTHER = b"1" * 32, b"2" * 32
AT = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 1000


def head(size: int, root: bytes = bytes(32), at: int = AT) -> TreeHead:
    """Return a head; nobody verifies its signature here."""
    return TreeHead(size, at, root, b"\4\3\0\0")


def tree(size: int) -> Tree:
    """Return a tree of a size."""
    tree = Tree()
    tree.extend(leaf_hash(bytes((n % 256,))) for n in range(size))
    return tree


def news(*indexes: int, body: str = "{}") -> list[News]:
    """Return news about entries."""
    return [News(f"entry {index}", body, index) for index in indexes]


def keys(told: list[Told]) -> list[str]:
    """Return the bodies of what is to be told."""
    return [one.body for one in told]


@pytest.fixture
def again(store, tmp_path):
    """Return a function that opens the state anew, as after a crash: nothing is said before."""
    opened: list[Store] = [store]

    def reopen() -> Store:
        opened[-1].close()
        opened.append(Store(tmp_path / "state"))
        return opened[-1]

    yield reopen
    opened[-1].close()


def followed(store: Store, *, begin: int = 0) -> Span:
    """Begin to follow a log, and return the live stretch."""
    store.open_live(ONE, tree(begin))
    [span] = store.spans(ONE)
    return span


# Heads


def test_heads_are_kept_by_log(store, again) -> None:
    """The largest first; they are there after a crash."""
    for size in (5, 700, 64):
        store.keep_head(ONE, head(size), "log")
    store.keep_head(OTHER, head(9), "log")
    state = again()
    assert [one.size for one in state.heads(ONE)] == [700, 64, 5]
    assert [one.size for one in state.heads(ONE, 2)] == [700, 64]
    assert state.heads(OTHER) == (head(9),)
    assert state.logs() == [ONE, OTHER]


def test_both_heads_of_a_fork_are_kept(store) -> None:
    """Of equal trees the first one is."""
    store.keep_head(ONE, head(5), "log")
    store.keep_head(ONE, head(5, at=AT + 1), "log")
    store.keep_head(ONE, head(5, root=b"x" * 32), "elsewhere")
    assert {(one.root, one.timestamp_ms) for one in store.heads(ONE)} == {
        (bytes(32), AT),
        (b"x" * 32, AT),
    }


def test_old_heads_are_let_go(store, monkeypatch) -> None:
    """So many of each log are kept, the largest ones."""
    monkeypatch.setattr(module, "KEPT_HEADS", 3)
    store.keep_head(OTHER, head(1), "log")
    for size in range(1, 9):
        store.keep_head(ONE, head(size), "log")
    assert [one.size for one in store.heads(ONE)] == [8, 7, 6]
    assert len(store.heads(OTHER)) == 1


# Stretches


def test_a_stretch_goes_on_where_it_was_verified(store, again) -> None:
    """The verified tree is all that is needed for that."""
    span = followed(store, begin=5)
    assert (span.begin, span.live, span.tree.size, span.goal) == (5, True, 5, None)
    store.verified(ONE, span, tree(700), [])
    [after] = again().spans(ONE)
    assert (after.begin, after.tree.size, after.tree.root) == (5, 700, tree(700).root)


def test_a_backlog_ends_at_its_goal(store) -> None:
    """The newest stretch comes first; a backlog that is read is gone, the live one stays."""
    store.open_live(ONE, tree(90), tree(10), head(90))
    live, backlog = store.spans(ONE)
    assert (live.begin, live.live, backlog.begin, backlog.live) == (90, True, 10, False)
    assert backlog.goal == head(90)
    store.verified(ONE, backlog, tree(60), [])
    assert [span.tree.size for span in store.spans(ONE)] == [90, 60]
    store.verified(ONE, backlog, tree(90), [])
    store.verified(ONE, live, tree(120), [])
    assert [(span.begin, span.tree.size) for span in store.spans(ONE)] == [(90, 120)]


def test_a_leap_makes_a_backlog_of_what_is_live(store, again) -> None:
    """And begins a live stretch at the head."""
    span = followed(store)
    store.verified(ONE, span, tree(20), [])
    store.leap(span, head(300), tree(300))
    live, backlog = again().spans(ONE)
    assert (live.live, live.begin, live.tree.root) == (True, 300, tree(300).root)
    assert (backlog.live, backlog.begin, backlog.tree.size) == (False, 0, 20)
    assert backlog.goal == head(300)


def test_logs_do_not_share_stretches(store) -> None:
    """Each has its own."""
    followed(store)
    assert store.spans(OTHER) == []


# What is told


def test_what_is_verified_is_told_once(store, again) -> None:
    """With the position in one step; found again, it is not new."""
    span = followed(store)
    store.verified(ONE, span, tree(3), news(0, 2))
    told = store.take()
    assert [(one.log, one.body, one.repeated) for one in told] == [(ONE, "{}", False)] * 2
    store.told(told)
    assert store.take() == []
    state = again()
    state.verified(ONE, span, tree(3), news(0, 2))
    state.add(ONE, news(2))
    assert state.take() == []


def test_what_died_on_its_way_is_told_again(store, again) -> None:
    """It is marked as repeated, for nobody knows whether it had left; what had, is not told."""
    store.add(ONE, [News("a", "1"), News("b", "2"), News("c", "3")])
    first = store.take(2)
    store.told(first[:1])
    state = again()
    assert [(one.body, one.repeated) for one in state.take()] == [("2", True), ("3", False)]
    assert [(one.body, one.repeated) for one in again().take()] == [("2", True), ("3", True)]


def test_news_come_in_their_order(store) -> None:
    """The oldest first, as many as are wanted, and without those that are not."""
    store.add(ONE, [News(str(n), str(n)) for n in range(9)])
    first = store.take(3)
    assert keys(first) == ["0", "1", "2"]
    assert all(a.id < b.id for a, b in pairwise(first))
    assert keys(store.take(3, apart_from={one.id for one in first})) == ["3", "4", "5"]
    store.told(first)
    assert keys(store.take()) == ["3", "4", "5", "6", "7", "8"]


def test_one_key_is_one_piece_of_news_of_each_log(store) -> None:
    """The first of a key is told."""
    store.add(ONE, [News("a", "first"), News("a", "second")])
    store.add(OTHER, [News("a", "other")])
    assert keys(store.take()) == ["first", "other"]


def test_what_is_held_waits_for_its_tree(store) -> None:
    """It is told when the stretch is verified beyond it."""
    span = followed(store)
    store.hold(ONE, news(3, 40))
    store.hold(OTHER, news(5))
    assert store.take() == []
    store.verified(ONE, span, tree(40), news(7))
    assert sorted(one.id for one in store.take()) == [1, 4]
    store.verified(ONE, span, tree(41), [])
    assert sorted(one.id for one in store.take()) == [1, 2, 4]


def test_what_is_held_belongs_to_a_stretch(store) -> None:
    """A live stretch that is verified says nothing of the backlog behind it."""
    store.open_live(ONE, tree(90), tree(10), head(90))
    live, backlog = store.spans(ONE)
    store.hold(ONE, news(15, 95))
    store.verified(ONE, live, tree(100), [])
    assert [one.id for one in store.take()] == [2]
    store.verified(ONE, backlog, tree(90), [])
    assert [one.id for one in store.take()] == [1, 2]


def test_what_was_held_is_found_again(store, again) -> None:
    """After a crash nothing of it is there, so that it is new when it is found again."""
    span = followed(store)
    store.hold(ONE, news(3, body="unverified"))
    state = again()
    state.verified(ONE, span, tree(4), news(3, body="verified"))
    assert [(one.body, one.repeated) for one in state.take()] == [("verified", False)]


def test_what_was_held_and_is_not_the_logs(store) -> None:
    """It is dropped within bounds, and what is verified stays."""
    span = followed(store)
    store.add(ONE, news(4))
    store.hold(ONE, news(2, 3, 5, 6))
    store.hold(OTHER, news(5))
    store.drop_held(ONE, 3, 6)
    store.verified(ONE, span, tree(100), [])
    assert sorted(one.id for one in store.take()) == [1, 2, 5]


# Issuances


def issued(key: str, issuance: str | None, at: int = 0, *, final: bool = False) -> News:
    """Return news about an issuance."""
    return News(key, key, 1, issuance, final, at)


def test_a_duplicate_knows_what_was_told_first(store) -> None:
    """Of the same issuance, in whatever log."""
    store.add(ONE, [issued("first", "x"), issued("other", "y"), issued("none", None)])
    store.add(OTHER, [issued("second", "x")])
    told = store.take()
    assert [(one.body, one.known) for one in told] == [
        ("first", None),
        ("other", None),
        ("none", None),
        ("second", "first"),
    ]
    store.told(told)
    store.add(OTHER, [issued("third", "x")])
    assert [(one.body, one.known) for one in store.take()] == [("third", "first")]


def test_precertificates_without_their_certificate(store) -> None:
    """Those that were told, are old enough, and are not said to be alone yet."""
    store.add(ONE, [issued("old", "x", 10), issued("whole", "y", 10), issued("young", "z", 99)])
    store.add(OTHER, [issued("copy", "x", 11), issued("certificate", "y", 11, final=True)])
    assert store.alone(50) == []
    store.told(store.take())
    assert store.alone(50) == [(ONE, "x", "old")]
    assert store.alone(11) == []
    store.add(ONE, [News("alone x", "{}")])
    assert store.alone(50) == []


# Another monitor's place


def test_a_log_goes_on_where_another_monitor_ended(store) -> None:
    """With all that it was reading; what was told of entries behind that is told again."""
    store.open_live(ONE, tree(9))
    store.open_live(OTHER, tree(9))
    store.add(ONE, news(4, 5, 6))
    store.told(store.take())
    spans = [Span(1, 3, True, tree(6), None), Span(2, 0, False, tree(5), head(6))]
    store.go_on(ONE, spans)
    assert [(one.live, one.tree.size, one.goal) for one in store.spans(ONE)] == [
        (True, 6, None),
        (False, 5, head(6)),
    ]
    assert store.spans(ONE)[0].tree.root == tree(6).root
    store.add(ONE, news(4, 5, 6, body="again"))
    assert keys(store.take()) == ["again", "again"]
    assert len(store.spans(OTHER)) == 1
    store.go_on(ONE, ())
    assert store.spans(ONE) == []


# Evidence


def test_evidence_is_kept_by_name(store, again) -> None:
    """The first of a name stays."""
    store.keep_evidence(ONE, "entry 5", b"first")
    store.keep_evidence(ONE, "entry 5", b"second")
    store.keep_evidence(ONE, "entry 4", b"other")
    store.keep_evidence(OTHER, "entry 5", b"of another log")
    assert again().evidence(ONE) == [("entry 5", b"first"), ("entry 4", b"other")]
