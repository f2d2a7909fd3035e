"""Texts of heads: what monitors write for each other, and checkpoints as they are served."""

import json
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct import head_file as module
from keypin.ct.head import HeadError, HeadFormatError, TreeHead
from keypin.ct.head_file import MAX_HEAD_FILE, HeadFileError, dumps, loads
from keypin.ct.note import MAX_NOTE, key_id
from keypin.ct.sct import LogKey
from keypin.lab.ct_key import Head, Signer, Witness, checkpoint, note_line

SIGNER, STRANGER = Signer.new(), Signer.new("rsa")
KEY = LogKey(SIGNER.spki)
KEYS = {SIGNER.log_id: KEY}
SAID = Head(5, 1_700_000_000_000, bytes(range(32)))
HEAD = TreeHead(*SAID, SIGNER.sign_head(SAID))
NOTE = checkpoint("log.example", SAID, HEAD.signature, SIGNER.log_id, (Witness("w.example"),))
LINE = dumps(SIGNER.log_id, "a log", HEAD).encode()


def read(text: bytes) -> list[tuple[bytes, TreeHead] | None]:
    """Return what a text says, verified."""
    return [one.verified(KEYS) for one in loads(text)]


def test_what_is_written_is_read_back() -> None:
    """A line has the log's ID and name, and the members that a log answers."""
    assert json.loads(LINE) == {
        "log_id": SIGNER.log_id.hex(),
        "log": "a log",
        **json.loads(HEAD.dumps()),
    }
    [said] = loads(LINE + b"\n")
    assert (said.line, said.log_id, said.name, said.head) == (1, SIGNER.log_id, "a log", HEAD)
    assert said.verified(KEYS) == (SIGNER.log_id, HEAD)


def test_a_log_without_a_name() -> None:
    """The name is for people, and may be missing."""
    line = dumps(SIGNER.log_id, "", HEAD)
    assert "log" not in json.loads(line)
    [said] = loads(line.encode())
    assert (said.name, said.head) == ("", HEAD)


def test_a_checkpoint_stays_one() -> None:
    """Its cosignatures go along."""
    head = TreeHead.of_checkpoint(NOTE, "", KEY)
    line = dumps(SIGNER.log_id, "a log", head)
    assert json.loads(line)["checkpoint"] == NOTE.decode()
    assert read(line.encode()) == [(SIGNER.log_id, head)]


def test_a_checkpoint_as_it_is_served() -> None:
    """The hint of its key says whose it is."""
    [(log_id, head)] = read(NOTE)
    assert (log_id, head.size, head.note) == (SIGNER.log_id, 5, NOTE.decode())
    without_id = json.dumps({"checkpoint": NOTE.decode()}).encode()
    assert read(without_id) == [(SIGNER.log_id, head)]


@pytest.mark.parametrize("between", [b"", b"\n", b"\n \n"])
def test_several_in_any_form(between: bytes) -> None:
    """One behind another, with or without empty lines between; each knows its line."""
    text = between.join([NOTE, NOTE, LINE + b"\r\n", LINE + b"\n", NOTE])
    said = list(loads(text))
    assert [one.verified(KEYS)[1].size for one in said] == [5] * 5
    lines = text.decode().split("\n")
    for one in said:
        assert lines[one.line - 1].startswith(("log.example", "{"))
    assert len({one.line for one in said}) == 5


@pytest.mark.parametrize("text", [b"", b"\n\n", b" \r\n"])
def test_a_text_without_heads(text: bytes) -> None:
    """Somebody who has heard nothing yet says nothing."""
    assert list(loads(text)) == []


def test_logs_that_are_not_known() -> None:
    """They are no mistake: others follow other logs."""
    other = checkpoint("log.example", SAID, STRANGER.sign_head(SAID), STRANGER.log_id)
    line = dumps(STRANGER.log_id, "", HEAD).encode() + b"\n"
    assert read(other + line) == [None, None]


