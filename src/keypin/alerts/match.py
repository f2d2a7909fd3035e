"""Which signals a rule, a silence or a route is about: one matcher for the three.

A condition that is left out matches everything. Conditions are joined by *and*; the alternatives
of one condition by *or*, but tags: each that is listed must be there. Wildcards are those of the
shell (`fnmatch`): `*`, `?` and `[...]`, with upper and lower case told apart.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from keypin.alerts.signal import Signal, graver
from keypin.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Conditions on a signal.

    Attributes:
        ids: its identifier matches one of these wildcards, as `chain-*`.
        severity: it is at least as bad.
        subjects: its subject's key matches one of these wildcards, as `*.example.com:443`.
        owners: its owner is one of these, or somebody else whom it concerns.
        tags: it has each of these.
        applications: it is of one of these applications.
    """

    ids: tuple[str, ...] = ()
    severity: Severity = Severity.NOTE
    subjects: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()

    def covers(self, signal: Signal) -> bool:
        """Tell whether every condition holds."""
        return (
            not graver(self.severity, signal.severity)
            and _like(signal.id, self.ids)
            and _like(signal.subject.key, self.subjects)
            and any(_among(one, self.owners) for one in (signal.owner, *signal.concerns))
            and _among(signal.application, self.applications)
            and set(self.tags) <= set(signal.tags)
        )


EVERYTHING = Match()
"""The matcher without a condition."""


def _like(text: str, wildcards: tuple[str, ...]) -> bool:
    return not wildcards or any(fnmatchcase(text, one) for one in wildcards)


def _among(value: str | None, values: tuple[str, ...]) -> bool:
    return not values or value in values
