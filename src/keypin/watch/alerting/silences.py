"""An organisation's silences: for a while nobody is told of what they match."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import RowMapping

from keypin.alerts import Alert, Match, Silence
from keypin.errors import InputError
from keypin.watch.alerting.acting import decide_anew
from keypin.watch.alerting.documents import short, silence_of, written
from keypin.watch.inventory import owners
from keypin.watch.inventory.edit import Did, Edit, UnknownError
from keypin.watch.store import Scope
from keypin.watch.store.tables import silences

# A silence for longer is a rule that ignores.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class KnownSilence:
    """A silence that is kept.

    Attributes:
        id: its number.
        silence: what it is, as it was meant.
        ends: when it ends, or did.
        ended_by: who ended it before its time; None where nobody did.
    """

    id: int
    silence: Silence
    ends: datetime
    ended_by: str | None


def listed(scope: Scope, at: datetime, *, over: bool = False) -> tuple[KnownSilence, ...]:
    """Return the silences, the one that ends first first.

    Args:
        scope: a transaction of the organisation.
        at: now.
        over: those as well that have ended.
    """
    query = scope.select(silences).order_by(silences.c.until, silences.c.id)
    rows = scope.rows(query if over else query.where(silences.c.until > at))
    return tuple(map(_known, rows))


def of_alert(scope: Scope, alert: Alert, at: datetime) -> tuple[KnownSilence, ...]:
    """Return the silences that kept an alert quiet at some time of its life, the newest first.

    Args:
        scope: a transaction of the organisation.
        alert: as it is now.
        at: now.
    """
    began, end = silences.c.created_at, alert.resolved_at or at
    query = scope.select(silences).where(silences.c.until >= alert.since, began <= end)
    known = map(_known, scope.rows(query.order_by(began.desc(), silences.c.id.desc())))
    return tuple(one for one in known if one.silence.match.covers(alert.signal))


def add(scope: Scope, match: Match, until: datetime, reason: str, *, by: str, at: datetime) -> Edit:
    """Silence what matches, from now on.

    Args:
        scope: a transaction of the organisation.
        match: which signals.
        until: when it ends.
        reason: why, for those who wonder later.
        by: who wants it.
        at: now.

    Raises:
        InputError: it would end before now or in more than a year, says nothing, or names an owner
            that there is not.
    """
    (edit,) = add_all(scope, (match,), until, reason, by=by, at=at)
    return edit


def add_all(
    scope: Scope, matches: Iterable[Match], until: datetime, reason: str, *, by: str, at: datetime
) -> tuple[Edit, ...]:
    """Silence several things alike, from now on: a silence for each, as `add` makes one."""
    edits = tuple(_added(scope, one, until, reason, by=by, at=at) for one in matches)
    decide_anew(scope, at)
    return edits


def end(scope: Scope, number: int, *, by: str, at: datetime) -> Edit:
    """End a silence now: what opened under it and still holds is told.

    Raises:
        UnknownError: there is none of this number, or it has ended.
    """
    query = scope.select(silences).where(silences.c.id == number, silences.c.until > at)
    row = scope.row(query)
    if row is None:
        raise UnknownError.of("silence", number)
    rows = scope.update(silences).where(silences.c.id == number)
    scope.execute(rows.values(until=at, ended_by=by[:254]))
    decide_anew(scope, at)
    return Edit(
        did=Did.CHANGED,
        kind="silence",
        subject=f"silence {number}",
        id=number,
        before={"until": row["until"]},
        after={"until": at},
    )


def _added(
    scope: Scope, match: Match, until: datetime, reason: str, *, by: str, at: datetime
) -> Edit:
    owners.check_there(scope, match.owners, "the silence", "owners")
    if until - at > LONGEST:
        raise InputError(
            f"a silence of {(until - at).days} days",
            expected=f"{LONGEST.days} at most",
            next_step="write a rule that ignores what nobody wants to hear",
        )
    silence = Silence(
        id=token_hex(8), match=match, since=at, until=until, reason=short(reason), by=by
    )
    number = scope.add(
        silences,
        definition=written(silence),
        reason=silence.reason,
        created_by=by[:254],
        created_at=at,
        until=until,
    )
    after = {"until": until, "reason": silence.reason, "match": str(match)}
    return Edit(did=Did.ADDED, kind="silence", subject=f"silence {number}", id=number, after=after)


def _known(row: RowMapping) -> KnownSilence:
    silence = silence_of(row["definition"])
    return KnownSilence(row["id"], silence, ends=row["until"], ended_by=row["ended_by"])
