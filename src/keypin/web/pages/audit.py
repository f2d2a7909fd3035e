"""The page Audit log: who changed what, and whether the chain of entries is whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from sqlalchemy import RowMapping, or_
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.watch.people import audit
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Database, Scope
from keypin.watch.store.tables import audit_log
from keypin.web.pages import audit_told
from keypin.web.pages.desk import Desk, Somebody, shows
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids, Listing, Shape
from keypin.web.views.audit import AuditRow, AuditView
from keypin.web.views.parts import State, Tone
from keypin.web.views.table import Column
from keypin.web.words import ago

SHAPE: Shape[AuditRow] = Shape(
    key="audit",
    title="Changes",
    columns=(
        Column("at", "When"),
        Column("who", "Who"),
        Column("action", "What"),
        Column("subject", "To what"),
        Column("network", "From"),
        Column("", "Entry"),
    ),
    default="-at",
    hint="who, what or to what",
    header=("when", "who", "what", "to what", "detail", "from", "entry", "digest"),
    cells=lambda row: (
        row.at,
        row.who,
        row.action,
        row.subject,
        row.detail,
        row.network,
        row.number,
        row.digest,
    ),
)
_SORTS = {
    "at": (audit_log.c.at,),
    "who": (audit_log.c.actor, audit_log.c.at),
    "action": (audit_log.c.action, audit_log.c.at),
    "subject": (audit_log.c.subject, audit_log.c.at),
    "network": (audit_log.c.network, audit_log.c.at),
}

# Reading a long log whole takes seconds; what was found holds for a while.
_HOLDS = timedelta(minutes=10)

# Seconds that a page waits for it.
_PATIENCE = 0.05


class _Verification:
    """One reading of an organisation's chain of entries, in a thread of its own."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.done = Event()
        self._broken: audit.Broken | None = None

    def run(self, database: Database, organisation: int) -> None:
        """Read the chain whole."""
        with database.read(organisation) as scope:
            self._broken = audit.verify(scope.connection, organisation)
        self.done.set()

    def state(self, at: datetime) -> State:
        """Return what was found, or that it is not known yet."""
        if not self.done.is_set():
            return State(Tone.NOTE, "The entries are being verified; load the page anew.")
        if self._broken is not None:
            return State(Tone.BAD, f"The log was tampered with: {self._broken}.")
        when = ago(self.at, at)
        return State(Tone.GOOD, f"Every entry follows from those before it; verified {when}.")


class Audit:
    """The audit log.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._verified: dict[int, _Verification] = {}
        self._lock = Lock()

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/audit", self.show, May.READ_AUDIT),
            shows("/audit.csv", self.csv, May.READ_AUDIT),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        asked = SHAPE.asked(visit.request.query_params)
        with visit.read() as scope:
            table = _LISTING.page(scope, asked, Links.of(visit).to("/audit"))
        view = AuditView(table=table, intact=self._intact(visit))
        return self._desk.show(visit, "audit", view)

    def csv(self, visit: Somebody) -> Response:
        """Send all of it."""
        asked = SHAPE.asked(visit.request.query_params)
        return _LISTING.csv(visit.core.database, visit.identity.organisation, asked)

    def _intact(self, visit: Somebody) -> State:
        """Return whether every entry follows from those before it, as it was last verified.

        A long log takes seconds to read whole: it is read beside the page, which waits a moment.
        """
        organisation = visit.identity.organisation
        with self._lock:
            known = self._verified.get(organisation)
            if known is None or not timedelta() <= visit.at - known.at < _HOLDS:
                known = _Verification(visit.at)
                self._verified[organisation] = known
                begun = Thread(target=known.run, args=(visit.core.database, organisation))
                begun.start()
        known.done.wait(_PATIENCE)
        return known.state(visit.at)


def _ids(scope: Scope, query: str) -> Ids:
    found = scope.select(audit_log.c.id).where(audit_log.c.organisation == scope.organisation)
    if not query:
        return found
    texts = audit_log.c.actor, audit_log.c.action, audit_log.c.subject
    return found.where(or_(*(one.icontains(query, autoescape=True) for one in texts)))


def _rows(scope: Scope, numbers: Sequence[int]) -> list[AuditRow]:
    mine = audit_log.c.organisation == scope.organisation
    query = scope.select(audit_log).where(mine, audit_log.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    names = audit_told.Names.of(scope, (row["detail"] for row in found.values()))
    return [_row(found[number], names) for number in numbers if number in found]


def _row(row: RowMapping, names: audit_told.Names) -> AuditRow:
    return AuditRow(
        at=row["at"],
        who="the service itself" if row["actor"] == audit.SERVICE.name else row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=tuple(audit_told.lines(row["detail"], names)),
        network=row["network"],
        number=row["id"],
        digest=row["digest"].hex(),
    )


_LISTING = Listing(shape=SHAPE, ids=_ids, sorts=_SORTS, number=audit_log.c.id, rows=_rows)
