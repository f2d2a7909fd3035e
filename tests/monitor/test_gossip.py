"""Monitors that compare what a log told each of them find out that it was not the same."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from keypin.ct.head import TreeHead
from keypin.ct.head_file import dumps
from keypin.ct.sct import LogKey
from keypin.ct.witness import Quorum, witness_key
from keypin.lab.ct_key import Head, Signer, Witness
from keypin.lab.ct_log import CtLog
from keypin.monitor import gossip as module
from keypin.monitor import hearsay
from keypin.monitor.client import Client
from keypin.monitor.comparer import Comparer
from keypin.monitor.elsewhere import HeadAddress, HeadFile
from keypin.monitor.gossip import Gossip
from keypin.monitor.hearsay import Hearsay
from keypin.monitor.log import Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a moment after the log's first head."""
    return NOW + timedelta(minutes=minutes)


@dataclass
class Watcher:
    """One keypin: who it is to the log, its state, and how it reads."""

    name: str
    folder: Path
    url: str
    key: LogKey
    kind: type[Pages | Tiles]
    quorum: Quorum | None = None

    @property
    def file(self) -> Path:
        """What it publishes."""
        return self.folder / f"{self.name}.jsonl"

    def look(self, *sources: Path | str, now: datetime = NOW) -> list[dict]:
        """Look at the log once, publish the heads, and return what there is to tell."""
        store = Store(self.folder / self.name)
        agent = {"User-Agent": self.name}
        with httpx2.Client(timeout=5, trust_env=False, headers=agent) as http:
            try:
                return self._look(store, http, sources, now)
            finally:
                store.close()

    def _look(self, store, http, sources, now) -> list[dict]:
        source = self.kind(Client(self.url, http, lambda _: None), self.key)
        log = Log(self.key.log_id, "a log", timedelta(days=1), source)
        monitor = Monitor(store, lambda *_: (), once=True, now=lambda: now)
        comparer = Comparer(Hearsay(store), self.quorum, once=True)
        keys = {log.id: self.key}
        gossip = Gossip(store, keys, comparer, patience=timedelta(0), now=lambda: now)
        gossip.ask([elsewhere(one, http, gossip) for one in sources])
        monitor.comparing = comparer
        monitor.start([log])
        while monitor.running():
            monitor.wait(0.005)
        monitor.stop()
        self.file.write_text(
            "".join(f"{dumps(log.id, log.name, head)}\n" for head in store.heads(log.id))
        )
        news = store.take()
        store.told(news)
        return [json.loads(one.body) for one in news]


def elsewhere(source: Path | str, http, gossip: Gossip) -> HeadFile | HeadAddress:
    """Return a source by its file or address."""
    if isinstance(source, Path):
        return HeadFile(source)
    return HeadAddress(source, http, gossip.pause)


@pytest.fixture(params=[Pages, Tiles])
def watcher(request, log, serve, tmp_path) -> Callable[..., Watcher]:
    """Return a function that makes a keypin, which the served log knows by its name."""
    server = serve(log, clock=lambda: at(1000))
    key = LogKey(log.signer.spki)
    return lambda name, **more: Watcher(name, tmp_path, server.url, key, request.param, **more)


@pytest.fixture
def two(watcher) -> tuple[Watcher, Watcher]:
    """Return two clients of one log."""
    return watcher("alice"), watcher("bob")


def ids(news: list[dict]) -> list[str]:
    """Return what was alarmed of."""
    return [one["id"] for one in news]


def heads(alarm: dict, key: LogKey) -> list[TreeHead]:
    """Return the heads that an alarm carries, their signatures verified."""
    found = [TreeHead.of_json(json.dumps(one)) for one in alarm["heads"]]
    for head in found:
        head.verify(key)
    return found


