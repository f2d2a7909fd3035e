"""`keypin ct audit`: a log is read anew, and is what it signed or is not."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest


def grow(transparency, name: str, count: int) -> None:
    """Add entries to a log, and publish."""
    log = transparency.logs[name]
    der = transparency.ca.der
    log.extend([(n, der, None, None) for n in range(count)])
    log.publish(transparency.now)


@pytest.mark.parametrize("name", ["alpha", "tiled"])
def test_a_log_that_is_what_it_signed(keypin, transparency, name: str) -> None:
    """All entries, or a range of them, by either interface, in several processes."""
    grow(transparency, name, 599)
    call = ("ct", "audit", name, "--log-list", transparency.list, "--processes", "2")
    ran = keypin(*call)
    assert (ran.code, ran.err) == (0, "")
    head, when, root = ran.out.splitlines()
    assert head == f"✓ {name}  entries 0 to 599 are what it signed"
    assert (
        when.rstrip() == f"  its head of {transparency.now:%Y-%m-%dT%H:%M:%SZ} is over 600 entries"
    )
    assert root.rstrip() == f"  root {transparency.logs[name].tree.root(600).hex()}"
    shape = json.loads(keypin(*call, "300-", "--json").out)
    assert shape["schema"] == "keypin/ct-audit/1"
    assert (shape["verified"], shape["first"], shape["last"]) == (True, 300, 599)
    assert (shape["malformed"], shape["malformed_indexes"], shape["findings"]) == (0, [], [])
    assert (shape["log"], shape["head"]["size"]) == (name, 600)


@pytest.mark.parametrize("fault", ["wrong-leaf", "fork"])
def test_entries_that_are_not_what_it_signed(keypin, transparency, fault: str) -> None:
    """An entry that is another than the log hashed is found, and between which proofs."""
    grow(transparency, "alpha", 99)
    log = transparency.logs["alpha"]
    if fault == "fork":
        log.misbehave(fault, index=50, only=lambda _: next(turns) > 0)
        turns = iter(range(1000))
    else:
        log.misbehave(fault, index=50)
    ran = keypin("ct", "audit", "alpha", "--log-list", transparency.list, "--processes", "1")
    assert ran.code == 1
    assert ran.out.startswith("✗ alpha  not what it signed\n")
    said = " ".join(ran.out.split())
    assert "error ct-root-mismatch entries 0 to 99 are not those that the log signed" in said
    assert "cure: read the range again" in said


def test_a_head_that_it_did_not_sign(keypin, transparency) -> None:
    """Without a head there is nothing to hold entries to."""
    transparency.logs["alpha"].misbehave("bad-signature")
    ran = keypin("ct", "audit", "alpha", "--log-list", transparency.list, "--json")
    assert ran.code == 1
    shape = json.loads(ran.out)
    assert (shape["verified"], shape["head"], shape["malformed"]) == (False, None, None)
    assert [one["id"] for one in shape["findings"]] == ["ct-bad-signature"]


def test_entries_that_are_malformed(keypin, transparency) -> None:
    """What the log hashed and signed is no entry: that is told, with its index."""
    grow(transparency, "alpha", 99)
    transparency.logs["alpha"].misbehave("malformed-entry", index=42)
    ran = keypin("ct", "audit", "alpha", "--log-list", transparency.list, "--processes", "1")
    assert ran.code == 1
    assert ran.out.startswith("✗ alpha  entries 0 to 99 are what it signed\n")
    said = " ".join(ran.out.split())
    assert "warning ct-malformed-entry 1 of its entries are malformed" in said
    assert "indexes: 42 cure:" in said


def test_pages_that_cannot_be_read(keypin, transparency) -> None:
    """What is no page of entries is what the log did wrong, not the user."""
    grow(transparency, "alpha", 99)
    log = transparency.logs["alpha"]
    log.misbehave("broken-json", only=lambda _: next(turns) > 0)
    turns = iter(range(1000))
    ran = keypin("ct", "audit", "alpha", "--log-list", transparency.list, "--processes", "1")
    assert ran.code == 1, ran.err
    assert "entries 0 to 99 cannot all be read" in " ".join(ran.out.split())


def test_a_range_whose_beginning_is_not_proved(keypin, transparency) -> None:
    """What is before a range comes as hashes, which must be proved to be the log's."""
    grow(transparency, "alpha", 99)
    transparency.logs["alpha"].misbehave("wrong-proof")
    ran = keypin("ct", "audit", "alpha", "50-", "--log-list", transparency.list)
    assert ran.code == 1
    said = " ".join(ran.out.split())
    assert "error ct-root-mismatch what is before entry 50 is not proved: leaf 50 of" in said


def test_a_log_that_refuses(keypin, transparency) -> None:
    """What a process meets reaches the user in a sentence: could not tell."""
    grow(transparency, "tiled", 999)
    transparency.logs["tiled"].misbehave("not-found")
    ran = keypin("ct", "audit", "tiled", "--log-list", transparency.list, "--processes", "2")
    assert ran.code == 3
    assert ran.err.startswith("keypin: http://127.0.0.1:")
    assert ran.err.endswith(": answered 404 Not Found\n")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("7-", "keypin: no entry 7; expected one of the 1 that the log has, from 0\n"),
        ("9-3", "'9-3' is no range; write 0-999, or 1000- for all from 1000"),
        ("ten", "'ten' is no range"),
    ],
)
def test_ranges(keypin, transparency, entries: str, words: str) -> None:
    """A range that is none, or that the log does not have, is unusable input."""
    ran = keypin("ct", "audit", "alpha", entries, "--log-list", transparency.list)
    assert (ran.code, ran.out) == (2, "")
    assert words in " ".join(ran.err.replace("│", " ").split()) + "\n"


def test_ctrl_c(transparency) -> None:
    """Ctrl-C, which reaches every process, ends all of them with one sentence."""
    grow(transparency, "tiled", 999)
    server = transparency.servers["tiled"]

    def reading(_: object = None) -> bool:
        return any("/tile/data" in seen.target for seen in server.seen.copy())

    transparency.logs["tiled"].misbehave("endless", only=reading)
    command = ["ct", "audit", "tiled", "--log-list", str(transparency.list), "--processes", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "keypin", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not reading():
        assert process.poll() is None
        time.sleep(0.01)  # the server needs the interpreter, too
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, "")
    assert errors.startswith("keypin: stopped after ")
    assert errors.endswith(" entries\n")
    assert errors.count("\n") == 1
