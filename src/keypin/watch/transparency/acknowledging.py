"""Findings that somebody knows of: nobody is told of them any more, unless they get worse.

An acknowledgement stands in the finding's row and is of that finding alone: another rule that finds
the same certificate is told. It ends where the finding is graver than what was acknowledged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from keypin.alerts import State
from keypin.errors import InputError, Place
from keypin.findings import Severity
from keypin.watch.alerting import acting
from keypin.watch.alerting.documents import short
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.people import audit
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts, ct_findings
from keypin.watch.transparency.places import find
from keypin.watch.transparency.signs import subject_of, tell

_LONGEST_NOTE = 500

_NOTE = Place(key="note")

_RANK = {severity.value: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """That somebody knows of a finding.

    Attributes:
        by: who.
        at: since when.
        note: why nobody else needs to look.
    """

    by: str
    at: datetime
    note: str


def of_row(row: RowMapping) -> Acknowledgement | None:
    """Return what a row of `ct_findings` says of it; None: nobody acknowledged it."""
    if row["acknowledged_at"] is None:
        return None
    return Acknowledgement(by=row["acknowledged_by"], at=row["acknowledged_at"], note=row["note"])


def acknowledge(
    scope: Scope, number: int, note: str, *, by: Actor, at: datetime
) -> Acknowledgement:
    """Acknowledge a finding, or say another note; the alert that came of it is closed.

    Args:
        scope: a transaction of the organisation.
        number: of the finding.
        note: why nobody else needs to look.
        by: who says so.
        at: now.

    Raises:
        UnknownError: there is no finding of this number.
        InputError: the note is empty, or too long.
    """
    row = _row(scope, number)
    made = Acknowledgement(by=by.name[:254], at=at, note=_checked(note))
    _write(scope, [number], acknowledged_at=made.at, acknowledged_by=made.by, note=made.note)
    _close_alert(scope, row, by=by, at=at)
    _tell(scope, row, at)
    detail = {"finding": number, "rule": row["rule"], "note": made.note}
    audit.record(scope, by, "ct-finding.acknowledge", _named(row), detail, at=at)
    return made


def take_back(scope: Scope, number: int, *, by: Actor, at: datetime) -> None:
    """Take an acknowledgement back: the finding is told again, if it matters still.

    Raises:
        UnknownError: there is no finding of this number, or nobody acknowledged it.
    """
    row = _row(scope, number)
    before = of_row(row)
    if before is None:
        raise UnknownError.of("acknowledgement of the finding", number)
    _forget(scope, [number])
    _tell(scope, row, at)
    detail = {"finding": number, "rule": row["rule"], "by": before.by, "note": before.note}
    audit.record(scope, by, "ct-finding.take-back", _named(row), detail, at=at)


def outgrow(
    scope: Scope, before: Iterable[RowMapping], now: Mapping[str, Severity], at: datetime
) -> None:
    """End the acknowledgements of findings that are graver than what was acknowledged.

    Args:
        scope: the transaction that writes what was found.
        before: the rows of the certificate, as they were.
        now: how bad each rule is now.
        at: now.
    """
    for row in before:
        severity = now.get(row["rule"])
        if row["acknowledged_at"] is None or severity is None:
            continue
        if _RANK[severity.value] < _RANK[row["severity"]]:
            _forget(scope, [row["id"]])
            detail = {"was": row["severity"], "is": severity.value, "rule": row["rule"]}
            audit.record(scope, SERVICE, "ct-finding.outgrow", _named(row), detail, at=at)


def _checked(note: str) -> str:
    if not note.strip():
        raise InputError(
            "an acknowledgement without a note",
            expected="why nobody else needs to look",
            place=_NOTE,
        )
    if len(note) > _LONGEST_NOTE:
        raise InputError(
            f"a note of {len(note)} letters", expected=f"{_LONGEST_NOTE} at most", place=_NOTE
        )
    return short(note.strip())


def _forget(scope: Scope, numbers: Iterable[int]) -> None:
    _write(scope, numbers, acknowledged_at=None, acknowledged_by=None, note=None)


def _write(scope: Scope, numbers: Iterable[int], **values: Any) -> None:  # noqa: ANN401 - a column's type
    rows = scope.update(ct_findings).where(ct_findings.c.id.in_(list(numbers)))
    scope.execute(rows.values(**values))


def _tell(scope: Scope, row: RowMapping, at: datetime) -> None:
    """Tell what holds of the certificate now."""
    query = scope.select(ct_findings).where(ct_findings.c.identity == row["identity"])
    tell(scope, scope.rows(query), find(scope, row["names"]), at)


def _close_alert(scope: Scope, row: RowMapping, *, by: Actor, at: datetime) -> None:
    """Close the alert of a finding, in the name of who acknowledges it."""
    query = scope.select(alerts.c.id).where(
        alerts.c.state != State.RESOLVED.value,
        alerts.c.finding == row["rule"],
        alerts.c.subject == short(subject_of(row).key),
    )
    for number in scope.execute(query).scalars().all():
        acting.close(scope, number, by=by, at=at)


def _row(scope: Scope, number: int) -> RowMapping:
    query = scope.select(ct_findings).where(ct_findings.c.id == number)
    row = scope.row(query.with_for_update())
    if row is None:
        raise UnknownError.of("finding", number)
    return row


def _named(row: RowMapping) -> str:
    return f"{row['rule']} {', '.join(row['names'])}"[:200]
