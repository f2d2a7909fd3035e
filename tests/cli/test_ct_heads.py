"""`keypin ct heads`: what a monitor keeps is published, and what others publish is compared."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keypin.ct.head import TreeHead
from keypin.ct.head_file import dumps, loads
from keypin.ct.sct import LogKey
from keypin.lab.ct_api import BOTH, CtApi
from keypin.lab.ct_key import Head, checkpoint
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.monitor.store import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def head(log: CtLog, size: int, minutes: float = 0, root: bytes | None = None) -> TreeHead:
    """Return a head that a log signed, of any tree."""
    stamp = round((NOW + timedelta(minutes=minutes)).timestamp() * 1000)
    said = Head(size, stamp, root or log.tree.root(size))
    return TreeHead(*said, log.signed(said))


@dataclass
class State:
    """A monitor's state with heads of a log, and a list of logs."""

    folder: Path
    log: CtLog
    other: CtLog
    url: str

    def file(self, *lines: tuple[CtLog, TreeHead]) -> str:
        """Return a file of heads."""
        path = self.folder / "theirs.jsonl"
        path.write_text("".join(f"{dumps(log.signer.log_id, '', one)}\n" for log, one in lines))
        return str(path)

    def options(self) -> tuple[str, ...]:
        """Return the options by which a verb finds it."""
        return "--state", str(self.folder / "state"), "--log-list", str(self.folder / "logs.json")


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Return a state with two heads of one log, and one of another."""
    folder = tmp_path_factory.mktemp("heads")
    log, other, unseen = CtLog("A log", origin="a.log"), CtLog("Another log"), CtLog("Unseen")
    for one in (log, other, unseen):
        one.extend([(n, b"x", None, None) for n in range(9)])
        one.publish(NOW)
    with CtServer(CtApi(log, BOTH)) as server, CtServer(CtApi(other)) as second:
        (folder / "logs.json").write_text(json.dumps(log_list([server, second], NOW)))
        with closing(Store(folder / "state")) as store:
            store.keep_head(log.signer.log_id, head(log, 5), "log")
            store.keep_head(log.signer.log_id, head(log, 7, 10), "log")
            store.keep_head(other.signer.log_id, head(other, 6), "log")
        yield State(folder, log, other, server.url)


def test_the_newest_heads_are_printed(keypin, state) -> None:
    """As others read them: log, name, and what the log signed."""
    ran = keypin("ct", "heads", *state.options())
    assert (ran.code, ran.err) == (0, "")
    found = {one.name: one for one in loads(ran.out.encode())}
    assert sorted(found) == ["A log", "Another log"]
    key = LogKey(state.log.signer.spki)
    assert found["A log"].verified({key.log_id: key}) == (key.log_id, head(state.log, 7, 10))


def test_all_heads_of_a_log_without_a_list(keypin, state) -> None:
    """The state knows no names; it may be looked at while a monitor has it."""
    with closing(Store(state.folder / "state")):
        ran = keypin("ct", "heads", "--all", *state.options()[:2])
    assert ran.code == 0
    said = list(loads(ran.out.encode()))
    assert sorted((one.name, one.head.size) for one in said) == [("", 5), ("", 6), ("", 7)]


def test_the_heads_of_some_logs(keypin, state) -> None:
    """Logs are chosen by their names in the list."""
    ran = keypin("ct", "heads", "--all", "--log", "another*", *state.options())
    [said] = loads(ran.out.encode())
    assert (said.name, said.head) == ("Another log", head(state.other, 6))


def test_heads_that_contradict_nothing(keypin, state) -> None:
    """What needs the log's proof is said to do so."""
    log = state.log
    file = state.file((log, head(log, 5)), (log, head(log, 6, 5)), (log, head(log, 9, 20)))
    ran = keypin("ct", "heads", "--compare", file, *state.options())
    assert ran.code == 0
    assert ran.out == (
        f"same                  5  A log  ({file}:1)\n"
        f"smaller               6  A log  ({file}:2)\n"
        f"larger                9  A log  ({file}:3)\n"
    )
    assert ran.err == "keypin: keypin ct watch --gossip asks logs for the proofs\n"


