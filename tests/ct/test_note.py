"""Signed notes: the specification's own example, witnesses of the lab, and what is none."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.note import (
    COSIGNATURE,
    ED25519,
    MAX_NOTE,
    MAX_SIGNATURES,
    Note,
    NoteError,
    NoteFormatError,
    NoteKey,
    NoteSignature,
    key_id,
)
from keypin.lab.ct_key import Witness, note_line

# The example of golang.org/x/mod/sumdb/note, where signed notes come from.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
LINE = "\u2014 a " + b64encode(b"hintvalue").decode()


def test_the_example_of_signed_notes() -> None:
    """A foreign note is read, and its foreign key verifies it."""
    note = Note.parse(NOTE.encode())
    assert note.text == NOTE.partition("\n\n")[0] + "\n"
    [signature] = note.signatures
    assert (signature.name, signature.key_id.hex()) == ("PeterNeumann", "c74f20a3")
    key = NoteKey.parse(VKEY)
    assert (key.name, key.algorithm, str(key)) == ("PeterNeumann", ED25519, VKEY)
    assert key.verify(note) is None


def test_a_text_that_was_changed() -> None:
    """The signature is over every byte of the text."""
    note = Note.parse(NOTE.replace("answer", "Answer").encode())
    with pytest.raises(NoteError) as caught:
        NoteKey.parse(VKEY).verify(note)
    assert str(caught.value) == "the signature of PeterNeumann does not hold"


def test_witnesses_say_when_they_saw_a_checkpoint(served) -> None:
    """Each cosignature of the lab's checkpoint verifies, and tells its time in seconds."""
    note = Note.parse(served.get("/checkpoint"))
    for witness in served.log.witnesses:
        key = NoteKey.parse(witness.vkey)
        assert key.algorithm == COSIGNATURE
        assert str(key) == witness.vkey
        assert key.verify(note) == served.log.head.timestamp_ms // 1000
    stranger = NoteKey.parse(Witness("w1.example").vkey)
    with pytest.raises(NoteError) as caught:
        stranger.verify(note)
    assert str(caught.value) == "no signature of w1.example is on the note"


def test_the_time_of_a_cosignature_is_signed() -> None:
    """A cosignature that is moved to another time does not hold."""
    witness = Witness("w.example")
    line = witness.cosign("text\n", 1000).encode()
    key = NoteKey.parse(witness.vkey)
    good = Note.parse(b"text\n\n" + line)
    assert key.verify(good) == 1000
    [one] = good.signatures
    later = NoteSignature(one.name, one.key_id, (1001).to_bytes(8, "big") + one.value[8:])
    with pytest.raises(NoteError, match="does not hold"):
        key.verify(Note("text\n", (later,)))
    with pytest.raises(NoteError, match="does not hold"):
        key.verify(Note("text\n", (later, one)))
    with pytest.raises(NoteError, match="does not hold"):
        key.verify(Note("text\n", (NoteSignature(one.name, one.key_id, b"short"),)))


def test_a_text_may_have_empty_lines() -> None:
    """The signatures stand behind the last of them."""
    note = Note.parse(f"one\n\ntwo\n\n\n{LINE}\n{LINE}\n".encode())
    assert note.text == "one\n\ntwo\n\n"
    assert note.signatures == (NoteSignature("a", b"hint", b"value"),) * 2
    assert note.signatures_of("a", b"hint") == list(note.signatures)
    assert note.signatures_of("b", b"hint") == note.signatures_of("a", b"Hint") == []


def test_names_may_be_of_any_script() -> None:
    """A name is UTF-8 without spaces and plus signs."""
    line = note_line("m\u00fchle.example", b"hintvalue")
    [one] = Note.parse(f"text\n\n{line}".encode()).signatures
    assert one.name == "m\u00fchle.example"


WANTED = "expected a dash, a name, a signature"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"x" * (MAX_NOTE + 1), "a note of 1048577 bytes; expected 1048576 at most"),
        (b"\xff\n\n", "bytes that are no UTF-8; expected a signed note"),
        (b"a\tb\n\n", "a control character; expected a signed note"),
        (b"a\r\n\r\n", "a control character; expected a signed note"),
        (b"", "no signatures behind an empty line; expected a signed note, to its last line"),
        (b"a\n", "no signatures behind an empty line; expected a signed note, to its last line"),
        (f"a\n\n{LINE}".encode(),
         "no signatures behind an empty line; expected a signed note, to its last line"),
        (b"a\n\n", "no signatures behind an empty line; expected a signed note, to its last line"),
        (f"a\n\n{LINE}\n".encode() + f"{LINE}\n".encode() * MAX_SIGNATURES,
         "101 signatures; expected 100 at most"),
        (b"a\n\n- a aGludHZhbHVl\n", f"the line '- a aGludHZhbHVl'; {WANTED}"),
        ("a\n\n\u2014 a\n".encode(), f"the line '\u2014 a'; {WANTED}"),
        ("a\n\n\u2014  aGludHZhbHVl\n".encode(), f"the line '\u2014  aGludHZhbHVl'; {WANTED}"),
        ("a\n\n\u2014 a+b aGludHZhbHVl\n".encode(),
         f"the line '\u2014 a+b aGludHZhbHVl'; {WANTED}"),
        ("a\n\n\u2014 a\u00a0b aGludHZhbHVl\n".encode(),
         f"the line '\u2014 a\\xa0b aGludHZhbHVl'; {WANTED}"),
        ("a\n\n\u2014 a aGludHZhbHV\n".encode(), "a signature that is no base64; expected base64"),
        ("a\n\n\u2014 a aGludA==\n".encode(),
         "a signature of 4 bytes; expected more than a key ID"),
    ],
)  # fmt: skip
def test_what_is_no_note(data: bytes, complaint: str) -> None:
    """Each mistake is told, and nothing is read past it."""
    with pytest.raises(NoteFormatError) as caught:
        Note.parse(data)
    assert str(caught.value) == complaint


