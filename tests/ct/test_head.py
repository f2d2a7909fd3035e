"""Tree heads: those of the lab in both forms, and everything that is none."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.head import MAX_HEAD, HeadError, HeadFormatError, TreeHead
from keypin.ct.note import NoteFormatError, key_id
from keypin.ct.sct import LogKey
from keypin.errors import InputError
from keypin.lab.ct_key import Head, Signer, checkpoint, note_line

ROOT = bytes(range(32))
SIGNER = Signer.new()
KEY = LogKey(SIGNER.spki)
HEAD = Head(5, 1_700_000_000_000, ROOT)
SIGNATURE = SIGNER.sign_head(HEAD)
NOTE = checkpoint("log.example", HEAD, SIGNATURE, SIGNER.log_id)


def test_both_forms_say_the_same(served) -> None:
    """The answer to get-sth and the checkpoint have size, time, root and signature in common."""
    plain = TreeHead.of_json(served.get("/ct/v1/get-sth"))
    noted = TreeHead.of_checkpoint(served.get("/checkpoint"), served.api.origin, served.key)
    plain.verify(served.key)
    noted.verify(served.key)
    log = served.log
    for head in (plain, noted):
        assert (head.size, head.timestamp_ms, head.root) == log.head
        assert head.signature == log.signed(log.head)
        assert head.timestamp == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert plain.note == ""
    assert noted.note == served.get("/checkpoint").decode()


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_each_key_that_logs_have(kind: str) -> None:
    """Heads signed by ECDSA and by RSA verify, under that key alone."""
    signer = Signer.new(kind)
    head = TreeHead(*HEAD, signer.sign_head(HEAD))
    head.verify(LogKey(signer.spki))
    with pytest.raises(HeadError, match="the tree head of size 5: "):
        head.verify(LogKey(Signer.new(kind).spki))


@pytest.mark.parametrize(
    "other",
    [
        TreeHead(6, HEAD.timestamp_ms, ROOT, SIGNATURE),
        TreeHead(5, HEAD.timestamp_ms + 1, ROOT, SIGNATURE),
        TreeHead(5, HEAD.timestamp_ms, ROOT[::-1], SIGNATURE),
        TreeHead(*HEAD, SIGNATURE[:-1] + bytes((SIGNATURE[-1] ^ 1,))),
        TreeHead(*HEAD, b"\x02" + SIGNATURE[1:]),
        TreeHead(*HEAD, b"\x04\x03\x00\x00"),
    ],
    ids=["size", "time", "root", "signature", "hash", "none"],
)
def test_a_head_that_the_log_did_not_sign(other: TreeHead) -> None:
    """Size, time, root and algorithms are all signed."""
    with pytest.raises(HeadError, match=f"the tree head of size {other.size}: "):
        other.verify(KEY)


def test_a_head_is_kept_as_json() -> None:
    """What is written down is read back, and is what a log answers."""
    head = TreeHead(*HEAD, SIGNATURE)
    assert TreeHead.of_json(head.dumps()) == head
    assert json.loads(head.dumps()) == {
        "tree_size": 5,
        "timestamp": 1_700_000_000_000,
        "sha256_root_hash": b64encode(ROOT).decode(),
        "tree_head_signature": b64encode(SIGNATURE).decode(),
    }


def test_a_time_that_no_calendar_has() -> None:
    """It is as late as can be, so that it is found to be in the future."""
    head = TreeHead(5, 2**62, ROOT, SIGNATURE)
    assert head.timestamp == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"tree_size": "5"}, "a size or time that is no number; expected whole numbers"),
        ({"tree_size": True}, "a size or time that is no number; expected whole numbers"),
        ({"timestamp": 1.5}, "a size or time that is no number; expected whole numbers"),
        ({"tree_size": -1}, "a size of -1 at 1700000000000; expected less than 2^63"),
        ({"tree_size": 2**63}, f"a size of {2**63} at 1700000000000; expected less than 2^63"),
        ({"timestamp": -1}, "a size of 5 at -1; expected less than 2^63"),
        ({"timestamp": 2**63}, f"a size of 5 at {2**63}; expected less than 2^63"),
        ({"sha256_root_hash": ""}, "a root of 0 bytes; expected 32"),
        ({"tree_head_signature": ""},
         "a signature that is no DigitallySigned; expected RFC 5246's"),
        ({"tree_head_signature": b64encode(SIGNATURE + b"x").decode()},
         "a signature that is no DigitallySigned; expected RFC 5246's"),
    ],
)  # fmt: skip
def test_members_that_no_head_has(members, complaint: str) -> None:
    """Each value is checked, whoever makes the head."""
    written = json.loads(TreeHead(*HEAD, SIGNATURE).dumps())
    with pytest.raises(HeadFormatError) as caught:
        TreeHead.of_json(json.dumps(written | members))
    assert str(caught.value) == complaint


GET_STH = "expected JSON with tree_size, timestamp, sha256_root_hash, tree_head_signature"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b" " * (MAX_HEAD + 1), "65537 bytes; expected 65536 at most"),
        (b"", "no tree head (JSONDecodeError: Expecting value: line 1 column 1 (char 0)); "
         + GET_STH),
        (b"{}", f"no tree head (KeyError: 'tree_size'); {GET_STH}"),
        (b"[]", "no tree head (TypeError: list indices must be integers or slices, not str); "
         + GET_STH),
        (b'{"tree_size":5,"timestamp":1,"sha256_root_hash":"=","tree_head_signature":""}',
         f"no tree head (Error: Leading padding not allowed); {GET_STH}"),
        (b'{"tree_size":5,"timestamp":1,"sha256_root_hash":"\xc3\xbc","tree_head_signature":""}',
         "no tree head (ValueError: string argument should contain only ASCII characters); "
         + GET_STH),
    ],
    ids=["large", "empty", "members", "list", "base64", "ASCII"],
)  # fmt: skip
def test_what_is_no_answer_to_get_sth(data: bytes, complaint: str) -> None:
    """The answer of something else than a log says what is missing."""
    with pytest.raises(HeadFormatError) as caught:
        TreeHead.of_json(data)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("data", [b"[" * 60_000, b"\xff\xfe\x00", b'{"tree_size":' + b"9" * 5000])
def test_text_that_no_reader_of_json_takes(data: bytes) -> None:
    """Deep nesting, broken UTF-16 and endless numbers are no tree head either."""
    with pytest.raises(HeadFormatError, match="no tree head"):
        TreeHead.of_json(data)


def test_a_checkpoint_is_of_its_log() -> None:
    """Its first line is the log's name; where none is known, the key is what binds."""
    head = TreeHead.of_checkpoint(NOTE, "log.example", KEY)
    assert (head.size, head.timestamp_ms, head.root) == HEAD
    assert TreeHead.of_checkpoint(NOTE, "", KEY) == head
    with pytest.raises(HeadError) as caught:
        TreeHead.of_checkpoint(NOTE, "other.example", KEY)
    assert str(caught.value) == "the checkpoint is of 'log.example', not of 'other.example'"


