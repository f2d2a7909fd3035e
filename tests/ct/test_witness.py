"""Witnesses: those of the lab cosign its checkpoints, and a quorum says whether they suffice."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct import witness as module
from keypin.ct.alarm import NOT_WITNESSED
from keypin.ct.head import TreeHead
from keypin.ct.note import COSIGNATURE, ED25519, Note, NoteFormatError, NoteKey
from keypin.ct.sct import LogKey
from keypin.ct.witness import Quorum, WitnessError, witness_key, witness_keys
from keypin.lab.ct_key import Head, Signer, Witness, checkpoint, note_line

SIGNER = Signer.new()
SAID = Head(5, 1_700_000_000_000, bytes(range(32)))
WITNESSES = [Witness(f"w{n}.example") for n in range(3)]
KEYS = [witness_key(one.vkey) for one in WITNESSES]
WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def head(*witnesses: Witness) -> TreeHead:
    """Return a checkpoint that witnesses cosigned."""
    note = checkpoint("log.example", SAID, SIGNER.sign_head(SAID), SIGNER.log_id, witnesses)
    return TreeHead.of_checkpoint(note, "", LogKey(SIGNER.spki))


def test_who_cosigned_and_when() -> None:
    """Cosignatures of others, and those that do not hold, are none."""
    damaged = Witness("w2.example", Witness("").key)
    note = Note.parse(head(WITNESSES[0], WITNESSES[1], damaged, Witness("x")).note.encode())
    found = Quorum.of(KEYS).cosigners(note)
    assert found == {"w0.example": WHEN, "w1.example": WHEN}


def test_a_quorum_is_reached_or_not() -> None:
    """It is reached when the last that is needed has cosigned."""
    quorum = Quorum.of(KEYS, 2)
    assert quorum.reached(head(*WITNESSES)) == WHEN
    assert quorum.reached(head(*WITNESSES[:2])) == WHEN
    assert quorum.reached(head(WITNESSES[1])) is None
    assert quorum.reached(TreeHead(*SAID, SIGNER.sign_head(SAID))) is None
    shown = head(WITNESSES[0])
    later = WITNESSES[2].cosign(shown.note.partition("\n\n")[0] + "\n", 1_700_000_060)
    both = TreeHead(shown.size, shown.timestamp_ms, shown.root, shown.signature, shown.note + later)
    assert quorum.reached(both) == WHEN + timedelta(minutes=1)


def test_the_alarm_says_who_is_missing() -> None:
    """It carries the head, and who did cosign it."""
    shown = head(WITNESSES[1])
    alarm = Quorum.of(KEYS, 2).alarm(shown)
    assert (alarm.kind, alarm.heads) == (NOT_WITNESSED, (shown,))
    assert alarm.message == (
        "the checkpoint of 5 entries is cosigned by 1 of 3 witnesses, where 2 are needed"
    )
    assert dict(alarm.facts) == {
        "cosigned": "w1.example at 2023-11-14T22:13:20Z",
        "missing": "w0.example, w2.example",
    }


def test_without_a_number_all_are_needed() -> None:
    """What is named counts."""
    assert Quorum.of(KEYS).needed == 3
    assert Quorum.of(KEYS).reached(head(*WITNESSES[:2])) is None
    assert Quorum.of(KEYS).reached(head(*WITNESSES)) == WHEN


def test_a_time_that_no_calendar_has() -> None:
    """It is as late as can be."""
    text = "log.example\n5\nroot\n"
    line = WITNESSES[0].cosign(text, 1 << 63)
    found = Quorum.of(KEYS, 1).cosigners(Note.parse(f"{text}\n{line}".encode()))
    assert found == {"w0.example": datetime.max.replace(tzinfo=UTC)}


@pytest.mark.parametrize(
    ("keys", "needed", "complaint"),
    [
        ([], None, "no witness; expected the key of one"),
        (KEYS, 0, "a quorum of 0; expected 1 to 3 witnesses"),
        (KEYS, 4, "a quorum of 4; expected 1 to 3 witnesses"),
        ([KEYS[0], NoteKey("other", COSIGNATURE, KEYS[0].key)], 1,
         "the key of other twice; expected each witness once"),
        (KEYS[:1] * 2, 1, "the key of w0.example twice; expected each witness once"),
    ],
)  # fmt: skip
def test_what_is_no_quorum(keys, needed, complaint: str) -> None:
    """One key does not count twice, whatever its names, and nobody needs more than there are."""
    with pytest.raises(WitnessError) as caught:
        Quorum.of(keys, needed)
    assert str(caught.value) == complaint


def test_the_key_that_signs_notes_is_taken_as_a_witness() -> None:
    """Some witnesses publish that one."""
    plain = str(NoteKey("w0.example", ED25519, KEYS[0].key))
    assert plain != WITNESSES[0].vkey
    assert witness_key(plain) == KEYS[0]


def test_keys_in_a_file() -> None:
    """One a line; remarks and empty lines are passed over."""
    text = f"# ours\n{WITNESSES[0].vkey}\n\n  {WITNESSES[1].vkey}\r\n"
    assert witness_keys(text) == KEYS[:2]
    assert witness_keys("") == []


def test_a_line_that_is_no_key(monkeypatch) -> None:
    """The line is named."""
    with pytest.raises(WitnessError) as caught:
        witness_keys(f"{WITNESSES[0].vkey}\nkey\n", name="witnesses")
    assert str(caught.value) == (
        "witnesses:2: the key 'key'; expected NAME+HASH+KEY with an Ed25519 key"
    )
    monkeypatch.setattr(module, "MAX_WITNESSES", 1)
    with pytest.raises(WitnessError) as caught:
        witness_keys("\n".join(one.vkey for one in WITNESSES))
    assert str(caught.value) == "line 2: more keys; expected 1 at most"


def test_what_is_no_key() -> None:
    """Outside a file there is no line to name."""
    with pytest.raises(NoteFormatError, match="the key 'x'"):
        witness_key("x")


def test_a_cosignature_on_a_line_of_another_name() -> None:
    """The name belongs to the key."""
    text = "log.example\n5\nroot\n"
    line = WITNESSES[0].cosign(text, 5)
    renamed = line.replace("w0.example", "w9.example")
    note = Note.parse(f"{text}\n{renamed}{note_line('w0.example', bytes(80))}".encode())
    assert Quorum.of(KEYS, 1).cosigners(note) == {}
