"""Judging: what releases in the field make of what an endpoint shows, and what is to be told.

Driven by `endpoints.judge_at`: a change, a new release or a plan sets it to now, and a judgement to
the next date on which it could come out otherwise. A judge leases what it takes, so that one who
dies leaves it to others; judging twice writes the same. All work is done between two short
transactions, for on SQLite a writer keeps all others waiting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, select

from keypin.alerts import Signal
from keypin.diagnose import recognise
from keypin.findings import Finding
from keypin.probe.verdicts import Verdicts
from keypin.rotation.forecast import Forecast
from keypin.rotation.forecast_rows import forecast_host
from keypin.watch.inventory.chains import Chains
from keypin.watch.inventory.field import Field, Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.jumps import SLACK
from keypin.watch.probing import signs, standing
from keypin.watch.probing.apart import apart
from keypin.watch.probing.court import Court, Verdict
from keypin.watch.probing.planned import Planned
from keypin.watch.probing.said import said_of
from keypin.watch.probing.standing import Said, Standing
from keypin.watch.probing.telling import Told, tell_all
from keypin.watch.probing.timing import next_due
from keypin.watch.probing.trust import Trust
from keypin.watch.probing.used import used_releases
from keypin.watch.store import Database
from keypin.watch.store.tables import endpoints, pin_sets, verdicts

# Endpoints in one turn: few enough that the first is told of within seconds.
MOST = 100

LEASE = timedelta(seconds=60)

# Whatever dates a chain has, trust stores and tables of known CAs change too.
_DAILY = timedelta(days=1)

# When what could not be judged is tried again.
_LATER = timedelta(hours=1)

_WRITTEN = ("outcome", "pin", "position", "matched", "why", "judged_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found out about an endpoint.

    Attributes:
        standing: the endpoint, and what it shows.
        verdicts: of each pin set that pins it, on each chain.
        signals: what is to be told.
        said: what lists say of it.
        again_at: when it must be judged again at the latest.
        sure: whether anything is known; else what was said before stays.
    """

    standing: Standing
    verdicts: tuple[Verdict, ...]
    signals: tuple[Signal, ...]
    said: Said
    again_at: datetime
    sure: bool = True


class Judge:
    """Judges endpoints; one for each thread.

    Args:
        database: where they stand.
        trust: the anchors.
    """

    def __init__(self, database: Database, trust: Trust) -> None:
        self._database = database
        self._trust = trust
        self._court = Court(trust.anchors, trust.public)
        self._chains = Chains()
        self._fields = Fields(Shelf())
        self._verdicts = Verdicts(trust.anchors)
        self._left: Sequence[int] = ()

    def turn(self, at: datetime, most: int = MOST) -> int:
        """Judge what is due, and return how many endpoints that were."""
        with self._database.begin_across() as connection:
            if self._left:  # the turn before ended in its middle, as without a database
                _put_off(connection, self._left, at)
            self._left = leased = _claim(connection, at, most)
        if leased:
            failed = apart(
                leased,
                lambda some: self.write(self.find(some, at), at, leased_until=at + LEASE),
            )
            self._leave(failed, at)
        self._left = ()
        return len(leased)

    def _leave(self, failed: Sequence[int], at: datetime) -> None:
        """Judge again in an hour what could not be judged: perhaps by a later version."""
        if failed:
            with self._database.begin_across() as connection:
                _put_off(connection, failed, at + _LATER)

    def recall(self, at: datetime, *, everything: bool = False) -> None:
        """Have judged now what a clock that was ahead has put off, or everything."""
        table = endpoints.c
        unjudged = (table.changed_at > table.judged_at) | table.judged_at.is_(None)
        ahead = unjudged | (table.judged_at > at + SLACK)
        put_off = endpoints.update().where(table.judge_at > at + 2 * LEASE)
        with self._database.begin_across() as connection:
            found = put_off if everything else put_off.where(ahead)
            connection.execute(found.values(judge_at=at))

    def judge(self, numbers: Sequence[int], at: datetime) -> tuple[Judged, ...]:
        """Judge endpoints now, whenever they are due, and write what was found."""
        found = self.find(numbers, at)
        self.write(found, at)
        return found

    def find(self, numbers: Sequence[int], at: datetime) -> tuple[Judged, ...]:
        """Find out what is to be said of endpoints."""
        with self._database.read_across() as connection:
            found = standing.read(
                connection, numbers, chains=self._chains, verdicts=self._verdicts, at=at
            )
            around = {
                one: (
                    self._fields.read(connection, one),
                    Planned.read(connection, one, self._chains),
                )
                for one in {each.organisation for each in found}
            }
        return tuple(self._judged(one, *around[one.organisation], at) for one in found)

    def write(
        self, judged: Sequence[Judged], at: datetime, *, leased_until: datetime | None = None
    ) -> None:
        """Write what was found out.

        Args:
            judged: what it is.
            at: now.
            leased_until: the due time that our lease wrote; what is due at another time by now
                changed meanwhile, and stays due.
        """
        with self._database.begin_across() as connection:
            tell_all(connection, [_told(one) for one in judged if one.sure], at)
            _write(connection, judged, at, leased_until)

    def _judged(self, one: Standing, field: Field, planned: Planned, at: datetime) -> Judged:
        if one.doubtful and not one.chains:
            return _unsure(one, at)
        host = one.about.endpoint.host
        pinning = field.pinning.of(host)
        found = tuple(
            verdict
            for chain in one.chains.items()
            for verdict in self._court.verdicts(
                host, ((number, field.pin_set(number)) for number in pinning), chain, one.before, at
            )
        )
        forecast = self._forecast(one, field, pinning, planned, at)
        signals = self._signals(one, field, found, forecast, at)
        return Judged(
            standing=one,
            verdicts=found,
            signals=signals,
            said=said_of(one, field, found, signals),
            again_at=_again(one, forecast, at),
        )

    def _forecast(
        self,
        one: Standing,
        field: Field,
        pinning: Iterable[int],
        planned: Planned,
        at: datetime,
    ) -> Forecast:
        host = one.about.endpoint.host
        rows = forecast_host(
            host,
            used_releases(field, pinning),
            served=one.chains.values(),
            planned=planned.of(host),
            trust=self._trust.anchors,
            at=at,
        )
        return Forecast(at, rows)

    def _signals(
        self,
        one: Standing,
        field: Field,
        found: tuple[Verdict, ...],
        forecast: Forecast,
        at: datetime,
    ) -> tuple[Signal, ...]:
        about = one.about
        owners = {release.application: release.owner for release in field.releases}
        foreseen = tuple(signs.of_forecast(about, forecast, owners, one.shown))
        recognised = self._recognised(one, at) if one.chains else ()
        signals = (
            *foreseen,
            *signs.of_findings(about, recognised, beside=foreseen),
            *signs.of_reports(about, found, field.by_pin_set),
            *signs.of_failures(about, one.shown, whole=not one.chains),
        )
        return tuple({signal.fingerprint: signal for signal in reversed(signals)}.values())

    def _recognised(self, one: Standing, at: datetime) -> tuple[Finding, ...]:
        """Return what stands behind an observation; that an own CA is private is no news."""
        found = recognise(one.shown, public_roots=self._trust.public, at=at)
        own = self._trust.own
        if own is None or any(chain.root not in own for chain in one.shown.chains):
            return found
        return tuple(finding for finding in found if finding.id != "private-root")


