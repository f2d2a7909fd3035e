"""Dalvik executables (`classes.dex`): strings, names, and where the code of each method stands.

Follows "Dalvik executable format" (source.android.com), versions 035 to 041. Reads by offset and on
demand: an app has a hundred thousand methods, and few of them have to do with pins. Must not know
what a pin is, nor what instructions mean.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Container, Iterator
from functools import cached_property

from keypin.audit.names import Code, Field, Method
from keypin.audit.unreadable import UnreadableError

# A dex file has 65,536 methods at most, and is some 12 MB then; long strings may add to it.
MAX_DEX = 128 * 1024 * 1024

_MAGIC = re.compile(rb"dex\n0\d\d\0")
_TABLES = struct.Struct("<12I")
_CONTAINER = b"dex\n041\0"
_LITTLE_ENDIAN = 0x12345678
_HEADER_SIZE = 0x70
_NO_INDEX = 0xFFFFFFFF

# An instruction has 16 bits for an index, and a call 255 arguments.
MAX_NAMES = 0x10000
_MAX_PARAMETERS = 255

# Members of all classes, each counted as often as it is read; and bytes of strings, the same.
MAX_MEMBERS = 1_000_000
MAX_TEXT = 256 * 1024 * 1024
_LONGEST_TEXT = 30_000

_CLASS = struct.Struct("<8I")
_METHOD = struct.Struct("<HHI")
_PROTOTYPE = struct.Struct("<III")
_CODE = struct.Struct("<HHHHII")
_STRING_VALUE = 0x17
_SIMPLE_VALUES = range(0x18)


def dex_files(data: bytes) -> Iterator["Dex"]:
    """Yield the executables of a file: one, or since version 041 one after the other.

    Raises:
        UnreadableError: the bytes are no dex file.
    """
    start = 0
    while start < len(data):
        dex = Dex(data, start)
        yield dex
        if not data.startswith(_CONTAINER):
            return
        start += max(dex.size, _HEADER_SIZE)


class Dex:
    """One executable.

    Raises:
        UnreadableError: it is none, or a table of it stands outside.
    """

    def __init__(self, data: bytes, start: int = 0) -> None:
        if len(data) > MAX_DEX:
            raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_DEX}")
        if len(data) - start < _HEADER_SIZE or _MAGIC.match(data, start) is None:
            raise UnreadableError("is no dex file", expected="Dalvik code as d8 makes it")
        self.data = data
        self.size, _, endian = struct.unpack_from("<III", data, start + 0x20)
        if endian != _LITTLE_ENDIAN:
            raise UnreadableError(f"a byte order of {endian:#x}", expected="little-endian")
        self._members_left, self._text_left = MAX_MEMBERS, MAX_TEXT
        sizes = _TABLES.unpack_from(data, start + 0x38)
        if max(sizes[2::2]) > MAX_NAMES:
            raise UnreadableError(f"a table of {max(sizes[2::2])} rows", expected="65536 at most")
        self._strings = self._table(sizes[0], sizes[1], "I")
        self._types = self._table(sizes[2], sizes[3], "I")
        self._prototypes = self._rows(sizes[4], sizes[5], _PROTOTYPE)
        self._fields = self._rows(sizes[6], sizes[7], _METHOD)
        self._methods = self._rows(sizes[8], sizes[9], _METHOD)
        self._classes = self._rows(sizes[10], sizes[11], _CLASS)

    def __len__(self) -> int:
        """The number of strings."""
        return len(self._strings)

    def string(self, index: int) -> str:
        """Return a string; of an index that there is not, the empty one."""
        if not 0 <= index < len(self._strings):
            return ""
        length, start = self._uleb(self._strings[index])
        end = self.data.find(b"\0", start, start + 3 * min(length, _LONGEST_TEXT) + 1)
        self._text_left -= max(end - start, 0)
        if self._text_left < 0:
            raise UnreadableError(f"more than {MAX_TEXT} bytes of strings, written out")
        return self.data[start : max(end, start)].decode("utf-8", "replace")

    def strings_matching(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, re.Match[bytes]]]:
        """Yield each match in a string of the pool, with the string's index.

        The pool's bytes are searched at once: that is many times faster than string by string.
        """
        if not self._strings:
            return
        by_offset = sorted(zip(self._strings, range(len(self._strings)), strict=True))
        offsets = [offset for offset, _ in by_offset]
        for match in pattern.finditer(self.data, offsets[0]):
            offset, index = by_offset[bisect_right(offsets, match.start()) - 1]
            length, start = self._uleb(offset)
            if match.end() <= start + 3 * length:
                yield index, match

    def type(self, index: int) -> str:
        """Return the descriptor of a type."""
        return self.string(self._types[index]) if index < len(self._types) else ""

    def field(self, index: int) -> Field:
        """Return a field by its index."""
        if index >= len(self._fields):
            return Field("", "")
        owner, _, name = self._fields[index]
        return Field(self.type(owner), self.string(name))

    def method(self, index: int) -> Method:
        """Return a method by its index."""
        if index >= len(self._methods):
            return Method("", "", (), "")
        owner, prototype, name = self._methods[index]
        parameters, returns = self._prototype(prototype)
        return Method(self.type(owner), self.string(name), parameters, returns)

    def methods_named(self, name: str, owners: Container[str]) -> tuple[int, ...]:
        """Return the indices of the methods of some classes that have a name."""
        return tuple(
            index
            for index, row in enumerate(self._methods)
            if self.type(row[0]) in owners and self.string(row[2]) == name
        )

    def code_with(self, pattern: re.Pattern[bytes]) -> Iterator[int]:
        """Yield the offset of the code that each match of an instruction stands in."""
        for match in pattern.finditer(self.data):
            offset = self.code_at(match.start())
            if offset is not None and (match.start() - offset) % 2 == 0:
                yield offset

    def has_type(self, descriptor: str) -> bool:
        """Tell whether the code knows a type, its own or another's."""
        return descriptor.encode() in self.data and any(
            self.string(index) == descriptor for index in self._types
        )

    def code(self, offset: int) -> Code:
        """Return the code that `code_offsets` knows by this offset."""
        if offset + _CODE.size > len(self.data):
            raise UnreadableError("code behind the end of the file")
        registers, arguments, _, _, _, size = _CODE.unpack_from(self.data, offset)
        start = offset + _CODE.size
        end = min(start + 2 * size, start + (len(self.data) - start) // 2 * 2)
        units = memoryview(self.data)[start:end].cast("H")
        return Code(self.code_offsets[offset], registers, arguments, units)

    def code_at(self, position: int) -> int | None:
        """Return the offset of the code that a byte of the file stands in, or None."""
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return None
        offset = self._starts[index]
        size = _CODE.unpack_from(self.data, offset)[5] if offset + 16 <= len(self.data) else 0
        return offset if position < offset + _CODE.size + 2 * size else None

    @cached_property
    def code_offsets(self) -> dict[int, int]:
        """Which method the code at an offset is of."""
        return {offset: method for row in self._classes for method, offset in self._members(row[6])}

    @cached_property
    def bodies(self) -> dict[int, int]:
        """Where the code of a method stands: the inverse of `code_offsets`."""
        return {method: offset for offset, method in self.code_offsets.items()}

    @cached_property
    def initialisers(self) -> dict[str, int]:
        """Where the code stands that sets the static fields of a class, by its descriptor."""
        return {
            self.type(self._methods[method][0]): offset
            for method, offset in self.bodies.items()
            if method < len(self._methods) and self.string(self._methods[method][2]) == "<clinit>"
        }

    @cached_property
    def constants(self) -> dict[Field, int]:
        """The static fields that have a string from the start, with the string's index."""
        found: dict[Field, int] = {}
        for row in self._classes:
            if row[6] and row[7]:
                fields = tuple(self._static_fields(row[6]))
                for string, field in zip(self._initial_values(row[7]), fields, strict=False):
                    if string is not None:
                        found[self.field(field)] = string
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self.code_offsets)

    def _table(self, count: int, offset: int, form: str) -> tuple[int, ...]:
        return self._unpacked(struct.Struct(f"<{count}{form}"), offset) if count else ()

    def _rows(self, count: int, offset: int, row: struct.Struct) -> list[tuple[int, ...]]:
        if offset + count * row.size > len(self.data):
            raise UnreadableError(f"a table of {count} rows at byte {offset}, behind the end")
        return list(row.iter_unpack(self.data[offset : offset + count * row.size]))

    def _unpacked(self, form: struct.Struct, offset: int) -> tuple[int, ...]:
        if offset + form.size > len(self.data):
            raise UnreadableError(f"a table of {form.size} bytes at byte {offset}, behind the end")
        return form.unpack_from(self.data, offset)

    def _prototype(self, index: int) -> tuple[tuple[str, ...], str]:
        if index >= len(self._prototypes):
            return (), ""
        _, returns, offset = self._prototypes[index]
        if not offset:
            return (), self.type(returns)
        (count,) = self._unpacked(struct.Struct("<I"), offset)
        count = min(count, _MAX_PARAMETERS)
        rows = self._unpacked(struct.Struct(f"<{count}H"), offset + 4)
        return tuple(map(self.type, rows)), self.type(returns)

    def _counts(self, offset: int) -> tuple[tuple[int, ...], int]:
        """Return how many static and instance fields, direct and virtual methods a class has."""
        counts: list[int] = []
        for _ in range(4):
            count, offset = self._uleb(offset)
            counts.append(count)
        self._members_left -= sum(counts)
        if self._members_left < 0:
            raise UnreadableError(f"more than {MAX_MEMBERS} members of classes")
        return tuple(counts), offset

    def _static_fields(self, offset: int) -> Iterator[int]:
        counts, offset = self._counts(offset)
        index = 0
        for _ in range(counts[0]):
            step, offset = self._uleb(offset)
            _, offset = self._uleb(offset)
            index += step
            yield index

    def _members(self, offset: int) -> Iterator[tuple[int, int]]:
        """Yield the methods of a class that have code, each with the code's offset."""
        if not offset:
            return
        counts, offset = self._counts(offset)
        for _ in range(2 * (counts[0] + counts[1])):
            _, offset = self._uleb(offset)
        for count in counts[2:]:
            index = 0
            for _ in range(count):
                step, offset = self._uleb(offset)
                _, offset = self._uleb(offset)
                code, offset = self._uleb(offset)
                index += step
                if code:
                    yield index, code

    def _initial_values(self, offset: int) -> Iterator[int | None]:
        """Yield the string of each initial value, None for values of other kinds."""
        count, offset = self._uleb(offset)
        for _ in range(count):
            head = self.data[offset] if offset < len(self.data) else 0xFF
            kind, size = head & 0x1F, (head >> 5) + 1
            if kind not in _SIMPLE_VALUES:
                size = 0 if kind in {0x1E, 0x1F} else _NO_INDEX
            if size == _NO_INDEX:
                return  # arrays and annotations have no fixed size, and no static field is one
            value = int.from_bytes(self.data[offset + 1 : offset + 1 + size], "little")
            yield value if kind == _STRING_VALUE else None
            offset += 1 + size

    def _uleb(self, offset: int) -> tuple[int, int]:
        """Return an unsigned LEB128 number and where it ends."""
        value = shift = 0
        for index in range(offset, min(offset + 5, len(self.data))):
            byte = self.data[index]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
                return value, index + 1
            shift += 7
        raise UnreadableError(f"a number that does not end at byte {offset}")