def test_a_checkpoint_may_say_more() -> None:
    """Lines behind the third are extensions: a reader passes over them."""
    more = NOTE.replace(b"\n\n", b"\nextension\n\n")
    assert TreeHead.of_checkpoint(more, "log.example", KEY).size == 5


def test_a_checkpoint_that_the_log_did_not_sign() -> None:
    """A signature by another key, in another name or over another tree is none."""
    other = Signer.new()
    foreign = checkpoint("log.example", HEAD, SIGNATURE, other.log_id)
    with pytest.raises(HeadError) as caught:
        TreeHead.of_checkpoint(foreign, "log.example", KEY)
    without = "the checkpoint of 'log.example' has no signature of the log's key"
    assert str(caught.value) == without
    renamed = NOTE.replace("\u2014 log.example".encode(), "\u2014 log.invalid".encode())
    with pytest.raises(HeadError) as caught:
        TreeHead.of_checkpoint(renamed, "log.example", KEY)
    assert str(caught.value) == without
    with pytest.raises(HeadError, match="the tree head of size 6: "):
        TreeHead.of_checkpoint(NOTE.replace(b"\n5\n", b"\n6\n"), "log.example", KEY)


def noted(text: str, value: bytes = bytes(8) + SIGNATURE) -> bytes:
    """Return a note of a text, with a signature that names the log's key."""
    hint = key_id("log.example", 5, SIGNER.log_id)
    return f"{text}\n{note_line('log.example', hint + value)}".encode()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("log.example\n5\n", "a text of 2 lines; expected a checkpoint"),
        ("log.example\n05\nAAAA\n", "a size of '05'; expected a decimal number"),
        ("log.example\n+5\nAAAA\n", "a size of '+5'; expected a decimal number"),
        ("log.example\n\u0665\nAAAA\n", "a size of '\u0665'; expected a decimal number"),
        ("log.example\n\nAAAA\n", "a size of ''; expected a decimal number"),
        (f"log.example\n{'9' * 20}\nAAAA\n",
         "a size of '99999999999999999999'; expected a decimal number"),
        (f"log.example\n{2**63}\nAAAA\n", f"a size of {2**63} at 0; expected less than 2^63"),
        ("log.example\n5\n?\n", "a root that is no base64; expected 32 bytes"),
        ("log.example\n5\n\u00fc\n", "a root that is no base64; expected 32 bytes"),
        ("log.example\n5\nAAAA\n", "a root of 3 bytes; expected 32"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str, complaint: str) -> None:
    """A note that is no checkpoint says which line is wrong."""
    with pytest.raises(HeadFormatError) as caught:
        TreeHead.of_checkpoint(noted(text), "log.example", KEY)
    assert str(caught.value) == complaint


