"""Signals, alerts and notices as JSON, to be stored and read back exactly as they were.

The shape is that of the dataclasses: a member for each attribute. Members that a later version
added have the attribute's default where they are missing; what is unknown is passed over, so that a
version may be taken back.
"""

from typing import Any, TypeVar

import msgspec

from keypin.alerts.alert import Alert
from keypin.alerts.deadline import Deadline
from keypin.alerts.notice import Notice
from keypin.alerts.signal import Signal
from keypin.alerts.silence import Silence
from keypin.errors import InputError

# A signal may cite the hundred names of a certificate; what is larger is not ours.
MAX_STORED = 1024 * 1024

Stored = TypeVar("Stored", Signal, Alert, Notice, Silence, Deadline)

# Made at import, by one thread. While one learns a class, another that decodes it takes what is
# half learned, and the process dies: DataclassInfo_Convert of msgspec 0.22 caches too early.
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Signal, Alert, Notice, Silence, Deadline)
}


def dumps(value: Signal | Alert | Notice | Silence | Deadline) -> bytes:
    """Return a value as JSON in UTF-8."""
    return msgspec.json.encode(value)


def loads(data: bytes | str, kind: type[Stored]) -> Stored:
    """Read what `dumps` wrote.

    Args:
        data: the JSON.
        kind: what it is.

    Raises:
        InputError: it is not that.
    """
    if len(data) > MAX_STORED:
        raise InputError(f"{len(data)} bytes of JSON", expected=f"{MAX_STORED} at most")
    try:
        found: Stored = _DECODERS[kind].decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(
            f"no stored {kind.__name__.lower()}: {error}", expected="JSON as keypin wrote it"
        ) from error
    return found