def test_two_clients_of_a_log_that_forks_find_it_by_each_others_heads(log, two) -> None:
    """Neither sees anything alone; together they hold two signed trees of one size."""
    alice, bob = two
    log.misbehave("fork", index=650, only=lambda client: client.user_agent == "bob")
    assert alice.look() == bob.look() == []
    for one, other in ((alice, bob), (bob, alice)):
        [alarm] = one.look(other.file)
        assert alarm["id"] == "ct-fork"
        assert alarm["message"] == "the log signed two different trees of 700 entries"
        first, second = heads(alarm, one.key)
        assert (first.size, second.size) == (700, 700)
        assert first.root != second.root


def test_a_fork_is_found_between_trees_of_two_sizes(log, grow, two) -> None:
    """A log that never shows both the same size cannot prove that one grew out of the other."""
    alice, bob = two
    log.misbehave("fork", index=650, only=lambda client: client.user_agent == "bob")
    assert bob.look() == []
    grow(log, 100, at(10))
    [alarm] = alice.look(bob.file, now=at(10))
    assert alarm["id"] == "ct-fork"
    assert "the log does not prove that its tree only grew" in alarm["message"]
    small, large = heads(alarm, alice.key)
    assert (small.size, large.size) == (700, 800)


def test_a_log_that_forks_later_is_found(log, grow, two) -> None:
    """What was heard before the log reached that size is kept over the end of a process."""
    alice, bob = two
    assert alice.look() == bob.look() == []
    stalled = log.misbehave("stalled", only=lambda client: client.user_agent == "alice")
    log.misbehave("fork", index=720, only=lambda client: client.user_agent == "bob")
    grow(log, 100, at(10))
    assert bob.look(now=at(10)) == []
    assert alice.look(bob.file, now=at(11)) == []
    bob.file.unlink()
    log.misbehaviours.remove(stalled)
    grow(log, 100, at(20))
    [alarm] = alice.look(now=at(20))
    assert alarm["id"] == "ct-fork"
    assert [head.size for head in heads(alarm, alice.key)] == [800, 900]
    assert alice.look(now=at(20)) == []


def test_clients_of_a_good_log_have_nothing_to_tell(log, grow, two) -> None:
    """Whoever is ahead: the trees are one tree."""
    alice, bob = two
    assert alice.look() == []
    grow(log, 50, at(10))
    assert bob.look(alice.file, now=at(10)) == []
    grow(log, 50, at(20))
    assert alice.look(bob.file, now=at(20)) == []
    grow(log, 50, at(30))
    assert bob.look(alice.file, now=at(30)) == []
    store = Store(bob.folder / "bob", looking=True)
    assert [head.size for head in store.heads(bob.key.log_id)] == [850, 800, 750, 700]
    store.close()


def test_a_log_that_signs_smaller_trees_later(log, grow, two) -> None:
    """Who is shown less than others were before can prove it by the times of the two heads."""
    alice, bob = two
    grow(log, 100, at(10))
    assert bob.look(now=at(10)) == []
    log.misbehave("rollback", only=lambda client: client.user_agent == "alice")
    [alarm] = alice.look(bob.file, now=at(10))
    assert alarm["id"] == "ct-rollback"
    assert alarm["message"] == (
        f"the log signed a tree of 400 entries later than the one of 800 that was heard from"
        f" {bob.file}: trees only grow"
    )
    assert [head.size for head in heads(alarm, alice.key)] == [800, 400]
    assert alice.look(bob.file, now=at(10)) == []


def test_an_address_is_a_source(log, watcher, serve) -> None:
    """Here the log's own checkpoint, as another client gets it."""
    alice = watcher("alice")
    log.misbehave("fork", index=650, only=lambda client: client.user_agent == "bob")
    proxy = serve(log, clock=lambda: at(1000))
    log.origin = proxy.api.origin
    store = Store(alice.folder / "alice")
    with httpx2.Client(trust_env=False, headers={"User-Agent": "bob"}) as http:
        gossip = Gossip(store, {alice.key.log_id: alice.key}, Comparer(Hearsay(store)))
        gossip.ask([HeadAddress(f"{proxy.url}checkpoint", http, gossip.pause)])
    store.close()
    assert ids(alice.look()) == ["ct-fork"]


