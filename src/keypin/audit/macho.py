"""Mach-O files, the programs and libraries of iOS: what of their bytes not to look at.

Follows `mach-o/loader.h` and `mach-o/fat.h`. Finds code signatures, whose certificates are Apple's
and the developer's and pin nothing, and code that the App Store has encrypted, in which nothing can
be found.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# Programs have some 50 load commands, and a universal one two or three parts.
_MAX_COMMANDS = 10_000
_MAX_PARTS = 32

_FAT, _FAT_64 = 0xCAFEBABE, 0xCAFEBABF
_THIN = {b"\xce\xfa\xed\xfe": 28, b"\xcf\xfa\xed\xfe": 32}
_SIGNATURE, _ENCRYPTION, _ENCRYPTION_64 = 0x1D, 0x21, 0x2C


@dataclass(frozen=True, slots=True)
class Program:
    """What a Mach-O file says of itself.

    Attributes:
        signatures: from where to where code signatures stand.
        encrypted: whether its code is encrypted.
    """

    signatures: tuple[tuple[int, int], ...] = ()
    encrypted: bool = False

    def covers(self, offset: int) -> bool:
        """Tell whether an offset is in a signature."""
        return any(start <= offset < end for start, end in self.signatures)


def is_macho(data: bytes) -> bool:
    """Tell whether a file begins as a Mach-O file does, and not as a Java class."""
    if data[:4] in _THIN:
        return True
    fat = data[:4] in {_FAT.to_bytes(4, "big"), _FAT_64.to_bytes(4, "big")}
    return fat and 0 < int.from_bytes(data[4:8], "big") <= _MAX_PARTS


def read_macho(data: bytes) -> Program:
    """Return what the load commands of a file say, as far as they are there.

    Args:
        data: the file, or its beginning: commands of later parts are then left out.
    """
    signatures: list[tuple[int, int]] = []
    encrypted = False
    for start in _parts(data):
        for command, body in _commands(data, start):
            if command == _SIGNATURE and len(body) >= 16:  # noqa: PLR2004 - its size
                offset, size = struct.unpack_from("<II", body, 8)
                signatures.append((start + offset, start + offset + size))
            elif command in {_ENCRYPTION, _ENCRYPTION_64} and len(body) >= 20:  # noqa: PLR2004 - its size
                encrypted |= bool(struct.unpack_from("<I", body, 16)[0])
    return Program(tuple(signatures), encrypted)


def _parts(data: bytes) -> Iterator[int]:
    if data[:4] in _THIN:
        yield 0
        return
    magic, count = struct.unpack_from(">II", data.ljust(8, b"\0"))
    form, row = (">8xI", 20) if magic == _FAT else (">8xQ", 32)
    for index in range(min(count, _MAX_PARTS) if magic in {_FAT, _FAT_64} else 0):
        place = 8 + index * row
        if place + row <= len(data):
            yield int(struct.unpack_from(form, data, place)[0])


def _commands(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    header = _THIN.get(data[start : start + 4])
    if header is None or start + header > len(data):
        return
    (count,) = struct.unpack_from("<I", data, start + 16)
    place = start + header
    for _ in range(min(count, _MAX_COMMANDS)):
        if place + 8 > len(data):
            return
        command, size = struct.unpack_from("<II", data, place)
        yield command, data[place : place + size]
        place += max(size, 8)
