"""What is acknowledged together is one batch: one row, one commit, and later one piece of sorting.

A batch is MessagePack, compressed: reports of one event differ in little, so that five hundred of
them take the room of fifteen, and the disk waits for less. Must not know where batches are kept.
"""

import sys
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from keypin.errors import ReportFormatError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# A report takes 1 microsecond; zlib's fastest takes 15, and eight times the room: whole reports
# repeat themselves, farther apart than its window reaches.
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
    return zstd.compress(_ENCODER.encode(entries), _LEVEL)


def unpack(batch: bytes) -> list[Entry]:
    """Return the entries of a batch.

    Raises:
        ReportFormatError: it is no batch, or of another version.
    """
    try:
        return _DECODER.decode(zstd.decompress(batch))
    except (zstd.ZstdError, msgspec.MsgspecError) as error:
        raise ReportFormatError(
            f"what the intake holds is no batch: {error}",
            next_step="restore it from a backup",
        ) from error