def test_a_source_that_lies(two) -> None:
    """What the log did not sign is told of the source, with its line; the rest is heard."""
    alice, bob = two
    bob.look()
    good = bob.file.read_text()
    forged = json.dumps(json.loads(good) | {"tree_size": 701})
    bob.file.write_text(f"{forged}\n{good}")
    [alarm] = alice.look(bob.file)
    assert (alarm["id"], alarm["source"]) == ("ct-gossip-source", str(bob.file))
    assert alarm["log"] == "gossip"
    assert "log_id" not in alarm
    assert alarm["message"].startswith(
        f"{bob.file} shows what the log did not sign, in line 1: the tree head of size 701: "
    )
    assert alice.look(bob.file) == []


def test_a_source_that_says_nothing(watcher) -> None:
    """It is told once a day: a monitor that hears nothing must not look as if all were well."""
    alice = watcher("alice")
    missing = alice.folder / "missing"
    [alarm] = alice.look(missing)
    assert alarm["id"] == "ct-gossip-source"
    assert alarm["message"] == (
        f"no tree heads from {missing} since 2026-11-23 12:00 UTC:"
        f" {missing}: cannot be read: No such file or directory"
    )
    assert alice.look(missing) == []
    assert ids(alice.look(f"{alice.url}nothing")) == ["ct-gossip-source"]
    assert ids(alice.look(missing, now=at(1439))) == ["ct-gossip-source"]
    missing.write_text("<html>\n")
    news = alice.look(missing, now=at(2880))
    [alarm] = [one for one in news if one["id"] == "ct-gossip-source"]
    assert f"{missing}:1: no signatures behind an empty line" in alarm["message"]


def test_logs_that_are_not_followed_are_passed_by(two) -> None:
    """Others may follow more."""
    alice, bob = two
    bob.look()
    other = Signer.new()
    said = Head(5, 1000, bytes(32))
    line = dumps(other.log_id, "another", TreeHead(*said, other.sign_head(said)))
    bob.file.write_text(f"{line}\n{bob.file.read_text()}")
    assert alice.look(bob.file) == []


WITNESSES = [Witness("w1.example"), Witness("w2.example")]


def test_a_log_without_its_witnesses(grow, serve, tmp_path) -> None:
    """A checkpoint that too few cosigned is told once a day; an answer to get-sth has no room."""
    log = CtLog("witnessed", witnesses=WITNESSES[:1])
    grow(log, 10)
    url, key = serve(log).url, LogKey(log.signer.spki)
    keys = [witness_key(one.vkey) for one in WITNESSES]

    def watcher(name: str, kind: type, needed: int) -> Watcher:
        return Watcher(name, tmp_path, url, key, kind, Quorum.of(keys, needed))

    assert watcher("one", Tiles, 1).look() == []
    assert watcher("pages", Pages, 2).look() == []
    two = watcher("two", Tiles, 2)
    [alarm] = two.look()
    assert (alarm["id"], alarm["missing"]) == ("ct-not-witnessed", "w2.example")
    grow(log, 10, at(10))
    assert two.look(now=at(10)) == []
    assert ids(two.look(now=at(1000))) == ["ct-not-witnessed"]


def test_a_log_that_is_witnessed_elsewhere(grow, serve, tmp_path) -> None:
    """A distributor's checkpoint counts for a day, and is compared like every other head."""
    log = CtLog("witnessed", origin="a.log")
    grow(log, 10)
    key = LogKey(log.signer.spki)
    quorum = Quorum.of([witness_key(one.vkey) for one in WITNESSES])
    alice = Watcher("alice", tmp_path, serve(log).url, key, Tiles, quorum)
    bare = httpx2.get(f"{alice.url}checkpoint", trust_env=False).text
    text = bare.partition("\n\n")[0] + "\n"
    stamp = int(NOW.timestamp())
    distributed = tmp_path / "distributed"
    distributed.write_text(bare + "".join(one.cosign(text, stamp) for one in WITNESSES))
    assert alice.look(distributed) == []
    assert alice.look(distributed, now=at(1439)) == []
    assert "ct-not-witnessed" in ids(alice.look(distributed, now=at(1442)))


