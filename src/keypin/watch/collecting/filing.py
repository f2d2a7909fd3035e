"""Parcels of reports into the tables: groups that grow, single reports, and counts by the minute.

Everything happens in the transaction that takes the batches out of the intake. On PostgreSQL one
machine at a time makes an application's groups and has them grow, so that none is made twice or
grows in two places; single reports of a group that is there are filed before, beside each other.
Strangers can name any host: there is an end to their groups, behind which they are one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select

from keypin.reports import Arrival, Group, GroupKey, Seen, dumps, loads
from keypin.watch.collecting.filing_counts import Sightings, add_counts
from keypin.watch.collecting.parcels import Parcels, text
from keypin.watch.inventory import chains
from keypin.watch.inventory.portions import portions
from keypin.watch.store.tables import (
    applications,
    report_counts,
    report_groups,
    reports,
)

MOST_GROUPS = 2000
"""Groups of one application; what makes more is filed under `OTHERS`."""

# RFC 2606: nobody has this host.
OTHERS = GroupKey("", "others.invalid", "none", "")

UNJUDGED = "unjudged"
"""The classification of a group that was never looked at."""

REST = timedelta(seconds=5)
"""A group that grows is judged no more often than this."""

# Says which advisory locks of PostgreSQL are ours: any number that nobody else uses.
_LOCKS = 0x6B70

_Parcel = tuple[GroupKey, Sequence[Arrival]]


def file(connection: Connection, parcels: Parcels, at: datetime) -> None:
    """File parcels; those of applications that are gone are dropped with them.

    Args:
        connection: the transaction that took them out of the intake.
        parcels: what came in.
        at: now.
    """
    query = select(applications.c.id, applications.c.organisation)
    known = query.where(applications.c.id.in_(parcels.applications)).order_by(applications.c.id)
    # From now on none is removed: whoever wants to waits, before anybody can wait for them.
    known = known.with_for_update(read=True, key_share=True)
    drawers = [
        Drawer(connection, organisation, number, at)
        for number, organisation in connection.execute(known).all()
    ]
    ours = parcels.by_application()
    filed = [one.single(ours[one.application]) for one in drawers]
    for one, already in zip(drawers, filed, strict=True):
        mine = ours[one.application]
        one.lock()
        one.reports(mine, already)
        sightings = Sightings(connection, one.organisation, one.application)
        sightings.add(_seen(parcels, one.application, mine))


def _seen(parcels: Parcels, application: int, mine: Sequence[_Parcel]) -> Iterator[Seen]:
    """Yield what was seen of an application's releases."""
    for (of, version, day), count in parcels.check_ins.items():
        if of == application:
            yield Seen(version, day, check_ins=count)
    for _, arrivals in mine:
        named = Counter((one.report.version or "", one.at.date()) for one in arrivals)
        for (named_version, day), count in named.items():
            if named_version:
                yield Seen(text(named_version), day, reports=count)


