"""Groups and the states of bursts as JSON, for a database to keep and any program to read.

What was written is read back as an equal value. What is read comes from our own storage; it is
checked all the same, since storage outlives the program that wrote it.
"""

from typing import Any, TypeVar

import msgspec

from keypin.errors import ReportFormatError
from keypin.reports.burst import BurstState
from keypin.reports.group import Group

Stored = TypeVar("Stored", Group, BurstState)

# Made at import, by one thread: see `keypin.alerts.stored`.
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Group, BurstState)
}


def dumps(value: Group | BurstState) -> bytes:
    """Return a group, or the state of a burst, as JSON."""
    return msgspec.json.encode(value)


def loads(kind: type[Stored], data: bytes) -> Stored:
    """Read back what `dumps` wrote.

    Raises:
        ReportFormatError: it is no such value, or of another version.
    """
    try:
        found: Stored = _DECODERS[kind].decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ReportFormatError(
            f"what was stored is no {kind.__name__}: {error}",
            next_step="restore it from a backup, or fold the reports again",
        ) from error
    return found