def test_a_checkpoint_whose_signature_is_none() -> None:
    """Behind the key's hint stand a time and a signature."""
    text = f"log.example\n5\n{b64encode(ROOT).decode()}\n"
    with pytest.raises(HeadFormatError) as caught:
        TreeHead.of_checkpoint(noted(text, b"short"), "log.example", KEY)
    assert str(caught.value) == "a signature that is no DigitallySigned; expected RFC 5246's"


def test_what_is_no_note_is_no_checkpoint() -> None:
    """A page of a web server is told from a note that is signed wrongly."""
    with pytest.raises(NoteFormatError, match="no signatures behind an empty line"):
        TreeHead.of_checkpoint(b"<html>", "log.example", KEY)


moments = st.integers(0, 2**63 - 1)


@given(moments, moments, st.binary(min_size=32, max_size=32), st.sampled_from(["a", "b/2026"]))
def test_what_is_signed_verifies(size: int, stamp: int, root: bytes, origin: str) -> None:
    """A head of any size, time and root comes back from both forms, and holds."""
    head = Head(size, stamp, root)
    signature = SIGNER.sign_head(head)
    one = TreeHead.of_checkpoint(checkpoint(origin, head, signature, SIGNER.log_id), origin, KEY)
    other = TreeHead.of_json(TreeHead(*head, signature).dumps())
    other.verify(KEY)
    assert (one.size, one.timestamp_ms, one.root, one.signature) == (*head, signature)
    assert (other.size, other.timestamp_ms, other.root, other.signature) == (*head, signature)
    assert one.timestamp.tzinfo is UTC


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([{}])
members = st.sampled_from(["tree_size", "timestamp", "sha256_root_hash", "tree_head_signature"])


@given(st.binary() | st.dictionaries(members, values).map(
    lambda other: json.dumps(json.loads(TreeHead(*HEAD, SIGNATURE).dumps()) | other).encode()
))  # fmt: skip
def test_any_bytes_as_an_answer(data: bytes) -> None:
    """They are refused, or a head that is written and read again."""
    try:
        head = TreeHead.of_json(data)
    except HeadFormatError:
        return
    assert TreeHead.of_json(head.dumps()) == head
    assert head.timestamp.tzinfo is UTC


@given(st.binary() | st.tuples(st.text(), st.binary()).map(lambda pair: noted(
    pair[0].encode("utf-8", "replace").decode(), pair[1])) | st.tuples(
        st.integers(0, len(NOTE)), st.integers(0, 3), st.binary(max_size=3)
    ).map(lambda cut: NOTE[:cut[0]] + cut[2] + NOTE[cut[0] + cut[1]:]))  # fmt: skip
def test_any_bytes_as_a_checkpoint(data: bytes) -> None:
    """They are refused, or the head that the log signed: no mutation gives another."""
    try:
        head = TreeHead.of_checkpoint(data, "", KEY)
    except (InputError, HeadError):
        return
    assert (head.size, head.timestamp_ms, head.root) == HEAD
