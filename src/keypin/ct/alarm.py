"""What a log may do wrong, and the word of a monitor on it.

Each kind is a row: how bad it is, and what to do. `Alarm.finding` says it in the one shape of every
judgement; the heads that it carries are the proof where there is one, for they are signed.
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from keypin.ct.head import TreeHead
from keypin.findings import Finding, Severity


class Kind(NamedTuple):
    """One kind of alarm."""

    id: str
    severity: Severity
    cure: str


_REPORT = "tell the log's operator and ct-policy@chromium.org, with the evidence"
FORK = Kind("ct-fork", Severity.ERROR, f"keep both heads: they prove it; {_REPORT}")
ROLLBACK = Kind("ct-rollback", Severity.ERROR, f"keep both heads: they prove it; {_REPORT}")
ROOT = Kind("ct-root-mismatch", Severity.ERROR, f"read the range again; if it stays, {_REPORT}")
SIGNATURE = Kind("ct-bad-signature", Severity.ERROR, "check the log's key in the log list")
FUTURE = Kind("ct-future-head", Severity.WARNING, "check this machine's clock, then the log's")
STALLED = Kind("ct-stalled-head", Severity.WARNING, "wait; what is issued now is not seen here")
MALFORMED = Kind("ct-malformed-entry", Severity.WARNING, "look at the bytes, which are kept")
UNREACHABLE = Kind("ct-unreachable", Severity.WARNING, "wait; nothing is lost, but it is late")
UNPROVED = Kind("ct-unproved-head", Severity.WARNING, "ask the log for the consistency proof")
NOT_WITNESSED = Kind("ct-not-witnessed", Severity.WARNING, "ask the witnesses for their latest")
SOURCE = Kind("ct-gossip-source", Severity.WARNING, "look at what that source says, and who can")

KINDS = (
    FORK,
    ROLLBACK,
    ROOT,
    SIGNATURE,
    FUTURE,
    STALLED,
    MALFORMED,
    UNREACHABLE,
    UNPROVED,
    NOT_WITNESSED,
    SOURCE,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a log did wrong.

    Attributes:
        kind: one of `KINDS`.
        message: what was seen, in one sentence.
        heads: the signed tree heads that prove it, or that it was seen under.
        facts: numbers and hashes that go with it, in their order.
    """

    kind: Kind
    message: str
    heads: tuple[TreeHead, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    def finding(self, log: str) -> Finding:
        """Return it as a finding about a log."""
        return Finding(
            id=self.kind.id,
            severity=self.kind.severity,
            subject=log,
            message=self.message,
            cure=self.kind.cure,
            evidence=(
                *(f"{name}: {value}" for name, value in self.facts),
                *(f"tree head: {head.dumps()}" for head in self.heads),
            ),
        )

    def dumps(self) -> str:
        """Return it as JSON, with its heads in the members of get-sth."""
        members: dict[str, Any] = {
            "id": self.kind.id,
            "severity": self.kind.severity.value,
            "message": self.message,
            "cure": self.kind.cure,
            **dict(self.facts),
            "heads": [json.loads(head.dumps()) for head in self.heads],
        }
        return json.dumps(members)