@dataclass(frozen=True, slots=True)
class Drawer:
    """Where one application's are filed."""

    connection: Connection
    organisation: int
    application: int
    at: datetime

    def lock(self) -> None:
        """Keep other machines out until the transaction ends."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(select(func.pg_advisory_xact_lock(_LOCKS, self.application)))

    def single(self, parcels: Sequence[_Parcel]) -> frozenset[str]:
        """File the single reports of groups that are there, which needs no lock.

        Returns:
            The fingerprints of those groups.
        """
        query = select(report_groups.c.fingerprint, report_groups.c.id).where(*self._here)
        numbers: dict[str, int] = {}
        for some in portions({key.id for key, _ in parcels} - {OTHERS.id}):
            chosen = query.where(report_groups.c.fingerprint.in_(some))
            numbers |= {row.fingerprint: row.id for row in self.connection.execute(chosen)}
        self._add((numbers[key.id], each) for key, each in parcels if key.id in numbers)
        return frozenset(numbers)

    def reports(self, parcels: Sequence[_Parcel], filed: Collection[str] = ()) -> None:
        """File reports, and have their groups judged.

        Args:
            parcels: the reports by their groups.
            filed: the fingerprints of groups whose single reports are filed already.
        """
        if not parcels:
            return
        before = self._before(key for key, _ in parcels)
        parcels = self._bounded(parcels, before)
        numbers = {key: row.id for key, row in before.items()}
        numbers |= self._insert([one for one in parcels if one[0].id not in before])
        self._grow([(one, before[one[0].id]) for one in parcels if one[0].id in before])
        self._add((numbers[key.id], each) for key, each in parcels if key.id not in filed)
        self._count((numbers[key.id], each) for key, each in parcels)

    @property
    def _ours(self) -> dict[str, int]:
        return {"organisation": self.organisation, "application": self.application}

    def _before(self, keys: Iterable[GroupKey]) -> dict[str, Any]:
        """Return the rows of groups that are there, by their fingerprints."""
        query = select(report_groups).where(*self._here)
        found: dict[str, Any] = {}
        for some in portions({OTHERS.id, *(key.id for key in keys)}):
            # By number within an application, as the judge locks them.
            chosen = query.where(report_groups.c.fingerprint.in_(some)).order_by(report_groups.c.id)
            chosen = chosen.with_for_update(key_share=True)
            found |= {row.fingerprint: row for row in self.connection.execute(chosen)}
        return found

    def _bounded(self, parcels: Sequence[_Parcel], before: Mapping[str, Any]) -> list[_Parcel]:
        """Return the parcels, those of too many groups as one."""
        query = select(func.count()).where(*self._here)
        room = max(MOST_GROUPS - (self.connection.execute(query).scalar() or 0), 0)
        fresh = [one for one in parcels if one[0].id not in before]
        if len(fresh) <= room:
            return list(parcels)
        kept = [one for one in parcels if one[0].id in before and one[0] != OTHERS]
        others = [one for one in parcels if one[0] == OTHERS]  # as a stranger may call a host
        fresh = [one for one in fresh if one[0] != OTHERS]
        rest = [arrival for _, each in (*others, *fresh[room:]) for arrival in each]
        return [*kept, *fresh[:room], (OTHERS, rest)]

    def _insert(self, parcels: Sequence[_Parcel]) -> dict[str, int]:
        rows = [self._new(Group.of(key, arrivals)) for key, arrivals in parcels]
        if not rows:
            return {}
        statement = insert(report_groups).returning(report_groups.c.fingerprint, report_groups.c.id)
        found = self.connection.execute(statement, rows)
        return {row.fingerprint: row.id for row in found}

    def _new(self, group: Group) -> dict[str, object]:
        certificates = group.sample.certificates
        digest = chains.digest_of(certificates) if certificates else None
        if digest is not None:
            chains.keep(self.connection, {digest: certificates})
        return {
            **self._ours,
            "fingerprint": group.key.id,
            "host": group.key.host,
            "classification": UNJUDGED,
            "severity": "note",
            "message": "",
            "document": {},
            "folded": dumps(group),
            "chain": digest,
            "first_at": group.first,
            "last_at": group.last,
            "count": group.count,
            **_commonest(group),
            "judge_at": self.at,
        }

    def _grow(self, parcels: Sequence[tuple[_Parcel, Any]]) -> None:
        rows: list[dict[str, object]] = []
        for (key, arrivals), row in parcels:
            group = loads(Group, row.folded).merge(Group.of(key, arrivals))
            rested = row.judged_at + REST if row.judged_at else self.at
            # No later than a rest from now: a clock that was set back would put it off for long.
            due = min(max(self.at, rested), self.at + REST)
            rows.append(
                {
                    "number": row.id,
                    "new_folded": dumps(group),
                    "new_first": group.first,
                    "new_last": group.last,
                    "new_count": group.count,
                    **{f"new_{name}": value for name, value in _commonest(group).items()},
                    "new_due": min(due, row.judge_at or due),
                }
            )
        if rows:
            change = report_groups.update().where(report_groups.c.id == bindparam("number"))
            change = change.values(
                folded=bindparam("new_folded"),
                first_at=bindparam("new_first"),
                last_at=bindparam("new_last"),
                count=bindparam("new_count"),
                sources=bindparam("new_sources"),
                release=bindparam("new_release"),
                country=bindparam("new_country"),
                judge_at=bindparam("new_due"),
            )
            self.connection.execute(change, rows)

    @property
    def _here(self) -> tuple[ColumnElement[bool], ...]:
        """What is true of the groups of this application."""
        return (
            report_groups.c.organisation == self.organisation,
            report_groups.c.application == self.application,
        )

    def _add(self, parcels: Iterable[tuple[int, Sequence[Arrival]]]) -> None:
        """Add single reports to groups, given by their numbers."""
        if rows := [*self._rows(parcels)]:
            self.connection.execute(insert(reports), rows)

    def _rows(
        self, parcels: Iterable[tuple[int, Sequence[Arrival]]]
    ) -> Iterator[dict[str, object]]:
        for number, arrivals in parcels:
            for one in arrivals:
                report = one.report
                platform = " ".join(filter(None, (report.platform, report.platform_version)))
                yield {
                    **self._ours,
                    "report_group": number,
                    "received_at": one.at,
                    "occurred_at": report.occurred_at,
                    "form": report.form.value,
                    "host": report.host,
                    "version": text(report.version) if report.version else None,
                    "platform": text(platform) or None,
                    "network": one.network,
                    "country": one.country,
                    "source": one.source,
                }

    def _count(self, parcels: Iterable[tuple[int, Sequence[Arrival]]]) -> None:
        counts = Counter(
            (number, one.at.replace(second=0, microsecond=0))
            for number, arrivals in parcels
            for one in arrivals
        )
        rows = [
            {**self._ours, "report_group": number, "minute": minute, "count": count}
            for (number, minute), count in sorted(counts.items())
        ]
        add_counts(self.connection, report_counts, rows, ("report_group", "minute"))


def _commonest(group: Group) -> dict[str, object]:
    """Return what a list of groups is sorted by, of what is folded."""
    release, country = (
        tally.top[0][0] if tally.counts else "" for tally in (group.releases, group.countries)
    )
    return {
        "sources": group.sources.distinct,
        "release": text(release),
        "country": country,
    }
