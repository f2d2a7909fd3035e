"""Pins among bytes: found in any piece, with what is near as evidence."""

import pytest

from keypin.audit import scan
from keypin.audit.scan import Hit, pins_in_bytes, windows

KNOWN = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1
BARE = "B" * 42 + "A="


def hits(data: bytes, **options: bool) -> list[Hit]:
    """Return the pins among bytes."""
    return list(pins_in_bytes(data, **options))


def test_a_pin_with_its_hash_and_hosts_near_it() -> None:
    """The text, the place, and hosts near it; packages and files are none."""
    data = b'\0x"api.example.com" com.example.shop index.js\0sha256/' + BARE.encode() + b"\0"
    (hit,) = hits(data)
    assert hit == Hit(f"sha256/{BARE}", data.index(b"sha256"), ("api.example.com",))


def test_utf_16() -> None:
    """.NET stores texts in UTF-16."""
    (hit,) = hits(b"\0\1" + f"sha256/{BARE}".encode("utf-16-le"))
    assert hit == Hit(f"sha256/{BARE}", 2)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (KNOWN, True),
        (f"publicKeyHashes: '{BARE}' api.example.com", True),
        (f"token: '{BARE}' api.example.com", False),
        (f"pins: '{BARE}'", False),
    ],
)
def test_bare_base64(data, found) -> None:
    """32 bytes are a pin if the key is known, or the text around speaks of pins and hosts."""
    assert bool(hits(data.encode())) is found


def test_a_pin_is_found_once() -> None:
    """The digest behind a hash's name is not a second pin."""
    for spelled in (f"sha256/{KNOWN}", f'pin-sha256="{KNOWN}"'):
        assert len(hits(f"pin {spelled} api.example.com".encode())) == 1


def test_fingerprints() -> None:
    """Hex with colons is looked at where it means a certificate."""
    text = ":".join(["AB"] * 32)
    data = f"\0{text}\0".encode()
    assert hits(data) == []
    assert [(hit.text, hit.offset) for hit in hits(data, fingerprints=True)] == [(text, 1)]


def test_pieces_overlap(monkeypatch) -> None:
    """What a border cuts in two is whole in the next window, with its offset."""
    monkeypatch.setattr(scan, "OVERLAP", 60)
    data = bytes(90) + f"sha256/{BARE}".encode() + bytes(90)
    found = [
        hit
        for offset, window in windows(
            data[start : start + 100] for start in range(0, len(data), 100)
        )
        for hit in pins_in_bytes(window, offset)
    ]
    assert found == [Hit(f"sha256/{BARE}", 90)]
