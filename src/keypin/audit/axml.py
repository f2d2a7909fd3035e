"""Android's binary XML, as in `AndroidManifest.xml` and `res/xml` of an APK.

Follows `ResXMLTree_*` in AOSP's `androidfw/ResourceTypes.h`: a string pool, then chunks for the
start and end of elements and for text. Reads what the platform reads, no more: attributes of any
order, values typed or raw.
"""

import struct

from keypin.audit.pool import NO_STRING, STRING_POOL, Chunk, StringPool, chunks, unpack
from keypin.audit.tree import MAX_LEVELS, Attribute, Element
from keypin.audit.unreadable import UnreadableError

# The largest manifests are some 500 kB.
MAX_AXML = 16 * 1024 * 1024

XML = 0x0003
_RESOURCE_MAP, _START, _END, _TEXT = 0x0180, 0x0102, 0x0103, 0x0104

_NODE = struct.Struct("<II")  # line, comment; behind the chunk's header
_ELEMENT = struct.Struct("<IIHHHHHH")
_ATTRIBUTE = struct.Struct("<IIIHBBI")
_CDATA = struct.Struct("<IHBBI")

# Of Res_value: the kinds of data that a value may have.
REFERENCE, STRING, BOOLEAN = 0x01, 0x03, 0x12
_HEXADECIMAL = 0x11
_WORDS = {0x0101021B: "versionCode", 0x0101021C: "versionName", 0x01010527: "networkSecurityConfig"}


def read_axml(data: bytes) -> Element:
    """Return the root of a document in binary XML.

    Raises:
        UnreadableError: it is none, or broken.
    """
    if len(data) > MAX_AXML:
        raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_AXML}")
    outer = next(chunks(data, 0, len(data)), None)
    if outer is None or outer.kind != XML:
        raise UnreadableError("is no binary XML", expected="a document as aapt compiles it")
    return _Reader(data).read(outer)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pool: StringPool | None = None
        self._ids: tuple[int, ...] = ()
        self._root: Element | None = None
        self._open: list[Element] = []

    def read(self, outer: Chunk) -> Element:
        for chunk in chunks(self._data, outer.body, outer.end):
            if chunk.kind == STRING_POOL:
                self._pool = StringPool(self._data, chunk)
            elif chunk.kind == _RESOURCE_MAP:
                count = (chunk.end - chunk.body) // 4
                self._ids = struct.unpack_from(f"<{count}I", self._data, chunk.body)
            elif chunk.kind == _START:
                self._start(chunk)
            elif chunk.kind == _END:
                self._open = self._open[:-1]
            elif chunk.kind == _TEXT:
                self._text(chunk)
        if self._root is None:
            raise UnreadableError("has no element")
        return self._root

    def _start(self, chunk: Chunk) -> None:
        line, _ = unpack(_NODE, self._data, chunk.start + 8, chunk.end)
        head = unpack(_ELEMENT, self._data, chunk.body, chunk.end)
        _, name, start, size, count = head[:5]
        first = chunk.body + start
        attributes = tuple(
            self._attribute(first + index * max(size, _ATTRIBUTE.size), chunk.end)
            for index in range(count)
        )
        element = Element(self._string(name), attributes, line)
        if self._open:
            self._open[-1].children.append(element)
        elif self._root is None:
            self._root = element
        else:
            raise UnreadableError("has two roots", expected="one element around all others")
        self._open.append(element)
        if len(self._open) > MAX_LEVELS:
            raise UnreadableError(f"has more than {MAX_LEVELS} levels of elements")

    def _attribute(self, offset: int, end: int) -> Attribute:
        row = unpack(_ATTRIBUTE, self._data, offset, end)
        namespace, name, raw, _, _, kind, value = row
        known = self._ids[name] if name < len(self._ids) else 0
        # Obfuscators empty the names: the platform goes by the resource's number, and so do we.
        text = self._string(name) or _WORDS.get(known, "")
        written = self._string(raw) if raw != NO_STRING else self._typed(kind, value)
        reference = value if kind == REFERENCE else None
        return Attribute(text, written, self._string(namespace), reference)

    def _typed(self, kind: int, value: int) -> str:
        if kind == STRING:
            return self._string(value)
        if kind == BOOLEAN:
            return "true" if value else "false"
        if kind == REFERENCE:
            return f"@0x{value:08x}"
        if kind == _HEXADECIMAL:
            return f"0x{value:x}"
        return str(value - (1 << 32) if value >> 31 else value)

    def _text(self, chunk: Chunk) -> None:
        index, _, _, kind, value = unpack(_CDATA, self._data, chunk.body, chunk.end)
        text = self._string(index) if index != NO_STRING else self._typed(kind, value)
        if self._open:
            self._open[-1].children.append(text)

    def _string(self, index: int) -> str:
        if self._pool is None:
            raise UnreadableError("has an element before its strings")
        return self._pool[index]
