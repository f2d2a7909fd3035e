"""Pins among the bytes of anything: native code, scripts, assets, assemblies.

What stands near a pin is evidence and nothing more: no host is asserted, for the order of bytes in
a file is no statement. Files pass in pieces that overlap, so that their size does not matter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from keypin.audit.patterns import (
    BARE,
    BARE_LENGTH,
    FINGERPRINT,
    HOST,
    PREFIXED,
    WIDE,
    is_evident_host,
    is_known,
)

# How far around a pin hosts are looked for: a configuration of some hosts fits in it.
NEARBY = 300

# The longest thing that is looked for: a certificate in PEM. Pieces overlap by that.
OVERLAP = 64 * 1024

# A file with more digests than that is a list of something, and no list of pins.
MAX_PINS = 1_000
_MAX_HOSTS = 5

# Of one window: what has the size of a pin and is none costs time too.
MAX_TRIES = 5_000

_BARE_CONTEXT = re.compile(rb"pin|cert|spki|publickey|public_key|hash|ssl|tls", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A pin among bytes: its text, where it begins, and hosts near it."""

    text: str
    offset: int
    nearby: tuple[str, ...] = ()


def windows(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield pieces, each with the end of the one before it in front, and its offset in the file."""
    kept, offset = b"", 0
    for piece in pieces:
        window = kept + piece
        yield offset, window
        kept = window[-OVERLAP:]
        offset += len(window) - len(kept)


def pins_in_bytes(window: bytes, offset: int = 0, *, fingerprints: bool = False) -> Iterator[Hit]:
    """Yield the pins of a window, in the order of the patterns.

    Args:
        window: the bytes.
        offset: where they stand in their file.
        fingerprints: whether hex with colons means a pin here, as it does in Flutter's code.
    """
    for match in islice(PREFIXED.finditer(window), MAX_TRIES):
        yield Hit(match[0].decode(), offset + match.start(), _nearby(window, match.start()))
    for match in WIDE.finditer(window):
        yield Hit(match[0].decode("utf-16-le"), offset + match.start())
    for match in islice(BARE.finditer(window), MAX_TRIES):
        start = match.end() - BARE_LENGTH
        text = window[start : match.end()].decode()
        if _is_prefixed(window, start):
            continue
        nearby = _nearby(window, start)
        if is_known(text) or (nearby and _speaks_of_pins(window, start)):
            yield Hit(text, offset + start, nearby)
    for match in FINGERPRINT.finditer(window) if fingerprints else ():
        start = match.start() - 2
        yield Hit(window[start : match.end()].decode(), offset + start, _nearby(window, start))


def _is_prefixed(window: bytes, start: int) -> bool:
    before = window[max(start - 14, 0) : start]
    return re.search(rb"sha-?(?:1|256|512)(?:/{1,2}|=\\?[\"'])\Z", before) is not None


def _speaks_of_pins(window: bytes, start: int) -> bool:
    return _BARE_CONTEXT.search(window, max(start - NEARBY, 0), start) is not None


def _nearby(window: bytes, start: int) -> tuple[str, ...]:
    around = window[max(start - NEARBY, 0) : start + NEARBY]
    found = dict.fromkeys(match[1].decode() for match in HOST.finditer(around))
    return tuple(host for host in found if is_evident_host(host))[:_MAX_HOSTS]
