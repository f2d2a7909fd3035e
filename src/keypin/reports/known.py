"""What a group of reports was when somebody marked it as known, and whether it still is that.

A mark silences what a person has looked at, and nothing worse: where it cannot be told whether the
group is still the same thing, it is not.
"""

from dataclasses import dataclass
from datetime import timedelta

from keypin.findings import Severity
from keypin.reports.classification import Classification

LONGEST = timedelta(days=30)
"""For so long at most an error is known that somebody in the middle may have caused."""

_SEVERITIES = (Severity.NOTE, Severity.WARNING, Severity.ERROR)
_HARMS = (True, None, False)


@dataclass(frozen=True, slots=True)
class Known:
    """What was marked.

    Attributes:
        classification: what the group was.
        severity: how bad it was.
        benign: what was said of harm.
    """

    classification: str
    severity: Severity
    benign: bool | None

    @property
    def must_end(self) -> bool:
        """Whether it may be an attack: nobody silences that for ever."""
        return self.severity is Severity.ERROR and self.benign is not True

    def covers(self, found: Classification) -> bool:
        """Tell whether a group is what was marked, or something lighter.

        Graver or less harmless is not; nor is another cause of the same weight.
        """
        severity = _SEVERITIES.index(found.severity) - _SEVERITIES.index(self.severity)
        harm = _HARMS.index(found.benign) - _HARMS.index(self.benign)
        if severity > 0 or harm > 0:
            return False
        return found.id == self.classification or severity < 0 or harm < 0
