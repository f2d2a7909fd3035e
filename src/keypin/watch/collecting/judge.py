"""What each group of reports is, and whether it is a burst that somebody must be told of.

Driven by `report_groups.judge_at`, which the sorter sets when a group grows. A judge leases what it
takes, as the one of endpoints does (`keypin.watch.probing.judging`): one who dies leaves it to
others, and judging twice says the same.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, case, select

from keypin.alerts import Signal, Subject
from keypin.findings import Severity
from keypin.reports import BurstState, Classification, Group, classify, dumps, loads
from keypin.watch.alerting.signals import tell
from keypin.watch.collecting import bursts
from keypin.watch.collecting.bursts import BURST, Bursting
from keypin.watch.collecting.evidence import Evidence
from keypin.watch.collecting.knowing import mark_of, outgrow
from keypin.watch.collecting.parcels import text
from keypin.watch.collecting.pressure import PRESSURE
from keypin.watch.core import Core
from keypin.watch.jumps import SLACK, Jumps
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, owners, report_groups
from keypin.watch.store.tables.base import Moment

# Groups in one turn, and for how long they are leased.
MOST = 10
LEASE = timedelta(seconds=60)

# Groups of a turn in a storm.
_FEW = 3

# What probes see and releases pin changes what a group is, though no report comes.
_AGAIN = timedelta(hours=1)
_LIVELY = timedelta(days=1)

_REST = 1.0

# Characters of a line that are kept; certificates hold names of any length.
_LINE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found out about a group.

    Attributes:
        row: the group, as it was, with its application.
        found: what it is.
        burst: whether it is a burst.
        at: when.
    """

    row: RowMapping
    found: Classification
    burst: Bursting
    at: datetime

    @property
    def marked(self) -> bool:
        """Whether somebody marked it as known, and that has not ended."""
        mark = mark_of(self.row)
        return mark is not None and mark.holds(self.at)

    @property
    def outgrown(self) -> bool:
        """Whether it is worse than what was marked."""
        mark = mark_of(self.row)
        return mark is not None and mark.holds(self.at) and not mark.of.covers(self.found)

    @property
    def alarming(self) -> bool:
        """Whether somebody must be told: a burst of what is only a note is noise."""
        known = self.marked and not self.outgrown
        return (
            self.burst.since is not None and self.found.severity is not Severity.NOTE and not known
        )

    @property
    def again_at(self) -> datetime | None:
        """When it must be looked at again though nothing comes in."""
        moments: list[datetime] = []
        if self.burst.since is not None:
            moments.append(bursts.start_of(self.at) + bursts.RULE.width + bursts.SETTLED)
        elif self.row["last_at"] > self.at - _LIVELY:
            moments.append(self.at + _AGAIN)
        if self.marked and self.row["known_until"] is not None:
            moments.append(self.row["known_until"])
        return min(moments, default=None)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What is to be told: that a burst began or ended, its stretches, another reason."""
        told, row = self.row["burst_since"] is not None, self.row
        if not self.alarming:
            return (self._signal(holds=False),) if told else ()
        another = row["classification"] != self.found.id or row["severity"] != self.found.severity
        further = row["burst"] != dumps(self.burst.state)
        return (self._signal(holds=True),) if not told or another or further else ()

    def _signal(self, *, holds: bool) -> Signal:
        row, found = self.row, self.found
        title = f"{row['application_name']} is refused at {row['host']}: {found.message}"
        return Signal(
            id=BURST,
            severity=found.severity,
            subject=Subject("reports", f"{row['application_name']} at {row['host']}"),
            title=text(title, _LINE),
            application=row["application_name"],
            owner=row["owner"],
            tags=tuple(row["tags"]),
            evidence=_lines(found.evidence),
            facts=(
                ("classification", found.id),
                ("benign", {True: "yes", False: "no", None: "unknown"}[found.benign]),
                ("reports", str(row["count"])),
                ("peak", str(self.burst.peak)),
            ),
            next_step=text(found.next_step, _LINE),
            link=f"/reports/{row['id']}",
            distinct=row["fingerprint"],
            holds=holds,
        )

    def values(self) -> dict[str, Any]:
        """Return what is written of it."""
        found = self.found
        return {
            "number": self.row["id"],
            "whose": self.row["organisation"],
            "new_id": found.id,
            "new_severity": found.severity.value,
            "new_benign": found.benign,
            "new_message": text(found.message, _LINE),
            "new_document": {
                "evidence": list(_lines(found.evidence)),
                "next_step": text(found.next_step, _LINE),
            },
            "new_burst": dumps(self.burst.state),
            "new_since": self.burst.since if self.alarming else None,
            "now": self.at,
            "again": self.again_at,
            "leased": self.row["leased_until"],
        }


class GroupJudge:
    """Judges groups; one for each process.

    Args:
        core: the installation.

    Raises:
        InputError: the file of roots that the settings name cannot be read.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._evidence = Evidence(core)

    def turn(self, most: int = MOST) -> int:
        """Judge what is due, so many groups at most, and return how many that were."""
        at = self._core.clock()
        with self._core.database.begin_across() as connection:
            numbers = _claim(connection, at, most)
        if numbers:
            with self._core.database.read_across() as connection:
                judged = [
                    self._judge(connection, {**row, "leased_until": at + LEASE}, at)
                    for row in _rows(connection, numbers)
                ]
            for organisation in sorted({one.row["organisation"] for one in judged}):
                ours = [one for one in judged if one.row["organisation"] == organisation]
                self._write(organisation, ours, at)
        return len(numbers)

    def run(self, stop: threading.Event) -> None:
        """Judge until told to stop; in a storm, taking reports comes first."""
        jumps = Jumps(self._core.clock)
        self.recall(self._core.clock())
        while not stop.is_set():
            begun = monotonic()
            if jumps.back():
                self.recall(self._core.clock(), everything=True)
            done = self.turn(_FEW if PRESSURE.busy() else MOST)
            stop.wait(PRESSURE.rest(monotonic() - begun) if done else _REST)

    def recall(self, at: datetime, *, everything: bool = False) -> None:
        """Have judged now what a clock that was ahead has put off.

        Args:
            at: now.
            everything: whatever is to be judged later; else what was judged in the time to come.
        """
        later = report_groups.update().where(report_groups.c.judge_at > at + 2 * LEASE)
        if not everything:
            later = later.where(report_groups.c.judged_at > at + SLACK)
        with self._core.database.begin_across() as connection:
            connection.execute(later.values(judge_at=at))

    def _judge(self, connection: Connection, row: Any, at: datetime) -> Judged:  # noqa: ANN401
        group = loads(Group, row["folded"])
        facts = self._evidence.facts(
            connection, row["organisation"], row["application"], row["host"]
        )
        state = loads(BurstState, row["burst"]) if row["burst"] else BurstState()
        burst = bursts.look(connection, row["id"], state, at)
        return Judged(row=row, found=classify(group, facts), burst=burst, at=at)

    def _write(self, organisation: int, judged: Sequence[Judged], at: datetime) -> None:
        """Write what was found and tell it, both or neither."""
        undisturbed = report_groups.c.judge_at == bindparam("leased")
        again = bindparam("again", type_=Moment)
        with self._core.database.begin(organisation) as scope:
            judged = _as_read(scope, judged)
            change = (
                scope.update(report_groups)
                .where(report_groups.c.id == bindparam("number"))
                .values(
                    classification=bindparam("new_id"),
                    severity=bindparam("new_severity"),
                    benign=bindparam("new_benign"),
                    message=bindparam("new_message"),
                    document=bindparam("new_document"),
                    burst=bindparam("new_burst"),
                    burst_since=bindparam("new_since"),
                    judged_at=bindparam("now"),
                    judge_at=case((undisturbed, again), else_=report_groups.c.judge_at),
                )
            )
            if judged:
                scope.connection.execute(change, [one.values() for one in judged])
            for one in judged:
                if one.outgrown:
                    outgrow(scope, one.row, one.found, at)
            tell(scope, [signal for one in judged for signal in one.signals], at)


