"""Zip containers under limits: every app is one, and an attacker may have made it.

What a hostile archive does is named and refused before anything is unpacked: bombs (too many
entries, too large, too well compressed, one inside the other), names that lead out of a folder,
names that stand twice (two readers would see two apps), encryption, entries that overlap.

Follows APPNOTE.TXT of the zip format, read by `zipfile`. Must not know what the entries mean.
"""

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError, Place

# The largest apps on the stores have some 60,000 entries; a directory row is 46 bytes and a name.
MAX_ENTRIES = 200_000
MAX_DIRECTORY = 32 * 1024 * 1024

# App stores take apps of 4 GB at most (App Store Connect; Google Play's limit is lower).
MAX_ENTRY = 1024 * 1024 * 1024
MAX_UNPACKED = 4 * 1024 * 1024 * 1024

# Deflate reaches 1032:1 on zeros alone; assets and code of real apps stay below 100:1.
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 16 * 1024 * 1024

# An XAPK holds APKs, and nothing that is shipped holds more.
MAX_DEPTH = 1

# Entries of common sizes may reach that too: all together, beside the size of the archive.
_COUNTS_FROM = 64 * 1024 * 1024

# What is read whole, as a dex file, or finds a room, as a nested APK; all else passes in pieces.
MAX_WHOLE = 512 * 1024 * 1024
CHUNK = 4 * 1024 * 1024

