"""What was found is looked at again, every minute: it was deployed, or means another thing today.

A certificate that nobody serves yet is judged anew whenever the releases in the field, their
shares of users or the expected issuers are others, and once a day: precertificates stay alone,
certificates expire.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select

from keypin.certs import Certificate
from keypin.watch.alerting.documents import signal_of
from keypin.watch.alerting.signals import clear_others
from keypin.watch.core import Core
from keypin.watch.store.tables import certificates, ct_findings, ct_logs, releases, signals
from keypin.watch.transparency import deployed, expected, names
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.found import Found
from keypin.watch.transparency.signs import FADES, LOG_RULES, PASSING, tell
from keypin.watch.transparency.telling import everybody

DAILY = timedelta(days=1)

# So many certificates are judged in one turn, some seconds' work; the others in the next.
SLICE = 500

# Shares are told anew where they move by one in so many.
_STEPS = 20

# A certificate that expired is looked at once more, to say so.
_AFTER = timedelta(days=2)


class Again:
    """What looks again; one process does in each minute.

    Args:
        core: the installation.
        filing: judges, keeps and tells.
    """

    def __init__(self, core: Core, filing: Filing) -> None:
        self._core = core
        self._database = core.database
        self._filing = filing
        self._revision: tuple[object, ...] = ()
        self._began: datetime | None = None
        # Up to which row all are judged; None: all are.
        self._done: int | None = None

    def turn(self) -> None:
        """Look at all once."""
        at = self._core.clock()
        self._find_deployed(at)
        self._judge(at)
        self._fade(at)

    def _find_deployed(self, at: datetime) -> None:
        with self._database.read_across() as connection:
            found = deployed.newly(connection, at - _AFTER)
        for one in found:
            mine = ct_findings.c.identity == one.identity
            with self._database.begin(one.organisation) as scope:
                scope.execute(scope.update(ct_findings).where(mine).values(deployed_at=one.at))
                tell(scope, scope.rows(scope.select(ct_findings).where(mine)), None, at)

    def _judge(self, at: datetime) -> None:
        with self._database.read_across() as connection:
            revision = (
                *names.revision(connection),
                *expected.revision(connection),
                *_shares(connection),
            )
            if self._is_due(revision, at):
                self._revision, self._began, self._done = revision, at, 0
            if self._done is None:
                return
            rows = _open(connection, self._done, at)
            found = [(row["organisation"], _found(connection, row)) for row in rows]
        for organisation, one in found:
            self._filing.judge(organisation, one, at)
        self._done = rows[-1]["id"] if len(rows) == SLICE else None

    def _is_due(self, revision: tuple[object, ...], at: datetime) -> bool:
        return revision != self._revision or self._began is None or at - self._began >= DAILY

    def _fade(self, at: datetime) -> None:
        """Clear what logs did wrong: what passes when they are read again, all else in a week."""
        for organisation in everybody(self._database):
            with self._database.begin(organisation) as scope:
                raised = scope.select(signals).where(signals.c.holds, signals.c.rule.in_(LOG_RULES))
                rows = scope.rows(raised)
                if rows:
                    heads = _heads(scope.connection)
                    still = [signal_of(row["document"]) for row in rows if _holds(row, heads, at)]
                    clear_others(scope, still, at, ids=LOG_RULES)


def _shares(connection: Connection) -> tuple[object, ...]:
    """Return what is another where a share of users becomes known, or moves by some percent."""
    known = func.coalesce(releases.c.share, releases.c.measured)
    steps = func.sum(func.round(known * _STEPS) * releases.c.id)
    query = select(func.count(known), steps).where(releases.c.retired_at.is_(None))
    return tuple(connection.execute(query).one())


def _holds(row: RowMapping, heads: Mapping[str, datetime], at: datetime) -> bool:
    """Tell whether an alarm of a log holds: what passes does until a later head is read whole."""
    if row["rule"] in PASSING and row["subject"] in heads:
        return bool(heads[row["subject"]] < row["seen_at"])
    return bool(row["seen_at"] > at - FADES)


def _heads(connection: Connection) -> dict[str, datetime]:
    """Return when the heads were signed of the logs that are read to their end, by their names."""
    query = select(ct_logs.c.name, ct_logs.c.head_at).where(ct_logs.c.state == "followed")
    return {row.name: row.head_at for row in connection.execute(query) if row.head_at}


def _open(connection: Connection, done: int, at: datetime) -> list[RowMapping]:
    """Return a row of each certificate that could still do harm, a slice of them."""
    first = (
        select(func.min(ct_findings.c.id).label("number"))
        .where(ct_findings.c.deployed_at.is_(None), ct_findings.c.not_after > at - _AFTER)
        .group_by(ct_findings.c.organisation, ct_findings.c.identity)
        .having(func.min(ct_findings.c.id) > done)
        .order_by("number")
        .limit(SLICE)
        .subquery()
    )
    query = select(ct_findings).join(first, first.c.number == ct_findings.c.id)
    return list(connection.execute(query.order_by(ct_findings.c.id)).mappings())


def _found(connection: Connection, row: RowMapping) -> Found:
    """Return what a row is about, as it was found."""
    digests = [row["certificate"], *(bytes.fromhex(one) for one in row["document"]["chain"])]
    query = select(certificates.c.digest, certificates.c.der)
    kept = {
        digest: Certificate.from_der(der)
        for digest, der in connection.execute(query.where(certificates.c.digest.in_(digests)))
    }
    leaf, *above = digests
    return Found(
        body=row["document"],
        certificate=kept[leaf],
        chain=tuple(kept[one] for one in above if one in kept),
    )
