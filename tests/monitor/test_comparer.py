"""A log's own thread compares what waits: gently, in turn, and with patience for the log."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.head import TreeHead
from keypin.ct.sct import LogKey
from keypin.ct.witness import Quorum, witness_key
from keypin.lab.ct_key import Head, Witness, checkpoint
from keypin.lab.ct_log import CtLog
from keypin.monitor import client as client_module
from keypin.monitor import comparer as module
from keypin.monitor.client import Client, StoppedError
from keypin.monitor.comparer import Comparer
from keypin.monitor.hearing import Hearing
from keypin.monitor.hearsay import Heard, Hearsay
from keypin.monitor.log import Log
from keypin.monitor.source import Pages, Tiles

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> list[datetime]:
    """Return a clock that a test turns."""
    return [NOW]


@pytest.fixture
def server(log, serve):
    """Return the log's server."""
    return serve(log)


@pytest.fixture
def hearsay(store) -> Hearsay:
    """Return what waits."""
    return Hearsay(store)


@pytest.fixture
def hearing(log, server, client, store, clock) -> Hearing:
    """Return what a reader of pages has heard of the log."""
    source = Pages(client(server), LogKey(log.signer.spki))
    one = Log(log.signer.log_id, "a log", timedelta(days=1), source)
    return Hearing(one, store, lambda: clock[0])


@pytest.fixture
def hear(log, hearsay):
    """Return a function that hears of trees of the log, by their sizes."""

    def sizes(*sizes: int, root: bytes | None = None) -> None:
        for size in sizes:
            stamp = int(NOW.timestamp() * 1000)
            head = Head(size, stamp, root or log.tree.root(size))
            signed = TreeHead(*head, log.signed(head))
            hearsay.add(log.signer.log_id, Heard(signed, "bob", int(NOW.timestamp())))

    return sizes


def proofs(server) -> list[str]:
    """Return the sizes that proofs were asked for."""
    return [one.target.partition("first=")[2] for one in server.seen if "consistency" in one.target]


def left(hearsay: Hearsay, hearing: Hearing) -> list[int]:
    """Return the sizes that wait still."""
    return sorted(one.head.size for one in hearsay.within(hearing.log.id, 10**6))


def test_a_log_is_asked_for_some_proofs_at_each_look(hear, hearing, hearsay, server) -> None:
    """The rest waits for the next looks, so that much gossip is no burden to the log."""
    hear(*range(1, 41))
    comparer = Comparer(hearsay)
    head = hearing.head()
    for waiting in (24, 8, 0):
        comparer(hearing, head)
        assert len(left(hearsay, hearing)) == waiting
    assert len(proofs(server)) == 40


def test_once_compares_everything(hear, hearing, hearsay, server) -> None:
    """There may be no next look."""
    hear(*range(1, 41))
    Comparer(hearsay, once=True)(hearing, hearing.head())
    assert left(hearsay, hearing) == []
    assert len(proofs(server)) == 40


def test_a_log_that_refuses_a_proof_is_asked_again(
    hear, hearing, hearsay, server, log, clock, told, monkeypatch
) -> None:
    """After an hour of that it is told, once; what it gave no proof for keeps waiting, the last."""
    monkeypatch.setattr(module, "AT_ONCE", 1)
    hear(5, 6)
    comparer = Comparer(hearsay)
    head = hearing.head()
    refusing = log.misbehave("not-found")
    for _ in range(2):
        comparer(hearing, head)
    assert [one.partition("&")[0] for one in proofs(server)] == ["6", "5"]
    assert told() == []
    clock[0] = NOW + timedelta(hours=1)
    for _ in range(4):
        comparer(hearing, head)
    alarms = told()
    assert [one["id"] for one in alarms] == ["ct-unproved-head"] * 2
    assert alarms[0]["message"].startswith(
        "the log gives no proof that its tree began with the one of 6 entries that was heard from"
        " bob: http://127.0.0.1:"
    )
    assert [one["tree_size"] for one in alarms[0]["heads"]] == [6, 700]
    assert hearing.progress.alarms == 2
    log.misbehaviours.remove(refusing)
    for _ in range(2):
        comparer(hearing, head)
    assert left(hearsay, hearing) == []


def test_a_log_that_cannot_be_reached_is_asked_once(
    hear, hearing, hearsay, server, log, monkeypatch
) -> None:
    """Each look would take a minute for each head otherwise."""
    monkeypatch.setattr(client_module, "ATTEMPTS", 1)
    hear(5, 6, 7)
    head = hearing.head()
    log.misbehave("server-error")
    Comparer(hearsay)(hearing, head)
    assert len(proofs(server)) == 1
    assert left(hearsay, hearing) == [5, 6, 7]


def test_a_fork_does_not_wait(hear, hearing, hearsay, told) -> None:
    """It is told with both heads, and asked about no more."""
    hear(5, root=b"x" * 32)
    hear(700, root=b"y" * 32)
    Comparer(hearsay)(hearing, hearing.head())
    alarms = told()
    assert [one["id"] for one in alarms] == ["ct-fork"] * 2
    assert sorted(len(one["heads"]) for one in alarms) == [2, 2]
    assert left(hearsay, hearing) == []


def test_a_monitor_that_stops_leaves_all_waiting(
    hear, hearing, hearsay, log, server, http, store
) -> None:
    """The next one goes on."""
    hear(5)
    head = hearing.head()

    def stopping(_: float) -> None:
        raise StoppedError("stopping")

    source = Pages(Client(server.url, http, stopping), LogKey(log.signer.spki))
    stopped = Hearing(Log(hearing.log.id, "a log", timedelta(days=1), source), store, lambda: NOW)
    with pytest.raises(StoppedError):
        Comparer(hearsay)(stopped, head)
    assert left(hearsay, hearing) == [5]


def test_witnesses_are_looked_for_when_the_sources_were_asked(
    grow, serve, client, store, hearsay, told
) -> None:
    """A log may be witnessed elsewhere alone, and that is not known before."""
    log = CtLog("witnessed", origin="a.log")
    grow(log, 10)
    witness = Witness("w.example")
    source = Tiles(client(serve(log)), LogKey(log.signer.spki))
    hearing = Hearing(Log(log.signer.log_id, "a", timedelta(days=1), source), store, lambda: NOW)
    comparer = Comparer(hearsay, Quorum.of([witness_key(witness.vkey)]))
    comparer(hearing, hearing.head())
    assert told() == []
    comparer.asked.set()
    for _ in range(2):
        comparer(hearing, hearing.head())
    assert [one["id"] for one in told()] == ["ct-not-witnessed"]
    assert hearing.progress.alarms == 1


def test_the_latest_quorum_counts(log, hearing, hearsay, told, store) -> None:
    """An old checkpoint that comes after a newer one takes nothing away."""
    witness = Witness("w.example")
    comparer = Comparer(hearsay, Quorum.of([witness_key(witness.vkey)]))
    comparer.asked.set()
    key = LogKey(log.signer.spki)
    plain = hearing.head()
    note = checkpoint("a.log", log.head, log.signed(log.head), log.signer.log_id)
    bare = TreeHead.of_checkpoint(note, "", key)
    text = bare.note.partition("\n\n")[0] + "\n"
    for days in (0, -3):
        line = witness.cosign(text, int((NOW + timedelta(days=days)).timestamp()))
        comparer.witness(
            log.signer.log_id, TreeHead.of_checkpoint((bare.note + line).encode(), "", key)
        )
    comparer.witness(log.signer.log_id, bare)
    comparer(hearing, bare)
    comparer(hearing, plain)
    assert told() == []
    assert store.logs() == [log.signer.log_id]