def _unsure(one: Standing, at: datetime) -> Judged:
    """Return that nothing is known yet: what was said before stays."""
    return Judged(
        standing=one,
        verdicts=(),
        signals=(),
        said=one.said,
        again_at=at + _DAILY,
        sure=False,
    )


def _told(one: Judged) -> Told:
    about = one.standing.about
    return Told(
        organisation=one.standing.organisation,
        id=about.id,
        endpoint=about.endpoint,
        signals=one.signals,
    )


def _again(one: Standing, forecast: Forecast, at: datetime) -> datetime:
    """Return the next moment at which something could be said otherwise, a day from now at most."""
    moments = [row.at for row in forecast.rows]
    moments += [row.at - signs.SOON for row in forecast.rows]
    for chain in one.chains.values():
        end = chain[0].not_after
        moments += [end - timedelta(days=days) for days, _ in signs.DAYS]
    daily = next_due(one.about.id, _DAILY, at)
    return min([daily, *(moment for moment in moments if moment > at)])


def _claim(connection: Connection, at: datetime, most: int) -> list[int]:
    """Return endpoints that are to be judged, the longest due first, and lease them."""
    due = select(endpoints.c.id).where(endpoints.c.judge_at <= at).order_by(endpoints.c.judge_at)
    query = due.limit(most).with_for_update(skip_locked=True)
    numbers = list(connection.execute(query).scalars())
    if numbers:
        _put_off(connection, numbers, at + LEASE)
    return numbers


def _put_off(connection: Connection, numbers: Sequence[int], until: datetime) -> None:
    ours = endpoints.update().where(endpoints.c.id.in_(numbers))
    connection.execute(ours.values(judge_at=until))


def _there(connection: Connection, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows whose endpoint and pin set nobody removed meanwhile."""
    kept = {
        table.name: set(
            connection.execute(
                select(table.c.id).where(table.c.id.in_({row[column] for row in rows}))
            ).scalars()
        )
        for table, column in ((endpoints, "endpoint"), (pin_sets, "pin_set"))
    }
    return [
        row
        for row in rows
        if row["endpoint"] in kept["endpoints"] and row["pin_set"] in kept["pin_sets"]
    ]


def _row(one: Judged, at: datetime, leased_until: datetime | None) -> dict[str, object]:
    return {
        "number": one.standing.about.id,
        "worst": one.said.state.value,
        "refusing": one.said.refused,
        "signer": one.said.issuer,
        "expires": one.said.expires_at,
        "now": at,
        "leased": leased_until,
        "again": one.again_at,
    }


def _write(
    connection: Connection, judged: Sequence[Judged], at: datetime, leased_until: datetime | None
) -> None:
    rows = [
        verdict.row(one.standing.organisation, one.standing.about.id, at)
        for one in judged
        for verdict in one.verdicts
    ]
    key = ("endpoint", "chain", "pin_set")
    insert_or_change(connection, verdicts, _there(connection, rows), key=key, change=_WRITTEN)
    due = endpoints.c.judge_at
    undisturbed = due.is_(None) | (due == bindparam("leased"))
    change = endpoints.update().where(endpoints.c.id == bindparam("number"))
    change = change.values(
        state=bindparam("worst"),
        refused=bindparam("refusing"),
        issuer=bindparam("signer"),
        expires_at=bindparam("expires"),
        judged_at=bindparam("now"),
        judge_at=case((undisturbed, bindparam("again", type_=due.type)), else_=due),
    )
    connection.execute(change, [_row(one, at, leased_until) for one in judged])
