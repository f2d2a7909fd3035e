"""What one log says of itself: its heads are kept, compared, and joined by proofs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keypin.lab.ct_log import CtLog
from keypin.monitor.hearing import PATIENCE, Hearing
from keypin.monitor.log import Log

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def hears(serve, source, store):
    """Return a function that makes what hears a log at a time."""

    def hearing(log: CtLog, now: datetime = NOW) -> Hearing:
        return Hearing(Log(b"L" * 32, "heard", DAY, source(serve(log))), store, lambda: now)

    return hearing


def kinds(told) -> list[str]:
    """Return the identifiers of the alarms that there are to tell."""
    return [one["id"] for one in told()]


def trees(*heads) -> set[tuple[int, bytes]]:
    """Return sizes and roots; a note of a head is not kept."""
    return {(head.size, head.root) for head in heads}


def test_a_head_is_kept(log, hears, store, told) -> None:
    """It is returned, shown, and kept once."""
    hearing = hears(log)
    head = hearing.head()
    assert head == hearing.head()
    assert (head.size, head.root) == (700, log.tree.root(700))
    assert (hearing.progress.size, hearing.progress.head_at) == (700, NOW)
    assert trees(*store.heads(b"L" * 32)) == trees(head)
    assert told() == []


def test_what_the_log_did_not_sign_is_no_head(log, hears, store, told) -> None:
    """It is told once a day, and nothing is kept of it."""
    hearing = hears(log)
    log.misbehave("bad-signature")
    assert hearing.head() is hearing.head() is None
    assert "signature does not hold" in hearing.progress.trouble
    assert store.heads(b"L" * 32) == ()
    assert kinds(told) == ["ct-bad-signature"]


def test_a_head_that_gets_too_old_is_told(log, hears, told) -> None:
    """Past the maximum merge delay the log has stalled."""
    assert hears(log, NOW + 2 * DAY).head().size == 700
    assert kinds(told) == ["ct-stalled-head"]


def test_a_smaller_head_does_not_lead_back(log, hears, told) -> None:
    """The largest that the log signed stays, and a rollback is told."""
    hearing = hears(log)
    hearing.head()
    log.misbehave("rollback")
    assert hearing.head().size == hearing.progress.size == 700
    assert kinds(told) == ["ct-rollback"]


def test_of_a_fork_the_tree_that_is_shown_is_read(log, hears, store, told) -> None:
    """The log can be read then, with the fork told, once, over the end of a process too."""
    first = hears(log).head()
    log.misbehave("fork")
    for _ in range(2):
        shown = hears(log).head()
        assert (shown.size, shown.root != first.root) == (700, True)
    assert kinds(told) == ["ct-fork"]
    assert trees(*store.heads(b"L" * 32)) == trees(first, shown)


def test_a_tree_is_joined_to_a_larger_head(log, hears, told) -> None:
    """By the log's proof; the empty tree and the head's own need none."""
    hearing = hears(log)
    head = hearing.head()
    assert hearing.joined(0, b"", head, (head,))
    assert hearing.joined(700, head.root, head, (head,))
    assert hearing.joined(300, log.tree.root(300), head, (head,))
    assert told() == []
    assert not hearing.joined(300, b"r" * 32, head, (head,))
    assert not hearing.joined(300, b"r" * 32, head, (head,))
    [alarm] = told()
    assert alarm["id"] == "ct-fork"
    assert "the log does not prove that its tree only grew" in alarm["message"]
    assert hearing.progress.alarms == 2


def test_gossip_is_taken_when_it_is_proved(log, grow, hears, store, told) -> None:
    """A head from elsewhere is kept once it is joined to the log's; another tree's is not."""
    earlier = hears(log).head()
    grow(log, 60, NOW)
    hearing = hears(log)
    later = hearing.head()
    hearing.gossip(earlier, "a file")
    assert trees(*store.heads(b"L" * 32)) == trees(later, earlier)
    hearing.gossip(replace(later, size=650, root=b"s" * 32), "a witness")
    assert trees(*store.heads(b"L" * 32)) == trees(later, earlier)
    assert kinds(told) == ["ct-fork"]


def test_silence_is_told_after_an_hour(log, hears, told) -> None:
    """And begins anew when the log answers."""
    hearing = hears(log)
    for minutes, alarms in ((0, []), (59, []), (60, ["ct-unreachable"]), (61, [])):
        hearing.now = lambda minutes=minutes: NOW + timedelta(minutes=minutes)
        hearing.unheard("no answer")
        assert hearing.progress.trouble == "no answer"
        assert kinds(told) == alarms
    hearing.heard()
    assert hearing.progress.trouble == ""
    hearing.now = lambda: NOW + 3 * PATIENCE
    hearing.unheard("no answer")
    assert told() == []