def vkey(name: str = "a", *, algorithm: int = ED25519, key: bytes = bytes(32)) -> str:
    """Return the text of a key, with the right hash."""
    raw = b64encode(bytes((algorithm,)) + key).decode()
    return f"{name}+{key_id(name, algorithm, key).hex()}+{raw}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        vkey(""),
        vkey("a b"),
        vkey("a\u2003b"),
        vkey(algorithm=5),
        vkey(key=bytes(31)),
        "\ud800" + vkey(),
    ],
    ids=["empty", "no name", "space", "em space", "algorithm", "length", "surrogate"],
)
def test_what_is_no_key(text: str) -> None:
    """A key has a name without spaces, and 32 bytes of one of two algorithms."""
    with pytest.raises(NoteFormatError) as caught:
        NoteKey.parse(text)
    assert str(caught.value) == f"the key {text!r}; expected NAME+HASH+KEY with an Ed25519 key"


@pytest.mark.parametrize("text", ["a+00000000+?", "a+00000000+\u00fc"])
def test_a_key_that_is_no_base64(text: str) -> None:
    """Its last part is base64."""
    with pytest.raises(NoteFormatError) as caught:
        NoteKey.parse(text)
    assert str(caught.value) == "a key that is no base64; expected base64"


def test_a_key_under_another_name() -> None:
    """Its hash guards against mistakes of copying."""
    hints = key_id("a", ED25519, bytes(32)).hex(), key_id("b", ED25519, bytes(32)).hex()
    with pytest.raises(NoteFormatError) as caught:
        NoteKey.parse(vkey().replace("a+", "b+", 1))
    assert str(caught.value) == f"the hash '{hints[0]}' in a key; expected {hints[1]}, of that key"


def test_a_key_may_stand_between_spaces() -> None:
    """A line of a file is a key, its end included."""
    assert NoteKey.parse(f" {VKEY}\n") == NoteKey.parse(VKEY)


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    """Any 32 bytes are read as a key, but no signature holds under what is none."""
    key = NoteKey.parse(vkey("w", key=b"\xff" * 32))
    line = note_line("w", key.key_id + bytes(64))
    with pytest.raises(NoteError, match="the signature of w does not hold"):
        key.verify(Note.parse(f"text\n\n{line}".encode()))


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1).filter(
    lambda name: "+" not in name
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])).map(
    lambda text: text + "\n"
)


@given(texts, names, st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_what_is_signed_verifies(text: str, name: str, seed: bytes, seconds: int) -> None:
    """Notes of any text and name are read back, and hold; keys come back from their texts."""
    witness = Witness(name, Ed25519PrivateKey.from_private_bytes(seed))
    note = Note.parse(f"{text}\n{witness.cosign(text, seconds)}".encode())
    assert note.text == text
    key = NoteKey.parse(witness.vkey)
    assert NoteKey.parse(str(key)) == key
    assert key.verify(note) == seconds


@given(st.binary() | st.text().map(lambda text: f"a\n\n\u2014 {text}\n".encode("utf-8", "replace")))
def test_any_bytes_as_a_note(data: bytes) -> None:
    """They are refused, or a note, whose signatures fail one by one."""
    try:
        note = Note.parse(data)
    except NoteFormatError:
        return
    assert note.signatures
    for one in note.signatures:
        with pytest.raises(NoteError):
            NoteKey(one.name, COSIGNATURE, bytes(32)).verify(note)


@given(st.text() | names.flatmap(lambda name: st.just(vkey(name)) | st.text().map(
    lambda rest: f"{name}+{rest}")))  # fmt: skip
def test_any_text_as_a_key(text: str) -> None:
    """It is refused, or is the text of the key that it gives."""
    try:
        key = NoteKey.parse(text)
    except NoteFormatError:
        return
    assert str(key) == text.strip()
