"""Groups that somebody marked as known: nobody is told of them, until they get worse.

The mark stands in the row of the group, with what the group was. The judge asks it
(`keypin.watch.collecting.judge`), and ends it where the group is worse: from then on it is told as
if it had never been marked. Each change has the group judged anew at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping

from keypin.alerts import State
from keypin.errors import InputError, Place
from keypin.findings import Severity
from keypin.reports import Classification, Known
from keypin.reports.known import LONGEST
from keypin.watch.alerting import acting
from keypin.watch.alerting.documents import alert_of, short
from keypin.watch.collecting.bursts import BURST
from keypin.watch.collecting.filing import UNJUDGED
from keypin.watch.inventory.edit import TakenError, UnknownError
from keypin.watch.people import audit
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts, applications, report_groups

_LONGEST_NOTE = 500

_DAY = timedelta(days=1)

_NOTE, _UNTIL = Place(key="note"), Place(key="until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """That a group is known, or was.

    Attributes:
        of: what it was when it was marked.
        note: why nobody needs to hear of it.
        by: who marked it.
        since: when.
        until: when the mark ends, or ended; None: it does not.
        outgrown: as what it was worse, where that ended it; empty otherwise.
    """

    of: Known
    note: str
    by: str
    since: datetime
    until: datetime | None
    outgrown: str = ""

    def holds(self, at: datetime) -> bool:
        """Tell whether it silences the group."""
        return self.until is None or self.until > at


def mark_of(row: RowMapping) -> Mark | None:
    """Return the mark of a row of `report_groups`, one that has ended too; None: there is none."""
    said = row["known"]
    if row["known_since"] is None or said is None:
        return None
    return Mark(
        of=Known(said["classification"], Severity(said["severity"]), said["benign"]),
        note=said["note"],
        by=said["by"],
        since=row["known_since"],
        until=row["known_until"],
        outgrown=said.get("outgrown", ""),
    )


def of_row(row: RowMapping) -> Known:
    """Return what a row of `report_groups` is now, as a mark would keep it."""
    return Known(row["classification"], Severity(row["severity"]), row["benign"])


def holding(at: datetime) -> ColumnElement[bool]:
    """Return the condition of groups that are known now."""
    table = report_groups.c
    lasting = table.known_until.is_(None) | (table.known_until > at)
    return table.known_since.is_not(None) & lasting


def mark(
    scope: Scope,
    number: int,
    note: str,
    seen: tuple[str, str],
    *,
    until: datetime | None,
    by: Actor,
    at: datetime,
) -> Mark:
    """Mark a group as known, or say another note or day of one that is; its alert is closed.

    Args:
        scope: a transaction of the organisation.
        number: of the group.
        note: why nobody needs to hear of it.
        seen: the classification and the severity that whoever marks it has seen.
        until: when that ends; None: when somebody unmarks it.
        by: who marks it.
        at: now.

    Raises:
        UnknownError: there is no group of this number.
        TakenError: it is something else by now than what was seen.
        InputError: it was not judged yet, the note is empty, or the end is none that may be.
    """
    row = _row(scope, number)
    found = row["classification"], row["severity"]
    if found[0] == UNJUDGED:
        raise InputError(
            "the group was not judged yet", next_step="wait some seconds, and look at what it is"
        )
    if seen != found:
        raise TakenError(
            f"the group is {found[0]} ({found[1]}) by now",
            next_step="look at it again before you mark it",
        )
    of = of_row(row)
    _check_end(of, until, at)
    made = Mark(of=of, note=_checked(note), by=by.name[:254], since=at, until=until)
    known = {
        "classification": of.classification,
        "severity": of.severity.value,
        "benign": of.benign,
        "note": made.note,
        "by": made.by,
    }
    _write(scope, number, at, known_since=at, known_until=until, known=known, burst_since=None)
    _close_alert(scope, row, by=by, at=at)
    detail = {**known, "until": until.isoformat() if until else None}
    audit.record(scope, by, "report-group.mark", _named(scope, row), detail, at=at)
    return made


def unmark(scope: Scope, number: int, *, by: Actor, at: datetime) -> None:
    """Take a mark off, one that has ended too: the group is told again.

    Raises:
        UnknownError: there is no group of this number, or it has no mark.
    """
    row = _row(scope, number)
    if row["known_since"] is None:
        raise UnknownError.of("mark of the report group", number)
    _write(scope, number, at, known_since=None, known_until=None, known=None)
    before = {"since": row["known_since"].isoformat(), "note": row["known"]["note"]}
    audit.record(scope, by, "report-group.unmark", _named(scope, row), before, at=at)


def outgrow(scope: Scope, row: RowMapping, found: Classification, at: datetime) -> None:
    """End the mark of a group that is worse than what was marked.

    Args:
        scope: the transaction that writes what the group is.
        row: the group, as the judge read it.
        found: what it is now.
        at: now.
    """
    known = {**row["known"], "outgrown": found.id}
    mine = scope.update(report_groups).where(report_groups.c.id == row["id"])
    scope.execute(mine.values(known_until=at, known=known))
    detail = {
        "marked": row["known"]["classification"],
        "is": found.id,
        "severity": found.severity.value,
    }
    audit.record(scope, SERVICE, "report-group.outgrow", _named(scope, row), detail, at=at)


def _check_end(of: Known, until: datetime | None, at: datetime) -> None:
    if until is not None and until <= at:
        raise InputError(
            "a mark that has ended already", expected="a day that is to come", place=_UNTIL
        )
    if of.must_end and (until is None or until > at + LONGEST + _DAY):  # the last day is whole
        raise InputError(
            f"{of.classification} may be an attack",
            expected=f"a last day within {LONGEST.days} days",
            next_step="name one, and look at the group again then",
            place=_UNTIL,
        )


def _checked(note: str) -> str:
    if not note.strip():
        raise InputError(
            "a mark without a note", expected="why nobody needs to hear of it", place=_NOTE
        )
    if len(note) > _LONGEST_NOTE:
        raise InputError(
            f"a note of {len(note)} letters", expected=f"{_LONGEST_NOTE} at most", place=_NOTE
        )
    return short(note.strip())


def _write(scope: Scope, number: int, at: datetime, **values: Any) -> None:  # noqa: ANN401 - a column's type
    rows = scope.update(report_groups).where(report_groups.c.id == number)
    scope.execute(rows.values(judge_at=at, **values))


def _close_alert(scope: Scope, row: RowMapping, *, by: Actor, at: datetime) -> None:
    """Close the alert of a group, in the name of who marked it."""
    active = alerts.c.state != State.RESOLVED.value
    query = scope.select(alerts.c.id, alerts.c.document).where(active, alerts.c.finding == BURST)
    for one in scope.rows(query):
        if alert_of(one["document"]).signal.distinct == row["fingerprint"]:
            acting.close(scope, one["id"], by=by, at=at)


def _row(scope: Scope, number: int) -> RowMapping:
    query = scope.select(report_groups).where(report_groups.c.id == number)
    row = scope.row(query.with_for_update(key_share=True))
    if row is None:
        raise UnknownError.of("report group", number)
    return row


def _named(scope: Scope, row: RowMapping) -> str:
    """Return how people know a group, for the audit log."""
    name = scope.select(applications.c.name).where(applications.c.id == row["application"])
    return f"{scope.value(name)} at {row['host']}, group {row['id']}"