def _claim(connection: Connection, at: datetime, most: int) -> list[int]:
    """Return groups that are to be judged, the longest due first, and lease them."""
    due = select(report_groups.c.id).where(report_groups.c.judge_at <= at)
    query = due.order_by(report_groups.c.judge_at).limit(most)
    # As the judge writes: what is filed meanwhile refers to a group, and does not keep it.
    query = query.with_for_update(key_share=True, skip_locked=True)
    numbers = list(connection.execute(query).scalars())
    if numbers:
        ours = report_groups.update().where(report_groups.c.id.in_(numbers))
        connection.execute(ours.values(judge_at=at + LEASE))
    return numbers


def _as_read(scope: Scope, judged: Sequence[Judged]) -> Sequence[Judged]:
    """Return those whose mark is as it was read; the others are due again, and judged anew."""
    numbers = [one.row["id"] for one in judged]
    columns = report_groups.c.id, report_groups.c.known_since
    query = scope.select(*columns).where(report_groups.c.id.in_(numbers))
    # As reports are filed: two that lock in one order never wait for each other.
    query = query.order_by(report_groups.c.application, report_groups.c.id)
    rows = scope.rows(query.with_for_update(key_share=True))
    marks = {row["id"]: row["known_since"] for row in rows}
    same = ((one, marks.get(one.row["id"], one.at)) for one in judged)  # at: the group is gone
    return [one for one, since in same if since == one.row["known_since"]]


def _rows(connection: Connection, numbers: Sequence[int]) -> Sequence[RowMapping]:
    of, owner = applications.c, owners.c
    query = (
        select(
            report_groups,
            of.name.label("application_name"),
            of.tags,
            owner.name.label("owner"),
        )
        .join_from(report_groups, applications, of.id == report_groups.c.application)
        .outerjoin(owners, owner.id == of.owner)
        .where(report_groups.c.id.in_(numbers))
        .order_by(of.id, report_groups.c.id)  # as the sorter locks them
    )
    return connection.execute(query).mappings().all()


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(text(one, _LINE) for one in lines)
