"""A follower against logs that behave, and against each fault of the laboratory's log."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.sct import LogKey
from keypin.lab.ct_api import MIXED
from keypin.lab.ct_faults import FAULTS
from keypin.lab.ct_log import CtLog
from keypin.monitor import client as client_module
from keypin.monitor import follower as module
from keypin.monitor.source import Pages, Tiles

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)

ROOT, HEAD = "ct-root-mismatch", "ct-bad-signature"
WRONG_ROOT = "do not give the root"
# What a fault makes of a round that has 300 new entries to read: the alarms, and words of what
# keeps a follower of pages, and one of tiles, from going on; "" where nothing does.
OUTCOMES = {
    "fork": ([ROOT], WRONG_ROOT, WRONG_ROOT),
    "other-root": ([ROOT], WRONG_ROOT, WRONG_ROOT),
    "rollback": (["ct-rollback"], "", ""),
    "stalled": ([], "", ""),
    "bad-signature": ([HEAD], "signature does not hold", "signature does not hold"),
    "future": (["ct-future-head"], "", ""),
    "wrong-leaf": ([ROOT], WRONG_ROOT, WRONG_ROOT),
    "wrong-hash-tile": ([], "", ""),
    "wrong-proof": ([], "", ""),
    "truncated": ([], "", "bytes of hashes"),
    "oversized": ([], "", "more than 8192 bytes"),
    "endless": ([], "more than 65536 bytes", "more than 65536 bytes"),
    "slow": ([], "no whole answer within", "no whole answer within"),
    "cut-off": ([], "closed", "closed"),
    "too-many-requests": ([], "answered 429", "answered 429"),
    "server-error": ([], "answered 503", "answered 503"),
    "not-found": ([], "answered 404", "answered 404"),
    "gzip-lie": ([], "no gzip stream", "no gzip stream"),
    "gzip-cut": ([], "gzip stream breaks off", "gzip stream breaks off"),
    "gzip-bomb": ([], "more than 65536 bytes", "more than 65536 bytes"),
    "broken-json": ([HEAD], "no tree head", "no signatures behind"),
    "deep-json": ([], "more than 65536 bytes", "more than 65536 bytes"),
}
# What a log has logged stays in it.
FOR_EVER = {"malformed-entry", "garbage-certificate"}


@pytest.fixture
def later(follow):
    """Return a function that makes a follower whose clock is at `LATER`."""
    return lambda source, **more: follow(source, now=lambda: LATER, **more)


def test_a_log_is_read_from_its_beginning(log, serve, source, follow, told) -> None:
    """Every entry is found once, and the verified tree is the signed one."""
    follower = follow(source(serve(log)))
    assert follower.round()
    assert [one["index"] for one in told()] == list(range(700))
    assert (follower.progress.position, follower.progress.backlog) == (700, 0)


def test_a_log_that_grows_is_read_on(log, grow, serve, source, later, told) -> None:
    """Each round reads what is new."""
    follower = later(source(serve(log)))
    follower.round()
    told()
    for size in (701, 900, 1024):
        grow(log, size - len(log.entries), LATER)
        assert follower.round()
        assert told()[-1]["index"] == size - 1
    assert follower.progress.read == 1024


def test_from_now_on_only_what_is_new_is_read(log, grow, serve, source, later, told) -> None:
    """The tree before it comes from a proof."""
    follower = later(source(serve(log)), begin=None)
    assert follower.round()
    assert told() == []
    grow(log, 5, LATER)
    assert follower.round()
    assert [one["index"] for one in told()] == [700, 701, 702, 703, 704]


def test_a_log_without_entries_is_followed(grow, serve, source, later, told) -> None:
    """A new shard begins empty."""
    log = CtLog("new")
    log.publish(NOW)
    follower = later(source(serve(log)), begin=None)
    assert follower.round()
    grow(log, 3, LATER)
    assert follower.round()
    assert len(told()) == 3


def test_a_date_is_where_to_begin(log, serve, source, follow, told) -> None:
    """The first entry of that moment is searched for, by timestamps."""
    follower = follow(source(serve(log)), begin=NOW - timedelta(seconds=9))
    assert follower.round()
    assert [one["index"] for one in told()] == list(range(690, 700))


def test_the_newest_entries_come_first(log, grow, serve, source, later, told, monkeypatch) -> None:
    """What is far behind is a backlog, which is read a slice a round."""
    monkeypatch.setattr(module, "GAP", 256)
    monkeypatch.setattr(module, "SLICE", 512)
    follower = later(source(serve(log)))
    assert not follower.round()
    assert follower.progress.backlog == 700 - 512
    grow(log, 600, LATER)
    while not follower.round():
        grow(log, 1, LATER)
    found = [one["index"] for one in told()]
    assert found[:512] == list(range(512))
    assert found.index(700) < found.index(512)
    assert sorted(found) == list(range(len(log.entries)))


def test_a_mixed_log_is_read(log, serve, client, follow, told) -> None:
    """Some logs answer get-sth while they serve tiles."""
    server = serve(log, MIXED)
    key = LogKey(log.signer.spki)
    follower = follow(Tiles(client(server), key, heads=Pages(client(server), key).head))
    assert follower.round()
    assert len(told()) == 700


def entries(news: list[dict]) -> list[int]:
    """Return the indexes of the entries that were told."""
    return [one["index"] for one in news if one.get("type") != "alarm"]


def alarms(news: list[dict]) -> list[str]:
    """Return the identifiers of the alarms that were told."""
    return [one["id"] for one in news if one.get("type") == "alarm"]


def test_each_fault_has_an_outcome() -> None:
    """Who adds a fault says what a follower makes of it."""
    assert set(OUTCOMES) | FOR_EVER == set(FAULTS)


@pytest.mark.parametrize("name", OUTCOMES)
def test_no_fault_makes_an_entry_lost_or_told_twice(
    name, log, grow, serve, source, later, told, monkeypatch, request
) -> None:
    """Under a fault a follower alarms or waits; when the log behaves again, all is read."""
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(client_module, "ATTEMPTS", 2)
    follower = later(source(serve(log, clock=lambda: LATER)))
    assert follower.round()
    found = told()
    grow(log, 300, LATER)
    log.misbehave(name, index=3 if name == "fork" else 850)
    follower.round()
    under = told()
    expected, *troubles = OUTCOMES[name]
    trouble = troubles["tiles" in request.node.name]
    assert alarms(under) == expected
    assert trouble in follower.progress.trouble
    assert bool(trouble) == bool(follower.progress.trouble)
    log.behave()
    assert follower.round()
    assert follower.progress.trouble == ""
    assert entries(found + under + told()) == list(range(1000))


@pytest.mark.parametrize("name", sorted(FOR_EVER))
def test_what_cannot_be_read_is_kept_and_counted(
    name, log, serve, source, later, told, store
) -> None:
    """The tree goes on over entries that are none, and they are told."""
    log.misbehave(name, index=650)
    follower = later(source(serve(log)))
    assert follower.round()
    news = told()
    assert entries(news) == list(range(700))
    malformed = name == "malformed-entry"
    assert alarms(news) == (["ct-malformed-entry"] if malformed else [])
    assert bool(follower.progress.malformed) == malformed
    assert bool(store.evidence(follower.log.id)) == malformed