@pytest.fixture
def gossip(store, log) -> Gossip:
    """Return a keypin's gossip, with a state of its own."""
    key = LogKey(log.signer.spki)
    return Gossip(store, {key.log_id: key}, Comparer(Hearsay(store)), now=lambda: NOW)


def line(log: CtLog, size: int) -> str:
    """Return a line about a tree of the log."""
    head = Head(size, int(NOW.timestamp()) * 1000, log.tree.root(size))
    return dumps(log.signer.log_id, "", TreeHead(*head, log.signed(head))) + "\n"


def test_what_finds_no_room_is_asked_for_again(gossip, store, log, tmp_path, monkeypatch) -> None:
    """Nothing is lost where a source has more than can wait."""
    monkeypatch.setattr(hearsay, "KEPT", 2)
    file = tmp_path / "heads"
    file.write_text("".join(line(log, size) for size in (5, 6, 7)))
    source, waiting = HeadFile(file), Hearsay(store)
    log_id = log.signer.log_id
    gossip.ask([source])
    assert [one.head.size for one in waiting.beyond(log_id, 0)] == [5, 6]
    waiting.compared(log_id, waiting.beyond(log_id, 0)[0].head)
    gossip.ask([source])
    assert [one.head.size for one in waiting.beyond(log_id, 0)] == [6, 7]


def test_what_is_known_is_not_verified_again(gossip, store, log, tmp_path, monkeypatch) -> None:
    """A file that grows costs what is new in it; the memory of it has an end."""
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    file, waiting, log_id = tmp_path / "heads", Hearsay(store), log.signer.log_id
    source = HeadFile(file)
    for sizes in ((5,), (5, 6)):
        file.write_text("".join(line(log, size) for size in sizes))
        gossip.ask([source])
        [newest] = waiting.within(log_id, 9)
        assert newest.head.size == sizes[-1]
        waiting.compared(log_id, newest.head)
    file.write_text("".join(line(log, size) for size in (7, 5)))
    gossip.ask([source])
    assert [one.head.size for one in waiting.within(log_id, 9)] == [7, 5]


def test_sources_are_asked_until_it_is_over(gossip, store, log, tmp_path) -> None:
    """In a thread of its own, which is gone behind the block."""
    file, waiting = tmp_path / "heads", Hearsay(store)
    heard = threading.Event()

    class Watched(HeadFile):
        def read(self) -> bytes | None:
            if waiting.within(log.signer.log_id, 6):
                heard.set()
            return super().read()

    file.write_text(line(log, 5))
    before = threading.active_count()
    with gossip.going([Watched(file)], 0.01):
        assert heard.wait(10)
    assert threading.active_count() == before


def test_a_source_that_is_slow_is_not_waited_for(gossip, tmp_path) -> None:
    """Who waits for a source stops at once when it is over."""
    waiting = threading.Event()

    class Slow(HeadFile):
        def read(self) -> bytes | None:
            waiting.set()
            gossip.pause(1000)
            return None

    with gossip.going([Slow(tmp_path)], 0.01):
        assert waiting.wait(10)


def test_a_source_may_be_silent_for_a_while(store, tmp_path) -> None:
    """Only an hour of that is told, and what is said after it ends it."""
    clock = [NOW]
    gossip = Gossip(store, {}, Comparer(Hearsay(store)), now=lambda: clock[0])
    source = HeadFile(tmp_path / "heads")
    for minutes, told in ((0, 0), (59, 0), (60, 1), (61, 1)):
        clock[0] = at(minutes)
        gossip.ask([source])
        assert len(store.take()) == told
    (tmp_path / "heads").write_text("")
    gossip.ask([source])
    (tmp_path / "heads").unlink()
    clock[0] = at(1440)
    gossip.ask([source])
    assert len(store.take()) == 1