def test_a_head_that_the_log_did_not_sign() -> None:
    """Neither form is believed."""
    forged = TreeHead(6, *SAID[1:], HEAD.signature)
    with pytest.raises(HeadError, match="the tree head of size 6: "):
        read(dumps(SIGNER.log_id, "", forged).encode())
    with pytest.raises(HeadError, match="the tree head of size 7: "):
        read(NOTE.replace(b"\n5\n", b"\n7\n"))


def test_a_note_that_is_no_checkpoint() -> None:
    """Only its signature's hint is the log's."""
    hint = key_id("log.example", 5, SIGNER.log_id)
    note = f"log.example\nhello\n\n{note_line('log.example', hint + bytes(80))}".encode()
    with pytest.raises(HeadFormatError, match="a text of 2 lines"):
        read(note)


ID = "SHA-256 of the log's key, in hexadecimal"
NO_NOTE = "no signatures behind an empty line; expected a signed note, to its last line"


def changed(**members: object) -> bytes:
    """Return a line in which members are others."""
    return json.dumps(json.loads(LINE) | members).encode()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"<html>\n", f"2: {NO_NOTE}"),
        (b"{\n", "2: no JSON (Expecting property name enclosed in double quotes: "
         "line 1 column 2 (char 1)); expected one object a line"),
        (b'{"a":' * 100_000, "2: no JSON (maximum recursion depth exceeded"),
        (HEAD.dumps().encode(), f"2: a head without log_id; expected {ID}"),
        (changed(log_id="xy"), f"2: a log_id that is no hexadecimal number; expected {ID}"),
        (changed(log_id=5), f"2: a log_id that is no hexadecimal number; expected {ID}"),
        (changed(log_id="00"), f"2: a log_id of 1 bytes; expected {ID}"),
        (changed(log=5), "2: a name of a log that is no text; expected a text"),
        (changed(tree_size=-1), "2: a size of -1 at 1700000000000; expected less than 2^63"),
        (changed(checkpoint=5), "2: a checkpoint that is no text; expected a signed note"),
        (changed(checkpoint="\ud800"),
         "2: a checkpoint that is no Unicode; expected a signed note"),
        (changed(checkpoint="x"), f"2: {NO_NOTE}"),
        (NOTE[:-1], f"2: {NO_NOTE}"),
        (b"x" * MAX_NOTE + b"\n" + NOTE, "2: a note of 1048577 bytes; expected 1048576 at most"),
        (b"{" + b" " * 6 * MAX_NOTE, "2: a line of 6291457 bytes; expected 6291456 at most"),
    ],
)  # fmt: skip
def test_what_is_no_head(text: bytes, complaint: str) -> None:
    """The line is named, and what stands before it has been read."""
    found = loads(LINE + b"\n" + text, name="heads.jsonl")
    assert next(found).head == HEAD
    with pytest.raises(HeadFileError) as caught:
        next(found)
    assert str(caught.value).startswith(f"heads.jsonl:{complaint}")


def test_a_text_that_is_too_large(monkeypatch) -> None:
    """It is refused before it is read."""
    monkeypatch.setattr(module, "MAX_HEAD_FILE", 10)
    with pytest.raises(HeadFileError) as caught:
        list(loads(b"x" * 11, name="heads"))
    assert str(caught.value) == "heads: 11 bytes; expected 10 at most"
    assert MAX_HEAD_FILE == 64 << 20


PIECES = [
    LINE,
    NOTE,
    b"\n",
    b"{",
    b'{"log_id":"',
    b'{"checkpoint":"a\\n\\n\\u2014 b"}',
    "\u2014 a ".encode() + b64encode(bytes(80)),
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=60)).map(b"".join))
def test_anything_else_is_its_own_error(data: bytes) -> None:
    """Whatever somebody serves, it is heads or a complaint."""
    with suppress(HeadFileError):
        for one in loads(data):
            with suppress(HeadError, HeadFormatError):
                one.verified(KEYS)
