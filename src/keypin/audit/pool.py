"""String pools of Android's compiled resources, and the cursor that reads every chunk in them.

Follows `ResStringPool_header` in AOSP's `androidfw/ResourceTypes.h`: UTF-8 with lengths in
characters and bytes, or UTF-16 with one length; the highest bit of a length says it has two units.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from keypin.audit.unreadable import UnreadableError

STRING_POOL = 0x0001
NO_STRING = 0xFFFFFFFF

# The largest apps have some 200,000 resource strings.
MAX_STRINGS = 1_000_000

# Bytes of all strings that are asked for: a large one may be asked for again and again.
MAX_DECODED = 128 * 1024 * 1024

_HEADER = struct.Struct("<HHI")
_POOL = struct.Struct("<IIIII")
_UTF8 = 0x100


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its kind, and where its header, its body and its end stand in the file."""

    kind: int
    start: int
    body: int
    end: int


def chunks(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two offsets.

    Raises:
        UnreadableError: a chunk is longer than its surroundings, or shorter than its header.
    """
    while start + _HEADER.size <= end:
        kind, header, size = _HEADER.unpack_from(data, start)
        if not _HEADER.size <= header <= size <= end - start:
            raise UnreadableError(
                f"the chunk at byte {start} is {size} bytes long with a header of {header}",
                expected=f"at most the {end - start} bytes that are there",
            )
        yield Chunk(kind, start, start + header, start + size)
        start += size


class StringPool:
    """The strings of a pool, each decoded when it is asked for.

    Raises:
        UnreadableError: the pool is longer than its chunk.
    """

    def __init__(self, data: bytes, chunk: Chunk) -> None:
        head = unpack(_POOL, data, chunk.start + _HEADER.size, chunk.end)
        self._count, _, flags, strings, _ = head
        if self._count > MAX_STRINGS:
            raise UnreadableError(f"{self._count} strings", expected=f"at most {MAX_STRINGS}")
        self._utf8 = bool(flags & _UTF8)
        offsets = struct.Struct(f"<{self._count}I")
        self._offsets = unpack(offsets, data, chunk.body, chunk.end)
        self._data = memoryview(data)[min(chunk.start + strings, chunk.end) : chunk.end]
        self._left = MAX_DECODED

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> str:
        """Return a string; of an index that there is not, as `NO_STRING`, the empty one."""
        if not 0 <= index < self._count:
            return ""
        offset = self._offsets[index]
        return self._of_bytes(offset) if self._utf8 else self._of_units(offset)

    def _of_bytes(self, offset: int) -> str:
        _, offset = self._length(offset, 1)
        count, offset = self._length(offset, 1)
        return self._taken(offset, count).decode("utf-8", "replace")

    def _of_units(self, offset: int) -> str:
        count, offset = self._length(offset, 2)
        return self._taken(offset, 2 * count).decode("utf-16-le", "replace")

    def _taken(self, offset: int, size: int) -> bytes:
        data = bytes(self._data[offset : offset + size])
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableError(f"more than {MAX_DECODED} bytes of strings, written out")
        return data

    def _length(self, offset: int, size: int) -> tuple[int, int]:
        """Return a length and where it ends; it has two units where the highest bit is set."""
        first = int.from_bytes(self._data[offset : offset + size], "little")
        high = 1 << (8 * size - 1)
        if not first & high:
            return first, offset + size
        second = int.from_bytes(self._data[offset + size : offset + 2 * size], "little")
        return (first & ~high) << (8 * size) | second, offset + 2 * size


def unpack(form: struct.Struct, data: bytes, offset: int, end: int) -> tuple[int, ...]:
    """Return numbers at an offset.

    Raises:
        UnreadableError: they would stand behind `end`.
    """
    if offset < 0 or offset + form.size > end:
        raise UnreadableError(f"ends within {form.size} bytes at byte {offset}")
    return form.unpack_from(data, offset)
