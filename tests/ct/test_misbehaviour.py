"""What an alarm's heads prove against a log, and that a word alone proves nothing."""

import json
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.alarm import FORK, ROOT, Alarm
from keypin.ct.element import Element
from keypin.ct.head import TreeHead
from keypin.ct.heads import Heads
from keypin.ct.merkle import ProofError
from keypin.ct.misbehaviour import MAX_HEADS, Accusation, AccusationFormatError
from keypin.ct.sct import LogKey
from keypin.lab.ct_key import Head, Signer

SIGNER = Signer.new()
KEY = LogKey(SIGNER.spki)
AT = 1_700_000_000_000
LATE = datetime(2030, 1, 1, tzinfo=UTC)


def head(size: int, root: int, timestamp_ms: int = AT, signer: Signer = SIGNER) -> TreeHead:
    """Return a head that a log signed."""
    signed = Head(size, timestamp_ms, bytes([root]) * 32)
    return TreeHead(size, timestamp_ms, signed.root, signer.sign_head(signed))


def read(alarm: Alarm, **more: object) -> Accusation:
    """Return an alarm as somebody else reads it."""
    return Accusation.read(Element(json.loads(alarm.dumps()) | more, "", "f"))


def proved(*heads: TreeHead) -> list[str]:
    """Return what heads prove, in words."""
    return [one.message for one in read(Alarm(FORK, "said", heads)).verify(KEY)]


def test_what_a_monitor_saw_is_proved_to_others() -> None:
    """What `Heads` raises an alarm for is proved by its document alone."""
    heads = Heads(timedelta(days=1), (head(10, 1),))
    for seen in (head(10, 2), head(9, 3, AT + 1)):
        (alarm,) = heads.offer(seen, LATE)
        (found,) = read(alarm).verify(KEY)
        assert (found.kind, found.message) == (alarm.kind, alarm.message)
        assert set(found.heads) == set(alarm.heads)


def test_two_trees_of_one_size() -> None:
    """Two roots of one size are a fork, whenever they were signed."""
    assert proved(head(10, 1), head(10, 2)) == ["the log signed two different trees of 10 entries"]
    assert proved(head(10, 1), head(10, 1, AT + 9)) == []


def test_a_smaller_tree_later() -> None:
    """The order in which heads stand says nothing: their own times do."""
    message = "the log signed a tree of 9 entries later than one of 10: trees only grow"
    assert proved(head(9, 1, AT + 1), head(10, 2)) == [message]
    assert proved(head(10, 2), head(9, 1, AT + 1)) == [message]
    assert proved(head(9, 1), head(10, 2, AT + 1)) == []
    assert proved(head(9, 1), head(10, 2)) == []


def test_an_impossible_time() -> None:
    """A head of a time that no clock shows is compared as any other."""
    absurd = (1 << 63) - 1
    assert len(proved(head(10, 1, absurd), head(10, 2, absurd))) == 1


def test_what_takes_more_than_heads() -> None:
    """Heads that contradict nobody prove nothing, be the alarm ever so grave."""
    alarm = Alarm(ROOT, "entries 0 to 9 do not give the root", (head(10, 1),))
    accusation = read(alarm, log="a log", log_id=SIGNER.log_id.hex())
    assert accusation.verify(KEY) == ()
    assert read(alarm, log_id=b64encode(SIGNER.log_id).decode()).log_id == accusation.log_id
    assert (accusation.log, accusation.kind) == ("a log", "ct-root-mismatch")
    assert accusation.message == "entries 0 to 9 do not give the root"
    assert read(Alarm(ROOT, "said")).verify(KEY) == ()


def test_heads_of_somebody_else() -> None:
    """Whoever did not sign both heads is not accused by them."""
    forged = head(10, 2, signer=Signer.new())
    with pytest.raises(ProofError) as caught:
        proved(head(10, 1), forged)
    assert str(caught.value) == "the tree head of size 10: the log's signature does not hold"
    with pytest.raises(ProofError, match=r"^it is of log 0000.*, not of "):
        read(Alarm(FORK, "said"), log_id="00" * 32).verify(KEY)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 1}, "f: heads: 1; expected a list"),
        ({"heads": [{}] * (MAX_HEADS + 1)}, "f: heads: 65 heads; expected 64 at most"),
        ({"heads": [{}]}, "f: heads[0].tree_size: nothing; expected a number"),
        ({"id": 5}, "f: id: 5; expected a text of 1 to 4096 characters"),
        ({"log_id": "AA"}, "f: log_id: 'AA'; expected 32 bytes, in hexadecimal or base64"),
        ({"log_id": "no"}, "f: log_id: 'no'; expected 32 bytes, in hexadecimal or base64"),
    ],
)
def test_the_form(change: dict, message: str) -> None:
    """What breaks the form is refused, with the place."""
    with pytest.raises(AccusationFormatError) as caught:
        read(Alarm(FORK, "said", (head(1, 1),)), **change)
    assert str(caught.value) == message


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)
MEMBERS = st.fixed_dictionaries(
    {}, optional={"heads": JSON, "id": JSON, "log_id": JSON, "log": JSON}
)


@given(JSON | MEMBERS)
def test_any_value(value: object) -> None:
    """Any value is an alarm or an error of its own."""
    with suppress(AccusationFormatError, ProofError):
        Accusation.read(Element(value)).verify(KEY)
