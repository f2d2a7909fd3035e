"""Forms that silence: how long and why, of one alert, of several, or of whatever matches."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from keypin.alerts import Match, Signal
from keypin.findings import Severity
from keypin.web.days import end_of
from keypin.web.pages.desk import Somebody
from keypin.web.pages.matches import listed
from keypin.web.views.form import Field, Option

_SPANS: Mapping[str, tuple[str, timedelta]] = {
    "hour": ("an hour", timedelta(hours=1)),
    "day": ("a day", timedelta(days=1)),
    "week": ("a week", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
}
SPANS = tuple(Option(key, words) for key, (words, _) in _SPANS.items())
"""How long, to choose from."""


def until(visit: Somebody) -> datetime:
    """Return when a silence ends that a form asks for: after its last day, or else after its span.

    Raises:
        InputError: the last day is no day.
    """
    _, span = _SPANS.get(visit.text("span"), _SPANS["day"])
    return end_of(visit.text("until"), "until") or visit.at + span


def exactly(signal: Signal) -> Match:
    """Return what matches the finding of a signal about the same subject, and nothing else."""
    return Match(ids=(signal.id,), subjects=(_literal(signal.subject.key),))


def match(visit: Somebody) -> Match:
    """Return the conditions that a form names."""
    severity = visit.text("severity")
    return Match(
        ids=tuple(listed(visit.text("ids"))),
        severity=Severity(severity) if severity in set(Severity) else Severity.NOTE,
        subjects=tuple(listed(visit.text("subjects"))),
        owners=tuple(listed(visit.text("owners"))),
        tags=tuple(listed(visit.text("tags"))),
        applications=tuple(listed(visit.text("applications"))),
    )


def conditions(visit: Somebody) -> tuple[Field, ...]:
    """Return the fields that say what is silenced."""
    worse = (Option(one.value, f"{one.value} or worse") for one in list(Severity)[:2])
    texts = (
        ("owners", "Owners", "names"),
        ("applications", "Applications", "names"),
        ("tags", "With all of these tags", ""),
        ("subjects", "About", "as *.example.com:443"),
        ("ids", "Findings", "as chain-*, certificate-expires; * for all"),
    )
    return (
        *(
            Field(name=name, label=label, hint=hint, value=visit.text(name))
            for name, label, hint in texts
        ),
        Field(
            name="severity",
            label="Severity",
            kind="choice",
            value=visit.text("severity") or Severity.NOTE.value,
            options=(Option(Severity.NOTE.value, "any"), *worse),
            required=True,
        ),
    )


def fields(visit: Somebody) -> tuple[Field, ...]:
    """Return the fields that say how long, and why."""
    return (
        Field(
            name="span",
            label="For",
            kind="choice",
            value=visit.text("span") or "day",
            options=SPANS,
            required=True,
        ),
        Field(
            name="until",
            label="Or until the end of",
            kind="date",
            value=visit.text("until"),
            hint="a day, in UTC",
        ),
        Field(
            name="reason",
            label="Reason",
            value=visit.text("reason"),
            hint="for those who wonder later",
            required=True,
        ),
    )


def _literal(text: str) -> str:
    """Return a text as the wildcard that matches it alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
