"""An alert: trouble that was seen, and how far people got with it.

Only a value; `keypin.alerts.machine` is what moves it from state to state::

    pending --held for the rule's wait--> open --a person--> acknowledged
       |                                   |                     |
       +-----------------------------------+---- cleared --------+--> resolved
                                           ^                          |
                                           +---- seen again soon -----+
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from keypin.alerts.signal import Signal
from keypin.findings import Severity


class State(StrEnum):
    """How far it got."""

    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Trouble that was seen.

    Attributes:
        signal: what was seen when it was last seen to hold.
        rule: the name of the rule that decided last.
        severity: how bad, as the rule says.
        group: what it has in common with those that are told together with it; empty for none.
        state: how far it got.
        since: from when on it holds.
        last_seen: when it was last seen to hold.
        count: how often it was seen.
        flaps: how often it came back soon after it had cleared.
        episode: the first, second, … time that its trouble came up; with the signal's fingerprint
            its identity.
        opened_at: when it opened, or None while it never did.
        acknowledged_at: when somebody acknowledged it.
        acknowledged_by: who.
        acknowledged_note: what they said of it; empty where they said nothing.
        resolved_at: when it cleared.
        resolved_by: who said so, or None where the signal did.
        settled: nothing of it is to be told any more; the trouble's return is another episode.
        told_at: when people were last told that it is open, or None while they were not.
        told_severity: how bad they were told it is.
        repeats: how often it was told again.
        escalated: how many steps of escalation were taken.
        escalated_to: the names of the routes that were told by them.
    """

    signal: Signal
    rule: str
    severity: Severity
    group: str
    state: State
    since: datetime
    last_seen: datetime
    count: int = 1
    flaps: int = 0
    episode: int = 1
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_note: str = ""
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    settled: bool = False
    told_at: datetime | None = None
    told_severity: Severity | None = None
    repeats: int = 0
    escalated: int = 0
    escalated_to: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """That of its signal."""
        return self.signal.fingerprint

    @property
    def id(self) -> str:
        """Which alert it is: fingerprint and episode."""
        return f"{self.fingerprint}-{self.episode}"

    @property
    def active(self) -> bool:
        """Whether its trouble is there: open, or acknowledged."""
        return self.state in {State.OPEN, State.ACKNOWLEDGED}

    def cleared(self, at: datetime, by: str | None = None) -> Self:
        """Return it as over; what is over already stays as it is.

        Args:
            at: when it cleared.
            by: who said so, or None where its signal did.
        """
        if self.state is State.RESOLVED:
            return self
        return replace(self, state=State.RESOLVED, resolved_at=at, resolved_by=by)
