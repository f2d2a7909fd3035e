"""`resources.arsc`: an APK's compiled resource table.

Follows `ResTable_*` in AOSP's `androidfw/ResourceTypes.h`, with the three ways in which entries are
indexed (32-bit, sparse, 16-bit offsets) and the compact entries of newer aapt2. Reads the simple
values alone: file names, texts and references; nobody's pins stand in a style.
"""

import struct
from collections.abc import Iterator

from keypin.audit.axml import REFERENCE, STRING
from keypin.audit.pool import STRING_POOL, Chunk, StringPool, chunks, unpack
from keypin.audit.resources import Reference, ResourceTable
from keypin.audit.unreadable import UnreadableError

# The largest tables are some 20 MB.
MAX_ARSC = 64 * 1024 * 1024

# Of all configurations together: the largest apps have some half a million.
MAX_RESOURCES = 4_000_000

# The types whose values are looked at: files of configuration and certificates, and texts.
_TYPES = ("xml", "raw", "string")

_TABLE, _PACKAGE, _TYPE = 0x0002, 0x0200, 0x0201
_PACKAGE_HEAD = struct.Struct("<I")
_PACKAGE_POOLS = struct.Struct("<IIII")
_NAME_SIZE = 256
_TYPE_HEAD = struct.Struct("<BBHII")
_ENTRY = struct.Struct("<HHI")
_VALUE = struct.Struct("<HBBI")

_SPARSE, _OFFSET_16 = 0x01, 0x02
_COMPLEX, _COMPACT = 0x0001, 0x0008
_NO_ENTRY, _NO_ENTRY_16 = 0xFFFFFFFF, 0xFFFF


def read_arsc(data: bytes) -> ResourceTable:
    """Return the resources of an APK.

    Raises:
        UnreadableError: the table is none, or broken.
    """
    if len(data) > MAX_ARSC:
        raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_ARSC}")
    outer = next(chunks(data, 0, len(data)), None)
    if outer is None or outer.kind != _TABLE:
        raise UnreadableError("is no resource table", expected="resources.arsc as aapt makes it")
    table = ResourceTable()
    texts: StringPool | None = None
    for chunk in chunks(data, outer.body, outer.end):
        if chunk.kind == STRING_POOL:
            texts = StringPool(data, chunk)
        elif chunk.kind == _PACKAGE and texts is not None:
            _Package(data, chunk, texts).read(table)
    return table


class _Package:
    def __init__(self, data: bytes, chunk: Chunk, texts: StringPool) -> None:
        self._data = data
        self._chunk = chunk
        self._texts = texts
        self._left = MAX_RESOURCES
        start = chunk.start + 8
        (self._number,) = unpack(_PACKAGE_HEAD, data, start, chunk.end)
        pools = unpack(_PACKAGE_POOLS, data, start + 4 + _NAME_SIZE, chunk.end)
        self._types = self._pool(pools[0])
        self._keys = self._pool(pools[2])

    def read(self, table: ResourceTable) -> None:
        for chunk in chunks(self._data, self._chunk.body, self._chunk.end):
            if chunk.kind == _TYPE:
                self._read_type(chunk, table)

    def _pool(self, offset: int) -> StringPool:
        start = self._chunk.start + offset
        found = next(chunks(self._data, start, self._chunk.end), None)
        if found is None or found.kind != STRING_POOL:
            raise UnreadableError("has a package without the names of its types or keys")
        return StringPool(self._data, found)

    def _read_type(self, chunk: Chunk, table: ResourceTable) -> None:
        head = unpack(_TYPE_HEAD, self._data, chunk.start + 8, chunk.end)
        number, flags, _, count, start = head
        kind = self._types[number - 1]
        if kind not in _TYPES:
            return
        self._left -= count
        if self._left < 0:
            raise UnreadableError(f"more than {MAX_RESOURCES} resources in one package")
        first = self._number << 24 | number << 16
        for index, offset in self._offsets(chunk, flags, count):
            key, value = self._entry(chunk.start + start + offset, chunk.end)
            table.add(first | index, f"{kind}/{self._keys[key]}", value)

    def _offsets(self, chunk: Chunk, flags: int, count: int) -> Iterator[tuple[int, int]]:
        if flags & _SPARSE:
            rows = unpack(struct.Struct(f"<{2 * count}H"), self._data, chunk.body, chunk.end)
            yield from zip(rows[::2], (4 * offset for offset in rows[1::2]), strict=True)
        elif flags & _OFFSET_16:
            rows = unpack(struct.Struct(f"<{count}H"), self._data, chunk.body, chunk.end)
            yield from ((i, 4 * row) for i, row in enumerate(rows) if row != _NO_ENTRY_16)
        else:
            rows = unpack(struct.Struct(f"<{count}I"), self._data, chunk.body, chunk.end)
            yield from ((i, row) for i, row in enumerate(rows) if row != _NO_ENTRY)

    def _entry(self, offset: int, end: int) -> tuple[int, str | Reference | None]:
        size, flags, key = unpack(_ENTRY, self._data, offset, end)
        if flags & _COMPACT:
            return size, self._value(flags >> 8, key)
        if flags & _COMPLEX:
            return key, None
        _, _, kind, data = unpack(_VALUE, self._data, offset + size, end)
        return key, self._value(kind, data)

    def _value(self, kind: int, data: int) -> str | Reference | None:
        if kind == STRING:
            return self._texts[data]
        return Reference(data) if kind == REFERENCE else None
