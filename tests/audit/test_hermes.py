"""Hermes bytecode: strings by its table."""

import struct

import pytest

from keypin.audit.hermes import MAGIC, hermes_strings
from keypin.audit.unreadable import UnreadableError


def bundle(version: int = 96) -> bytes:
    """Return bytecode with a narrow, a wide, a long and a lost string."""
    storage = b"first" + "ü☃".encode("utf-16-le") + b"x" * 300
    rows = [5 << 24 | 0, 2 << 24 | 5 << 1 | 1, 0xFF << 24, 0xFF << 24 | 9 << 1]
    head = MAGIC + struct.pack("<I20xI", version, 0) + bytes(4)
    head += struct.pack("<6I", 1, 1, 1, len(rows), 1, len(storage))
    body = bytes(16 + 8) + struct.pack(f"<{len(rows)}I", *rows)
    return head.ljust(128, b"\0") + body + struct.pack("<II", 9, 300) + storage


def test_strings() -> None:
    """Each string has its own beginning and end, whatever stands beside it."""
    assert list(hermes_strings(bundle())) == ["first", "ü☃", "x" * 300]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is no Hermes bytecode"),
        (bytes(200), "is no Hermes bytecode"),
        (bundle(99), "Hermes bytecode of version 99; expected a version from 74 to 96"),
        (bundle()[:-1], "the table of strings stands behind the end"),
    ],
)
def test_what_cannot_be_read(data, text) -> None:
    """Other versions are laid out in other ways."""
    with pytest.raises(UnreadableError) as error:
        list(hermes_strings(data))
    assert str(error.value) == text
