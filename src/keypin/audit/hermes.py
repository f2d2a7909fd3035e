"""The strings of Hermes bytecode, which React Native ships in the place of JavaScript.

Follows `BytecodeFileFormat.h` of facebook/hermes, versions 74 to 96: a header of fixed size, the
table of functions, and a table of strings that says where in one long text each begins and ends.
Without it two strings that touch look like one.
"""

import struct
from collections.abc import Iterator

from keypin.audit.unreadable import UnreadableError

MAGIC = b"\xc6\x1f\xbc\x03\xc1\x03\x19\x1f"

# Larger bundles exist nowhere: 20 MB is a very large one.
MAX_HERMES = 256 * 1024 * 1024

_HEADER_SIZE = 128
_COUNTS = struct.Struct("<6I")  # functions, kinds, identifiers, strings, long ones, storage
_FUNCTION_SIZE = 16
_OVERFLOW = 0xFF


def hermes_strings(data: bytes) -> Iterator[str]:
    """Yield the strings of a file in the order of its table.

    Raises:
        UnreadableError: it is no Hermes bytecode, of a version that is laid out in another way,
            or broken.
    """
    if len(data) < _HEADER_SIZE or not data.startswith(MAGIC):
        raise UnreadableError("is no Hermes bytecode")
    version, size = struct.unpack_from("<I20xI", data, 8)
    functions, kinds, identifiers, count, long, storage = _COUNTS.unpack_from(data, 40)
    if not 74 <= version <= 96 or size > MAX_HERMES:  # noqa: PLR2004 - the versions of this layout
        raise UnreadableError(
            f"Hermes bytecode of version {version}", expected="a version from 74 to 96"
        )
    small = _HEADER_SIZE + _FUNCTION_SIZE * functions + 4 * (kinds + identifiers)
    overflow = small + 4 * count
    texts = overflow + 8 * long
    if texts + storage > len(data):
        raise UnreadableError("the table of strings stands behind the end")
    for (row,) in struct.iter_unpack("<I", data[small:overflow]):
        wide, start, length = row & 1, row >> 1 & 0x7FFFFF, row >> 24
        if length == _OVERFLOW:
            if start >= long:
                continue
            start, length = struct.unpack_from("<II", data, overflow + 8 * start)
        begin = texts + start
        end = min(begin + length * (2 if wide else 1), texts + storage)
        yield data[begin:end].decode("utf-16-le" if wide else "latin-1", "replace")
