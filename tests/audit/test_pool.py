"""Chunks and string pools: what is told longer than it is, is refused."""

import struct

import pytest

from keypin.audit import pool as module
from keypin.audit.pool import NO_STRING, StringPool, chunks, unpack
from keypin.audit.unreadable import UnreadableError


def pool_of(data: bytes) -> StringPool:
    """Return the pool that bytes are."""
    return StringPool(data, next(chunks(data, 0, len(data))))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("text", ["", "plain", "München ☃", "long " * 5_000])
def test_strings(make_pool, wide, text) -> None:
    """Both encodings give the strings, of one length unit or two."""
    pool = pool_of(make_pool(["first", text], wide=wide))
    assert (len(pool), pool[0], pool[1]) == (2, "first", text)
    assert pool[2] == pool[NO_STRING] == pool[-1] == ""


def test_too_many_strings(make_pool, monkeypatch) -> None:
    """A pool has a largest number of strings."""
    monkeypatch.setattr(module, "MAX_STRINGS", 1)
    with pytest.raises(UnreadableError, match="2 strings; expected at most 1"):
        pool_of(make_pool(["a", "b"]))


@pytest.mark.parametrize("wide", [False, True])
def test_strings_that_are_asked_for_without_end(make_pool, wide, monkeypatch) -> None:
    """All that is decoded has a largest size."""
    monkeypatch.setattr(module, "MAX_DECODED", 5)
    pool = pool_of(make_pool(["abc"], wide=wide))
    with pytest.raises(UnreadableError, match="more than 5 bytes of strings, written out"):
        assert pool[0] + pool[0]


def test_chunks_that_lie(make_chunk) -> None:
    """A chunk longer than its surroundings, or shorter than its header, ends the reading."""
    data = make_chunk(1, b"", b"body")
    assert [(one.kind, one.body, one.end) for one in chunks(data, 0, len(data))] == [(1, 8, 12)]
    for size, header in ((13, 8), (4, 8), (12, 4)):
        broken = struct.pack("<HHI", 1, header, size) + data[8:]
        with pytest.raises(UnreadableError, match="the chunk at byte 0 is"):
            list(chunks(broken, 0, len(broken)))


def test_numbers_behind_the_end() -> None:
    """A row that is not all there is none."""
    with pytest.raises(UnreadableError, match="ends within 4 bytes at byte 2"):
        unpack(struct.Struct("<I"), b"abcd", 2, 4)
    with pytest.raises(UnreadableError, match="ends within"):
        unpack(struct.Struct("<I"), b"abcd", -1, 4)
