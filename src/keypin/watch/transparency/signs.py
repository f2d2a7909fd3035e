"""What is told to alerting of what logs hold, and of the logs themselves.

A certificate is told for as long as it could still do harm: until an endpoint shows it, which the
prober judges and tells from then on, until it has expired, until somebody acknowledges what is said
of it, or until nothing is to be said.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from keypin.alerts import Signal, Subject
from keypin.ct.alarm import KINDS
from keypin.findings import Severity
from keypin.rotation.issued_findings import SEVERITIES
from keypin.watch.alerting.signals import clear_others
from keypin.watch.alerting.signals import tell as tell_signals
from keypin.watch.store import Scope
from keypin.watch.transparency.lists import STEP
from keypin.watch.transparency.places import Place
from keypin.watch.transparency.reading import story_of
from keypin.watch.transparency.words import titled

# What a log does wrong is nobody's fault here, and nobody's users break by it.
LOG_RULES: Mapping[str, Severity] = {
    f"log-{kind.id.removeprefix('ct-')}": (
        Severity.WARNING if kind.severity is Severity.ERROR else Severity.NOTE
    )
    for kind in KINDS
}

PASSING = frozenset({"log-stalled-head", "log-unreachable", "log-future-head"})
"""What is over as soon as the log is read to its end again."""

NO_LIST = "log-list-missing"

# So long an alarm of a log holds after it was raised last.
FADES = timedelta(days=7)


def tell(
    scope: Scope,
    rows: Sequence[RowMapping],
    place: Place | None,
    at: datetime,
) -> None:
    """Tell what holds of one certificate, and what holds no more.

    Args:
        scope: a transaction of the organisation.
        rows: all rows of the certificate.
        place: the endpoint that it is for.
        at: now.
    """
    subject = subject_of(rows[0])
    told = [_signal(row, subject, place) for row in rows if is_open(row, at)]
    number = place.number if place else None
    tell_signals(scope, told, at, endpoint=number)
    clear_others(scope, told, at, ids=SEVERITIES, subject=subject)


def clear(scope: Scope, row: RowMapping, at: datetime) -> None:
    """Tell that nothing holds any more of the certificate of a row."""
    clear_others(scope, (), at, ids=SEVERITIES, subject=subject_of(row))


def is_open(row: RowMapping, at: datetime) -> bool:
    """Tell whether somebody has to hear of a finding still; mere notes are for the pages."""
    over = row["not_after"] is not None and row["not_after"] < at
    known = row["deployed_at"] is not None or row["acknowledged_at"] is not None
    return row["severity"] != Severity.NOTE and not known and not over


def subject_of(row: RowMapping) -> Subject:
    """Return what signals of a certificate are about: the same whatever is found out later."""
    names: Sequence[str] = row["document"]["names"] or row["names"]
    return Subject("certificate", f"{names[0]} {row['identity'][:12]}")


def _signal(row: RowMapping, subject: Subject, place: Place | None) -> Signal:
    document: Mapping[str, Any] = row["document"]
    applications: Sequence[str] = document["applications"]
    return Signal(
        id=row["rule"],
        severity=Severity(row["severity"]),
        subject=subject,
        # By the moment of its log: it is true whenever somebody reads it.
        title=titled(story_of(row)),
        application=applications[0] if len(applications) == 1 else None,
        owner=place.owner if place else None,
        tags=place.tags if place else (),
        evidence=(*document["evidence"], *document["where"][1:]),
        facts=(
            ("log", str(document["log"])),
            ("log_id", str(row["log"])),
            ("index", str(row["position"])),
            ("key", str(document.get("key", ""))),
            ("identity", str(row["identity"])),
            *((("hits", "; ".join(users)),) if (users := document.get("users")) else ()),
        ),
        next_step=str(document["cure"]),
        link=f"/ct/found/{row['id']}",
    )


def alarm(body: Mapping[str, Any]) -> Signal:
    """Return what a log did wrong, as a signal; the same for every organisation.

    Args:
        body: the monitor's document.
    """
    rule = f"log-{str(body['id']).removeprefix('ct-')}"
    heads: Iterable[Mapping[str, Any]] = body.get("heads", ())
    return Signal(
        id=rule,
        severity=LOG_RULES[rule],
        subject=Subject("log", str(body["log"])),
        title=f"the log {body['log']}: {body['message']}",
        evidence=(
            f"log ID {body['log_id']}",
            *(f"tree head: {head}" for head in heads),
        ),
        facts=(("log_id", str(body["log_id"])), ("at", str(body["at"]))),
        next_step=str(body["cure"]),
        link="/ct#logs",
    )


def no_list(problem: str) -> Signal:
    """Return that the list of logs cannot be had."""
    return Signal(
        id=NO_LIST,
        severity=Severity.WARNING,
        subject=Subject("log", "the list of logs"),
        title=problem,
        next_step=STEP,
        link="/ct#logs",
    )
