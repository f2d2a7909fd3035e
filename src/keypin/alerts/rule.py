"""A rule: what becomes of the signals that it matches.

Rules are asked in order, and the first that matches decides, alone: what becomes of a signal is
read off one row. A rule that matches says everything; nothing is inherited from those after it. The
product's own rules (`keypin.alerts.defaults`) stand after the user's, and end in one that matches
all.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from keypin.alerts.match import EVERYTHING, Match
from keypin.alerts.signal import Signal, kebab
from keypin.errors import InputError
from keypin.findings import Severity

NOTHING = timedelta(0)
# Whoever is told more often than that reads nothing any more.
MIN_REPEAT = timedelta(minutes=1)

GROUP_FIELDS: Mapping[str, Callable[[Signal], str | None]] = MappingProxyType(
    {
        "id": lambda signal: signal.id,
        "application": lambda signal: signal.application,
        "owner": lambda signal: signal.owner,
        "severity": lambda signal: signal.severity,
        "subject-kind": lambda signal: signal.subject.kind,
        "subject": lambda signal: str(signal.subject),
    }
)
"""What signals may be grouped by."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told as well where nobody acknowledged.

    Attributes:
        after: how long after the alert opened.
        routes: the names of the routes that are told then.
    """

    after: timedelta
    routes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an escalation to nobody, and one before anything happened."""
        if not self.routes:
            raise InputError("an escalation to nobody", expected="the names of routes")
        if self.after <= NOTHING:
            raise InputError("an escalation at once", expected="a time after the alert opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of signals.

    Attributes:
        name: in kebab case.
        match: which signals; all where no condition is given.
        severity: what they count as, or None for their own.
        routes: the names of the routes that are told, or empty for all whose conditions hold.
        group_by: signals that agree in these are told together; empty for each alone.
        window: how long others of the group are waited for before it is told.
        wait: how long a signal must hold before its alert opens.
        repeat: how often an alert that nobody acknowledged is told again, or None for once.
        escalate: who is told as well, the soonest first.
        settle: how long an alert must stay resolved before that is told; what comes back in that
            time is the same alert, and nobody hears of it.
        lapse: how long after it was last seen a signal counts as cleared, or None where its finder
            says so itself.
        ignore: no alert at all.
    """

    name: str
    match: Match = EVERYTHING
    severity: Severity | None = None
    routes: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ("id", "application", "owner")
    window: timedelta = timedelta(seconds=20)
    wait: timedelta = NOTHING
    repeat: timedelta | None = None
    escalate: tuple[Escalation, ...] = ()
    settle: timedelta = timedelta(minutes=10)
    lapse: timedelta | None = None
    ignore: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be meant."""
        kebab(self.name, "name of a rule")
        self._check_times()
        for field in self.group_by:
            if field not in GROUP_FIELDS:
                raise InputError(
                    f"group_by {field!r}", expected="one of " + ", ".join(GROUP_FIELDS)
                )
        steps = [one.after for one in self.escalate]
        if steps != sorted(set(steps)):
            raise InputError(
                "escalations out of order", expected="the soonest first, no two at once"
            )
        if self.ignore and (self.routes or self.escalate or self.repeat):
            raise InputError("ignore beside routes, repeat or escalate", expected="one of both")

    def _check_times(self) -> None:
        for name in ("window", "wait", "settle"):
            if getattr(self, name) < NOTHING:
                raise InputError(f"{name} is negative", expected="no time, or more")
        if self.repeat is not None and self.repeat < MIN_REPEAT:
            raise InputError(f"repeat every {self.repeat}", expected="a minute or more")
        if self.lapse is not None and self.lapse <= NOTHING:
            raise InputError("a signal that lapses at once", expected="a time longer than none")

    def group(self, signal: Signal) -> str:
        """Return what signals that are told together have in common; empty for one alone."""
        if not self.group_by:
            return ""
        values = [GROUP_FIELDS[name](signal) for name in self.group_by]
        return json.dumps([signal.organisation, self.name, *values])


def decide(rules: Iterable[Rule], signal: Signal) -> Rule:
    """Return the rule that decides what becomes of a signal: the first that matches.

    Raises:
        InputError: none matches; the product's own rules, at the end, do.
    """
    for rule in rules:
        if rule.match.covers(signal):
            return rule
    raise InputError(
        f"no rule matches the signal {signal.id!r}",
        expected="rules of which the last matches everything",
        next_step="put keypin.alerts.DEFAULTS behind your own",
    )
