"""Protocol Buffers on the wire: numbered fields of numbers and bytes, nothing of any schema.

Follows protobuf.dev's "Encoding". Groups, which no schema here has, are refused.
"""

from collections.abc import Iterator

from keypin.audit.unreadable import UnreadableError

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_LONGEST_VARINT = 70  # bits, in ten bytes

Value = int | bytes


class Message:
    """The fields of one message, in the order of the wire.

    Raises:
        UnreadableError: the bytes are no message.
    """

    __slots__ = ("_fields",)

    def __init__(self, data: bytes) -> None:
        self._fields = tuple(_fields(data))

    def numbers(self, field: int) -> Iterator[int]:
        """Yield the numbers of a field."""
        return (value for key, value in self._fields if key == field and isinstance(value, int))

    def number(self, field: int) -> int:
        """Return the last number of a field, 0 where there is none, as proto3 has it."""
        return next(iter(tuple(self.numbers(field))[::-1]), 0)

    def blobs(self, field: int) -> Iterator[bytes]:
        """Yield the byte strings of a field."""
        return (value for key, value in self._fields if key == field and isinstance(value, bytes))

    def messages(self, field: int) -> Iterator["Message"]:
        """Yield the messages of a field."""
        return map(Message, self.blobs(field))

    def message(self, field: int) -> "Message | None":
        """Return the last message of a field, or None."""
        blob = next(iter(tuple(self.blobs(field))[::-1]), None)
        return None if blob is None else Message(blob)

    def text(self, field: int) -> str:
        """Return the last text of a field, empty where there is none."""
        blob = next(iter(tuple(self.blobs(field))[::-1]), b"")
        return blob.decode("utf-8", "replace")


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        value: Value
        if key & 7 == _VARINT:
            value, offset = _varint(data, offset)
        elif key & 7 in {_FIXED_64, _FIXED_32, _BYTES}:
            size = 8 if key & 7 == _FIXED_64 else 4
            if key & 7 == _BYTES:
                size, offset = _varint(data, offset)
            value, offset = data[offset : offset + size], offset + size
        else:
            raise UnreadableError(f"a field of wire type {key & 7}", expected="0, 1, 2 or 5")
        if offset > len(data):
            raise UnreadableError("a field that is longer than its message")
        yield key >> 3, value


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    for index in range(offset, len(data)):
        byte = data[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, index + 1
        shift += 7
        if shift >= _LONGEST_VARINT:
            break
    raise UnreadableError("a number that does not end")
