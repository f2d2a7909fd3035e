"""An organisation's silences: for a while nobody is told of what they match."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import RowMapping

from keypin.alerts import Match, Silence
from keypin.errors import InputError
from keypin.watch.alerting.acting import decide_anew
from keypin.watch.alerting.documents import short, silence_of, written
from keypin.watch.inventory.edit import Did, Edit, UnknownError
from keypin.watch.store import Scope
from keypin.watch.store.tables import silences

# A silence for longer is a rule that ignores.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class KnownSilence:
    """A silence that is kept: its number, and what it is."""

    id: int
    silence: Silence


def listed(scope: Scope, at: datetime, *, over: bool = False) -> tuple[KnownSilence, ...]:
    """Return the silences, the one that ends first first.

    Args:
        scope: a transaction of the organisation.
        at: now.
        over: those as well that have ended.
    """
    query = scope.select(silences).order_by(silences.c.until, silences.c.id)
    return tuple(
        KnownSilence(row["id"], _silence(row))
        for row in scope.rows(query if over else query.where(silences.c.until > at))
    )


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
        InputError: it would end before now or in more than a year, or says nothing.
    """
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
    decide_anew(scope, at)
    after = {"until": until, "reason": silence.reason, "match": str(match)}
    return Edit(did=Did.ADDED, kind="silence", subject=f"silence {number}", id=number, after=after)


def end(scope: Scope, number: int, *, at: datetime) -> Edit:
    """End a silence now: what opened under it and still holds is told.

    Raises:
        UnknownError: there is none of this number, or it has ended.
    """
    query = scope.select(silences).where(silences.c.id == number, silences.c.until > at)
    row = scope.row(query)
    if row is None:
        raise UnknownError.of("silence", number)
    rows = scope.update(silences).where(silences.c.id == number)
    scope.execute(rows.values(until=at))
    decide_anew(scope, at)
    return Edit(
        did=Did.CHANGED,
        kind="silence",
        subject=f"silence {number}",
        id=number,
        before={"until": row["until"]},
        after={"until": at},
    )


def _silence(row: RowMapping) -> Silence:
    """Return a silence; where it was ended before its time, as it was meant."""
    return silence_of(row["definition"])
