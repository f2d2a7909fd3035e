"""What is acknowledged together is one batch: one row, one commit, and later one piece of sorting.

A batch is MessagePack, compressed: reports of one event differ in little, so that thirty of them
take the room of two, and the disk waits for less. Must not know where batches are kept.
"""

import zlib
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from keypin.errors import ReportFormatError

# The fastest level: repetitions are near each other, and it runs beside Python's lock.
_LEVEL = 1


class Kind(StrEnum):
    """What came in."""

    REPORT = "report"
    CHECK_IN = "check-in"


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What came in, with what is kept of where it came from.

    Attributes:
        kind: which door it came by.
        application: the number of whose key it came under.
        at: when it came, microseconds since 1970.
        source: a keyed digest of its address; None where that is not kept.
        network: its address cut short, the same.
        country: as a proxy says.
        fingerprint: of `keypin.reports.skim`; empty for a check-in.
        body: the report as `Skimmed.kept`, or the version that checks in.
    """

    kind: Kind
    application: int
    at: int
    source: bytes | None
    network: str | None
    country: str | None
    fingerprint: str
    body: bytes


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Entry])


def pack(entries: Sequence[Entry]) -> bytes:
    """Return entries as the bytes of a batch."""
    return zlib.compress(_ENCODER.encode(entries), _LEVEL)


def unpack(batch: bytes) -> list[Entry]:
    """Return the entries of a batch.

    Raises:
        ReportFormatError: it is no batch, or of another version.
    """
    try:
        return _DECODER.decode(zlib.decompress(batch))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ReportFormatError(
            f"what the intake holds is no batch: {error}",
            next_step="restore it from a backup",
        ) from error