_ENCRYPTED = 0x1
_END, _END_64, _LOCATOR_64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_LONGEST_COMMENT = 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF  # the number stands in the zip64 record
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """The entries of a zip container that has passed every check.

    Args:
        file: the container, seekable.
        name: what messages call it.
        depth: how many containers it stands in.
        room: makes the file that an archive inside is unpacked into; in memory unless given.

    Raises:
        InputError: it is no zip file, or does one of the things that are refused.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        depth: int = 0,
        room: Callable[[], BinaryIO] = io.BytesIO,
    ) -> None:
        self.name = name
        self.depth = depth
        self._room = room
        size = file.seek(0, io.SEEK_END)
        if depth > MAX_DEPTH:
            raise self._refused("a zip bomb: archives inside archives inside archives")
        _check_directory(file, size, self)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise self._no_app(str(error)) from error
        self._entries = self._checked(size)
        self._nested_left = MAX_UNPACKED

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files, in the archive's order."""
        return tuple(self._entries)

    def __contains__(self, entry: str) -> bool:
        return entry in self._entries

    def place(self, entry: str, *, line: int | None = None, key: str | None = None) -> Place:
        """Return the place of an entry, as `app.apk!/classes.dex`."""
        return Place(f"{self.name}!/{entry}", line, key)

    def size(self, entry: str) -> int:
        """Return how many bytes an entry has when it is unpacked."""
        return self._entries[entry].file_size

    def read(self, entry: str, limit: int = MAX_WHOLE) -> bytes:
        """Return a whole entry.

        Raises:
            UnreadableError: it is broken, larger than `limit`, or of an unknown compression.
        """
        self._check_size(entry, limit)
        return b"".join(self.pieces(entry))

    def pieces(self, entry: str) -> Iterator[bytes]:
        """Yield an entry in pieces of `CHUNK` bytes at most.

        Raises:
            UnreadableError: it is broken, or of an unknown compression.
        """
        info = self._entries[entry]
        if info.compress_type not in _METHODS:
            raise UnreadableError(
                f"is compressed by method {info.compress_type}",
                expected="stored or deflated",
                place=self.place(entry),
            )
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(CHUNK):
                    yield piece
        except (zipfile.BadZipFile, EOFError, zlib.error, ValueError) as error:
            raise UnreadableError(
                f"cannot be unpacked: {error}", place=self.place(entry)
            ) from error

    @contextmanager
    def nested(self, entry: str) -> Generator["Archive"]:
        """Open the archive that an entry is.

        Raises:
            InputError: as for this one.
        """
        self._check_size(entry, MAX_WHOLE)
        with self._room() as file:
            for piece in self.pieces(entry):
                file.write(piece)
            inner = Archive(file, f"{self.name}!/{entry}", depth=self.depth + 1)
            self._nested_left -= sum(map(inner.size, inner.names))
            if self._nested_left < 0:
                raise self._refused(
                    f"a zip bomb: more than {MAX_UNPACKED} bytes in archives inside"
                )
            yield inner

    def _check_size(self, entry: str, limit: int) -> None:
        if self.size(entry) > limit:
            raise UnreadableError(
                f"is {self.size(entry)} bytes long",
                expected=f"at most {limit}",
                place=self.place(entry),
            )

    def _checked(self, size: int) -> dict[str, zipfile.ZipInfo]:
        rows = self._zip.infolist()
        if len(rows) > MAX_ENTRIES:
            raise self._refused(f"a zip bomb: {len(rows)} entries", f"at most {MAX_ENTRIES}")
        if sum(row.compress_size for row in rows) > size:
            raise self._refused("a zip bomb: its entries overlap")
        if (total := sum(row.file_size for row in rows)) > MAX_UNPACKED:
            raise self._refused(
                f"a zip bomb: {total} bytes unpacked", f"at most {MAX_UNPACKED} bytes"
            )
        for row in rows:
            self._check_row(row)
        if total > _COUNTS_FROM and total > MAX_RATIO * size:
            raise self._refused(
                f"a zip bomb: {total} bytes unpacked from {size}", f"at most {MAX_RATIO} times"
            )
        names = Counter(row.filename for row in rows)
        if twice := [name for name, count in names.items() if count > 1]:
            raise self._refused(f"the entry {twice[0]!r} stands in it twice", "each name once")
        return {row.filename: row for row in rows if not row.is_dir()}

    def _check_row(self, row: zipfile.ZipInfo) -> None:
        name = row.orig_filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or name[1:2] == ":":
            raise self._refused(
                f"path traversal: the entry {name[:200]!r} leads out of its folder",
                "names below the archive's own folder",
            )
        if row.flag_bits & _ENCRYPTED:
            raise self._refused(f"the entry {name[:200]!r} is encrypted", "an app as it is shipped")
        if row.file_size > MAX_ENTRY:
            raise self._refused(
                f"a zip bomb: the entry {name[:200]!r} has {row.file_size} bytes",
                f"at most {MAX_ENTRY} bytes",
            )
        ratio = row.file_size // max(row.compress_size, 1)
        if row.file_size > _RATIO_COUNTS_FROM and ratio > MAX_RATIO:
            raise self._refused(
                f"a zip bomb: the entry {name[:200]!r} unpacks to {ratio} times its size",
                f"at most {MAX_RATIO} times",
            )

    def _refused(self, seen: str, expected: str | None = None) -> InputError:
        return InputError(f"refused: {seen}", expected=expected, place=Place(self.name))

    def _no_app(self, why: str) -> InputError:
        return InputError(
            f"is no zip archive: {why}",
            expected="an APK, AAB, XAPK, APKS or IPA",
            place=Place(self.name),
        )

    def check_directory_size(self, size: int) -> None:
        """Refuse a directory that would take too much memory to read."""
        if size > MAX_DIRECTORY:
            raise self._refused(
                f"a zip bomb: a directory of {size} bytes", f"at most {MAX_DIRECTORY} bytes"
            )


def _check_directory(file: BinaryIO, size: int, archive: Archive) -> None:
    """Check the size of the central directory, which `zipfile` reads whole, before it does."""
    start = max(0, size - _LONGEST_COMMENT - 22)
    file.seek(start)
    tail = file.read()
    found = tail.rfind(_END)
    if 0 <= found <= len(tail) - 22:
        (declared,) = struct.unpack_from("<I", tail, found + 12)
        archive.check_directory_size(declared % _IN_ZIP64)
        archive.check_directory_size(_directory_64(file, tail, found))
    file.seek(0)


def _directory_64(file: BinaryIO, tail: bytes, found: int) -> int:
    """Return the size that the zip64 record gives, 0 where there is none."""
    if found < 20 or tail[found - 20 : found - 16] != _LOCATOR_64:  # noqa: PLR2004 - a locator's size
        return 0
    file.seek(min(struct.unpack_from("<Q", tail, found - 12)[0], 2**62))
    record = file.read(56)
    complete = len(record) == 56 and record.startswith(_END_64)  # noqa: PLR2004 - a record's size
    return int(struct.unpack_from("<Q", record, 40)[0]) if complete else 0
