"""What the signed tree heads of an alarm prove against a log, to anybody, offline.

An alarm is somebody's word. Two heads that a log signed are the log's own: that it signed two
trees of one size, or a smaller tree later, follows from them alone (RFC 6962 section 5.3). Whatever
else an alarm says takes the log, or more of it, to be seen.
"""

from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Self

from keypin.ct.alarm import FORK, ROLLBACK, Alarm
from keypin.ct.element import Element
from keypin.ct.head import TreeHead
from keypin.ct.heads import Heads
from keypin.ct.merkle import HASH_SIZE, ProofError
from keypin.ct.proof import tree_head
from keypin.ct.sct import LogKey
from keypin.errors import InputError, KeypinError

# An alarm has two heads at most; what somebody collected may have more.
MAX_HEADS = 64

_LATE = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


class AccusationFormatError(InputError):
    """A document that is no alarm with heads, or breaks its form."""


@dataclass(frozen=True, slots=True)
class Accusation:
    """An alarm about a log as somebody tells it, its heads not verified.

    Attributes:
        log_id: SHA-256 of the log's key; empty where it does not say.
        log: what it calls the log; empty where it does not say.
        kind: the alarm's identifier, as `ct-fork`.
        message: what it says.
        heads: the tree heads that it carries.
    """

    log_id: bytes
    log: str
    kind: str
    message: str
    heads: tuple[TreeHead, ...]

    @classmethod
    def read(cls, element: Element) -> Self:
        """Read what `keypin.ct.alarm.Alarm.dumps` wrote, alone or in a line of a monitor.

        Raises:
            AccusationFormatError: it is no such thing.
        """
        try:
            heads = element.elements("heads")
            if len(heads) > MAX_HEADS:
                raise element.error("heads", f"{len(heads)} heads", f"{MAX_HEADS} at most")
            return cls(
                _log_id(element) if element.has("log_id") else b"",
                element.text("log") if element.has("log") else "",
                element.text("id"),
                element.text("message"),
                tuple(tree_head(one) for one in heads),
            )
        except InputError as error:
            raise AccusationFormatError(
                error.seen, expected=error.expected, place=error.place
            ) from error

    def verify(self, key: LogKey) -> tuple[Alarm, ...]:
        """Verify the heads, and return what they prove against the log: nothing, perhaps.

        Raises:
            ProofError: a head is not the log's.
        """
        if self.log_id and self.log_id != key.log_id:
            raise ProofError(f"it is of log {self.log_id.hex()}, not of {key.log_id.hex()}")
        for head in self.heads:
            try:
                head.verify(key)
            except KeypinError as error:
                raise ProofError(str(error)) from error
        return tuple(
            alarm for pair in combinations(self.heads, 2) for alarm in _contradictions(*pair)
        )


def _contradictions(one: TreeHead, other: TreeHead) -> tuple[Alarm, ...]:
    """Return what two heads of a log prove against it, whoever saw which of them first."""
    smaller, larger = sorted((one, other), key=lambda head: head.size)
    alarms = Heads(timedelta(), (larger,)).offer(smaller, _LATE)
    return tuple(alarm for alarm in alarms if alarm.kind in (FORK, ROLLBACK))


def _log_id(element: Element) -> bytes:
    """Return the ID, of which monitors write the digits, and log lists the base64."""
    text = element.text("log_id")
    for read in (bytes.fromhex, b64decode):
        with suppress(ValueError):
            found = read(text)
            if len(found) == HASH_SIZE:
                return found
    raise element.error("log_id", repr(text[:60]), f"{HASH_SIZE} bytes, in hexadecimal or base64")
