"""Alerts as rows of pages."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, or_

from keypin.alerts import Alert, Signal, Silence
from keypin.alerts import State as Kept
from keypin.alerts.silence import silencing
from keypin.watch.alerting import silences
from keypin.watch.alerting.documents import alert_of
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids
from keypin.web.views.alerts import AlertRow
from keypin.web.views.parts import Link, State, Tone
from keypin.web.views.users import NOBODY, Hit, Users

STATES: Mapping[Kept, State] = {
    Kept.PENDING: State(Tone.NOTE, "waiting"),
    Kept.OPEN: State(Tone.BAD, "open"),
    Kept.ACKNOWLEDGED: State(Tone.WARNING, "taken care of"),
    Kept.RESOLVED: State(Tone.GOOD, "resolved"),
}
SILENCED = State(Tone.QUIET, "silenced")

_PERCENT = re.compile(r"(less than )?(\d{1,3})%")
_FEW = 0.005
_WHOSE = re.compile(r"users of ([a-z0-9-]+)(?: |,|$)")


def ids(state: Kept, query: str, scope: Scope) -> Ids:
    """Return the numbers of the alerts in a state that hold a text."""
    found = scope.select(alerts.c.id).where(alerts.c.state == state.value)
    if not query:
        return found
    texts = alerts.c.title, alerts.c.subject, alerts.c.owner, alerts.c.finding
    return found.where(or_(*(one.icontains(query, autoescape=True) for one in texts)))


def rows(scope: Scope, numbers: Sequence[int], links: Links, at: datetime) -> list[AlertRow]:
    """Return alerts as rows, in the order of their numbers."""
    query = scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    quiet = [one.silence for one in silences.listed(scope, at)]
    return [row_of(found[one], quiet, links, at) for one in numbers if one in found]


def row_of(row: RowMapping, quiet: Sequence[Silence], links: Links, at: datetime) -> AlertRow:
    """Return an alert as a row.

    Args:
        row: of `alerts`, with its document.
        quiet: the silences that have not ended.
        links: of the organisation.
        at: now.
    """
    alert = alert_of(row["document"])
    signal = alert.signal
    return AlertRow(
        number=row["id"],
        href=links.to(f"/alerts/{row['id']}"),
        severity=alert.severity,
        title=signal.title,
        subject=Link(signal.subject.key, links.to(signal.link)),
        since=alert.since,
        state=state_of(alert, quiet, at),
        owner=signal.owner or "",
        next_step=signal.next_step,
        affected=affected(signal),
        count=1 + alert.flaps,
    )


def state_of(alert: Alert, quiet: Sequence[Silence], at: datetime) -> State:
    """Return how an alert is; one that is silenced says so while it is there."""
    if alert.state is not Kept.RESOLVED and silencing(alert.signal, quiet, at) is not None:
        return SILENCED
    return STATES[alert.state]


def affected(signal: Signal) -> Users:
    """Return whom a signal tells of, application by application."""
    said = dict(signal.facts).get("hits", "")
    return Users(tuple(map(_hit, said.split("; ")))) if said else NOBODY


def _hit(said: str) -> Hit:
    """Return what `rotation.forecast_share.Hit` says of one application."""
    whose = _WHOSE.search(said)
    share = _PERCENT.search(said)
    return Hit(
        application=whose[1] if whose else "",
        share=None if share is None else _FEW if share[1] else int(share[2]) / 100,
        least=share is not None and "is not known" in said,
    )
