"""Protocol buffers without a schema."""

import pytest

from keypin.audit.unreadable import UnreadableError
from keypin.audit.wire import Message


def test_fields(make_message) -> None:
    """Numbers, texts and messages are found by their field; the last of a single one counts."""
    data = make_message((1, 300), (2, "a"), (2, "b"), (3, make_message((1, 7))), (1, 5))
    message = Message(data)
    assert list(message.numbers(1)) == [300, 5]
    assert (message.number(1), message.number(9)) == (5, 0)
    assert (message.text(2), message.text(9)) == ("b", "")
    inner = message.message(3)
    assert inner is not None
    assert inner.number(1) == 7
    assert message.message(9) is None
    assert [one.number(1) for one in message.messages(3)] == [7]
    assert list(message.blobs(1)) == list(message.numbers(2)) == []


def test_fixed_sizes() -> None:
    """Numbers of four and eight bytes are passed over as bytes."""
    message = Message(b"\x0d" + b"1234" + b"\x11" + b"12345678")
    assert list(message.blobs(1)) == [b"1234"]
    assert list(message.blobs(2)) == [b"12345678"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x0a\x05ab", "a field that is longer than its message"),
        (b"\x0b", "a field of wire type 3; expected 0, 1, 2 or 5"),
        (b"\x08", "a number that does not end"),
        (b"\x08" + b"\xff" * 12, "a number that does not end"),
    ],
)
def test_broken_messages(data, text) -> None:
    """What is no message is told so."""
    with pytest.raises(UnreadableError) as error:
        Message(data)
    assert str(error.value) == text
