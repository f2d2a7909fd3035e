"""Each fault of the lab's log does what its row says, to whom it was told to, as often as told."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.merkle import ProofError, leaf_hash, root_of, verify_consistency
from keypin.ct.sct import LogKey, SctError
from keypin.lab.ct_api import Ask, CtApi
from keypin.lab.ct_faults import FAULTS
from keypin.lab.ct_view import Answer, Client, Delivery

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATHS = {
    "head": "/ct/v1/get-sth",
    "checkpoint": "/checkpoint",
    "page": "/ct/v1/get-entries",
    "hash tile": "/tile/0/000",
    "data tile": "/tile/data/000",
    "proof": "/ct/v1/get-sth-consistency",
}
QUERY = {"start": "0", "end": "299", "first": "100", "second": "300"}
# What each fault changes; who adds a fault says it here.
CHANGES = {
    "fork": {"head", "checkpoint", "page", "proof"},
    "other-root": {"head", "checkpoint"},
    "rollback": {"head", "checkpoint"},
    "stalled": set[str](),
    "bad-signature": {"head", "checkpoint"},
    "future": {"head", "checkpoint"},
    "wrong-leaf": {"page", "data tile"},
    "malformed-entry": {"head", "checkpoint", "page", "proof"},
    "garbage-certificate": {"head", "checkpoint", "page", "proof"},
    "wrong-hash-tile": {"hash tile"},
    "wrong-proof": {"proof"},
    "truncated": {"hash tile", "data tile"},
    "oversized": {"hash tile", "data tile"},
    "not-found": {"page", "hash tile", "data tile", "proof"},
    "broken-json": {"head", "checkpoint", "page", "proof"},
    "deep-json": {"head", "checkpoint", "page", "proof"},
}


def ask(log, what: str, client: Client | None = None) -> Answer:
    """Ask for something, of pages that hold the whole log."""
    api = CtApi(log, page_limit=1000)
    return api.answer(Ask(PATHS[what], client or Client(1), QUERY))


def page(log) -> list[bytes]:
    """Return the leaves of the log, as it hands them out."""
    rows = json.loads(ask(log, "page").body)["entries"]
    return [b64decode(row["leaf_input"]) for row in rows]


def head(log) -> tuple[int, int, bytes]:
    """Return the size, the time and the root that the log shows, after verifying them."""
    shown = json.loads(ask(log, "head").body)
    root, signed = (b64decode(shown[name]) for name in ("sha256_root_hash", "tree_head_signature"))
    numbers = (shown["timestamp"].to_bytes(8, "big"), shown["tree_size"].to_bytes(8, "big"))
    data = b"\x00\x01" + b"".join(numbers) + root
    LogKey(log.signer.spki).verify_signature(signed[0], signed[1], signed[4:], data)
    return shown["tree_size"], shown["timestamp"], root


@pytest.mark.parametrize("name", FAULTS)
def test_what_each_changes(ct_log, name: str) -> None:
    """A fault is in the answers that its row says, in no other, and gone when it is switched off.

    The entry that it is about is the log's last, so that the first tiles are as they were.
    """
    before = {what: ask(ct_log, what) for what in PATHS}
    index = 5 if "data tile" in CHANGES.get(name, ()) else None
    on = ct_log.misbehave(name, index=index)
    after = {what: ask(ct_log, what) for what in PATHS}
    changed = {what for what in PATHS if before[what] != after[what]}
    assert changed == CHANGES.get(name, set(PATHS))
    assert on.met >= len(changed)
    ct_log.behave(name)
    assert {what: ask(ct_log, what) for what in PATHS} == before


@pytest.mark.parametrize("name", ["fork", "malformed-entry", "garbage-certificate"])
def test_a_forked_log_is_true_to_itself(ct_log, name: str) -> None:
    """Another tree has the leaves, root, signature and proofs of that tree."""
    good, whole = head(ct_log), page(ct_log)
    ct_log.misbehave(name, index=200)
    size, stamp, root = head(ct_log)
    leaves = page(ct_log)
    assert (size, stamp) == good[:2]
    assert root == root_of(leaf_hash(leaf) for leaf in leaves) != good[2]
    assert [n for n in range(300) if leaves[n] != whole[n]] == [200]
    path = [b64decode(one) for one in json.loads(ask(ct_log, "proof").body)["consistency"]]
    verify_consistency(100, 300, ct_log.tree.root(100), root, path)
    ct_log.behave()
    assert head(ct_log) == good


def test_malformed_and_garbage(ct_log) -> None:
    """One has bytes that are no entry, the other a good frame around no certificate."""
    ct_log.misbehave("malformed-entry", index=7)
    assert page(ct_log)[7] == b"\x00\x00" + b"\xff" * 40
    ct_log.behave()
    ct_log.misbehave("garbage-certificate", index=7)
    leaf = page(ct_log)[7]
    assert leaf[10:15] == b"\x00\x00\x00\x02\x00"
    assert leaf[15:].startswith(bytes(range(256)) * 2)


def test_an_other_root_is_signed_over_the_tree_that_is_served(ct_log) -> None:
    """The head alone lies; it holds by its signature, and not by its entries."""
    ct_log.misbehave("other-root")
    assert head(ct_log)[2] != root_of(leaf_hash(leaf) for leaf in page(ct_log))
    path = [b64decode(one) for one in json.loads(ask(ct_log, "proof").body)["consistency"]]
    with pytest.raises(ProofError, match="the larger one"):
        verify_consistency(100, 300, ct_log.tree.root(100), head(ct_log)[2], path)


def test_a_rollback_is_small_and_new(ct_log) -> None:
    """Its head is of half the size, with a later time, and truly of that tree."""
    stamp = head(ct_log)[1]
    ct_log.misbehave("rollback")
    assert head(ct_log) == (150, stamp + 1000, ct_log.tree.root(150))


def test_a_stalled_log_shows_its_old_head(ct_log) -> None:
    """What is published since is not shown."""
    good = head(ct_log)
    ct_log.misbehave("stalled")
    ct_log.extend([(1, b"new", None, None)])
    ct_log.publish(NOW + timedelta(days=9))
    assert (head(ct_log), len(page(ct_log))) == (good, 300)
    ct_log.behave("stalled")
    assert head(ct_log)[0] == 301


def test_a_bad_signature_does_not_hold(ct_log) -> None:
    """All else of the head is true."""
    ct_log.misbehave("bad-signature")
    with pytest.raises(SctError, match="does not hold"):
        head(ct_log)


def test_a_head_of_the_future(ct_log) -> None:
    """Its time is thirty days ahead, its signature good."""
    stamp = head(ct_log)[1]
    ct_log.misbehave("future")
    assert head(ct_log)[1] - stamp == 30 * 86400 * 1000


def test_a_wrong_leaf_is_not_what_was_hashed(ct_log) -> None:
    """One leaf differs from the hash tile; the others do not."""
    ct_log.misbehave("wrong-leaf", index=9)
    leaves = page(ct_log)
    assert [n for n in range(300) if leaf_hash(leaves[n]) != ct_log.tree.leaf(n)] == [9]


def test_lengths_of_tiles(ct_log) -> None:
    """A truncated tile has half of its bytes, an oversized one all of them twice."""
    ct_log.misbehave("truncated", times=1)
    assert len(ask(ct_log, "hash tile").body) == 4096
    ct_log.misbehave("oversized", times=1)
    assert len(ask(ct_log, "hash tile").body) == 16384
    assert len(ask(ct_log, "hash tile").body) == 8192


def test_refusals(ct_log) -> None:
    """Refusals have the status of the row; 429 says when to come again."""
    expected = {
        "too-many-requests": (429, (("Retry-After", "1"),)),
        "server-error": (503, ()),
        "not-found": (404, ()),
    }
    for name, (status, headers) in expected.items():
        ct_log.misbehave(name)
        answer = ask(ct_log, "page")
        assert (answer.status, answer.headers) == (status, headers)
        ct_log.behave()


def test_deliveries(ct_log) -> None:
    """Faults of the connection go to the server as a way to deliver."""
    expected = {
        "slow": Delivery.SLOW,
        "endless": Delivery.ENDLESS,
        "cut-off": Delivery.CUT,
    }
    for name, delivery in expected.items():
        ct_log.misbehave(name)
        assert ask(ct_log, "hash tile").delivery is delivery
        ct_log.behave()


def test_for_one_client_only(ct_log) -> None:
    """A fork is shown to one client, by what it calls itself or by its connection."""
    victim, other = Client(2, {"user-agent": "victim/1"}), Client(3, {"user-agent": "other/1"})
    good = ask(ct_log, "head", other)
    ct_log.misbehave("fork", only=lambda client: client.user_agent.startswith("victim"))
    assert ask(ct_log, "head", victim) != good
    assert ask(ct_log, "head", other) == good
    ct_log.behave()
    ct_log.misbehave("fork", only=lambda client: client.connection % 2 == 1)
    assert ask(ct_log, "head", victim) == good
    assert ask(ct_log, "head", other) != good


def test_some_times(ct_log) -> None:
    """A fault that is to be in two answers is in two."""
    on = ct_log.misbehave("server-error", times=2)
    assert [ask(ct_log, "head").status for _ in range(4)] == [503, 503, 200, 200]
    assert (on.met, on.left) == (2, 0)


def test_several_at_once(ct_log) -> None:
    """Faults add up."""
    ct_log.misbehave("future")
    ct_log.misbehave("rollback")
    assert head(ct_log)[0] == 150
    assert head(ct_log)[1] > 30 * 86400 * 1000