def test_a_fork_is_proved_by_both_heads(keypin, state) -> None:
    """Anybody can verify them."""
    log = state.log
    forked = head(log, 7, 10, b"x" * 32)
    file = state.file((log, head(log, 5)), (log, forked))
    ran = keypin("ct", "heads", "--compare", file, *state.options())
    assert ran.code == 1
    _, line, *proof = ran.out.splitlines()
    assert line == f"fork                  7  A log  ({file}:2)"
    assert [TreeHead.of_json(one) for one in proof] == [forked, head(log, 7, 10)]


def test_a_rollback_for_a_program(keypin, state) -> None:
    """As JSON, a document for each head."""
    log = state.log
    file = state.file((log, head(log, 6, 11)))
    ran = keypin("ct", "heads", "--compare", file, "--json", *state.options())
    assert ran.code == 1
    found = json.loads(ran.out)
    heads = [json.loads(one.dumps()) for one in (head(log, 6, 11), head(log, 7, 10))]
    where = {"log": "A log", "source": file, "line": 1}
    assert found == {"relation": "rollback", **where, "heads": heads}


def test_a_head_that_the_log_did_not_sign(keypin, state) -> None:
    """It says nothing of the log, and something of who shows it."""
    good = head(state.log, 5)
    forged = TreeHead(8, good.timestamp_ms, good.root, good.signature)
    file = state.file((state.log, forged))
    ran = keypin("ct", "heads", "--compare", file, *state.options())
    assert ran.code == 1
    first, why = ran.out.splitlines()
    assert first == f"unsigned                 A log  ({file}:1)"
    assert why.startswith("    the tree head of size 8: ")


def test_an_address_is_compared(keypin, state) -> None:
    """Here the log's own checkpoint, as it shows it now."""
    ran = keypin("ct", "heads", "--compare", f"{state.url}checkpoint", *state.options())
    assert ran.code == 1  # nine entries at the time at which five were signed, and before seven
    assert ran.out.startswith(f"rollback              9  A log  ({state.url}checkpoint:1)")


def test_nothing_to_compare(keypin, state) -> None:
    """Logs that are not kept here are passed by, and no head at all is no good news."""
    stranger = CtLog("Stranger")
    stranger.extend([(1, b"x", None, None)])
    said = Head(1, 1000, stranger.tree.root(1))
    note = checkpoint("x.log", said, stranger.signed(said), stranger.signer.log_id)
    file = state.file((stranger, head(stranger, 1)))
    with Path(file).open("ab") as more:
        more.write(note)
    ran = keypin("ct", "heads", "--compare", file, *state.options())
    assert ran.code == 3
    assert ran.out == (
        f"unknown                  {stranger.signer.log_id.hex()}  ({file}:1)\n"
        f"unknown                  a log  ({file}:2)\n"
    )
    assert ran.err == "keypin: no head of a log that is kept here\n"
    ran = keypin("ct", "heads", "--compare", file, "--log", "Another log", *state.options())
    assert ran.code == 3


def test_what_cannot_be_used(keypin, state, tmp_path) -> None:
    """A folder without a state, a file that is not there, a text without heads."""
    ran = keypin("ct", "heads", "--state", tmp_path)
    assert (ran.code, ran.err) == (
        3,
        f"keypin: {tmp_path}/monitor.sqlite: no monitor has kept anything here\n",
    )
    ran = keypin("ct", "heads", "--compare", "none.jsonl", *state.options())
    assert (ran.code, ran.err) == (
        2,
        "keypin: none.jsonl: is no file that is there; expected a file of tree heads, or an"
        " address with https://; write one: keypin ct heads\n",
    )
    page = tmp_path / "page.html"
    page.write_text("<html>\n")
    ran = keypin("ct", "heads", "--compare", page, *state.options())
    assert (ran.code, ran.err) == (
        2,
        f"keypin: {page}:1: no signatures behind an empty line; expected a signed note, to its"
        " last line\n",
    )
