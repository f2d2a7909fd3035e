"""The page Alert: what was seen, what to do, who was told, and what people did about it."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import Alert, Signal
from keypin.alerts import State as Kept
from keypin.errors import InputError
from keypin.watch.alerting import acting, silences
from keypin.watch.alerting.documents import alert_of
from keypin.watch.alerting.silences import KnownSilence
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import alerts
from keypin.web.pages import alert_told as told
from keypin.web.pages import alerts_read as reading
from keypin.web.pages import silencing
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import (
    REFUSED,
    Desk,
    Somebody,
    changes,
    done,
    missing,
    number_of,
    shows,
)
from keypin.web.pages.faults import NONE, WHOLE, Faults, faults, shown
from keypin.web.pages.links import Links
from keypin.web.views.alerts import DELIVERIES, AlertView, Evidence
from keypin.web.views.form import Field, Form
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Action, Link, Tone
from keypin.web.words import minute

# A pin at the beginning of a line, and what is said of it.
_PIN = re.compile(r"\s*(sha256/[A-Za-z0-9+/]{43}=):?\s*(.*)")

# How people write what an identifier of a finding has in small letters.
_WRITTEN = {"ca": "CA", "ct": "CT", "dane": "DANE", "dns": "DNS", "scts": "SCTs", "tls": "TLS"}


class OneAlert:
    """The page of one alert.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.WRITE_ALERTS
        return [
            shows("/alerts/{number}", self.show),
            changes("/alerts/{number}/acknowledge", self.acknowledge, may),
            changes("/alerts/{number}/resolve", self.resolve, may),
            changes("/alerts/{number}/silence", self.silence, may),
            changes("/alerts/{number}/unsilence", self.unsilence, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def acknowledge(self, visit: Somebody) -> Response:
        """Take care of it."""
        number, by, note = number_of(visit), visit.identity.actor, visit.text("note")
        try:
            with visit.begin() as scope:
                acting.take_care(scope, number, by=by, at=visit.at, note=note)
        except InputError as error:
            return self._page(visit, {WHOLE: str(error)})
        return done(visit, f"/alerts/{number}", "alert-acknowledged")

    def resolve(self, visit: Somebody) -> Response:
        """Say that it is over."""
        number = number_of(visit)
        try:
            with visit.begin() as scope:
                acting.close(scope, number, by=visit.identity.actor, at=visit.at)
        except InputError as error:
            return self._page(visit, {WHOLE: str(error)})
        return done(visit, f"/alerts/{number}", "alert-closed")

    def silence(self, visit: Somebody) -> Response:
        """Have nobody told of it for a while."""
        number = number_of(visit)
        by, reason = visit.identity.actor.name, visit.text("reason")
        try:
            until = silencing.until(visit)
            with visit.begin() as scope:
                match = silencing.exactly(alert_of(_row(scope, number)["document"]).signal)
                edit = silences.add(scope, match, until, reason, by=by, at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, faults(error))
        return done(visit, f"/alerts/{number}", "alert-silenced")

    def unsilence(self, visit: Somebody) -> Response:
        """End the silences that cover it."""
        number, by = number_of(visit), visit.identity.actor.name
        with visit.begin() as scope:
            alert = alert_of(_row(scope, number)["document"])
            for one in _covering(scope, alert, visit):
                audited(scope, visit, silences.end(scope, one.id, by=by, at=visit.at))
        return done(visit, f"/alerts/{number}", "silence-ended")

    def _page(self, visit: Somebody, wrong: Faults = NONE) -> Response:
        with visit.read() as scope:
            row = _row(scope, number_of(visit))
            covering = _covering(scope, alert_of(row["document"]), visit)
            view = _view(scope, visit, row, covering, wrong)
        status, path = REFUSED if wrong else 200, f"/alerts/{row['id']}"
        notices = tuple(_notice(one, Links.of(visit)) for one in covering)
        return self._desk.show(visit, "alerts", view, status=status, notices=notices, path=path)


def _view(
    scope: Scope,
    visit: Somebody,
    row: RowMapping,
    covering: Sequence[KnownSilence],
    wrong: Faults,
) -> AlertView:
    links, number, alert = Links.of(visit), row["id"], alert_of(row["document"])
    signal = alert.signal
    quiet = [one.silence for one in covering]
    may = visit.identity.may(May.WRITE_ALERTS)
    return AlertView(
        alert=reading.row_of(row, quiet, links, visit.at),
        heading=_heading(signal),
        rule=alert.rule,
        message=f"{signal.title}.",
        cure=signal.next_step,
        evidence=tuple(_evidence(signal.evidence)),
        links=(Link(f"Open {signal.subject.kind}", links.to(signal.link)),),
        actions=_actions(alert, number, links, covering) if may else (),
        care=_care(visit, number, links) if may and alert.state is Kept.OPEN else None,
        silence=shown(_silence(visit, number, links), wrong) if may else None,
        events=told.events(scope, number, alert, visit.at),
        deliveries=DELIVERIES.of(told.deliveries(scope, number, visit.at)),
    )


def _heading(signal: Signal) -> str:
    """Return what was found, and about what: `Chain refused: api.example.com:443`."""
    words = " ".join(_WRITTEN.get(one, one) for one in signal.id.split("-"))
    return f"{words[:1].upper()}{words[1:]}: {signal.subject.key}"


def _evidence(lines: Iterable[str]) -> Iterable[Evidence]:
    """Yield evidence: a line that is set in belongs to the one before it."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(" ") and found:
            found[-1].append(line)
        else:
            found.append([line])
    for first, *others in found:
        yield Evidence(*_pinned(first), tuple(Evidence(*_pinned(one)) for one in others))


def _pinned(line: str) -> tuple[str, str]:
    """Return the pin at the beginning of a line, empty where there is none, and the rest."""
    found = _PIN.match(line)
    return (found[1], found[2]) if found else ("", line.strip())


def _row(scope: Scope, number: int) -> RowMapping:
    row = scope.row(scope.select(alerts.c.id, alerts.c.document).where(alerts.c.id == number))
    if row is None:
        raise missing("There is no such alert. What is resolved is forgotten after a while.")
    return row


def _covering(scope: Scope, alert: Alert, visit: Somebody) -> list[KnownSilence]:
    return [
        one
        for one in silences.listed(scope, visit.at)
        if one.silence.covers(alert.signal, visit.at)
    ]


def _notice(one: KnownSilence, links: Links) -> Notice:
    """Return what is said of a silence above what it covers."""
    silence = one.silence
    text = f"Silenced until {minute(one.ends)} by {silence.by}: {silence.reason}"
    return Notice(Tone.QUIET, text, Link("All silences", links.to("/silences")))


def _actions(
    alert: Alert, number: int, links: Links, covering: Sequence[KnownSilence]
) -> tuple[Action, ...]:
    path = links.to(f"/alerts/{number}")
    found: list[Action] = []
    if alert.state is Kept.OPEN:
        found.append(Action("Take care of it", f"{path}/acknowledge", "check"))
    if alert.state is not Kept.RESOLVED:
        found.append(Action("Resolve", f"{path}/resolve", "circle-check"))
    if covering:
        found.append(Action("End the silence", f"{path}/unsilence", "bell"))
    return tuple(found)


def _care(visit: Somebody, number: int, links: Links) -> Form:
    return Form(
        key="care",
        action=links.to(f"/alerts/{number}/acknowledge"),
        title="Take care of it, with a note",
        intro="Nobody is told again before it gets worse. The note stands here, and in what is "
        "told of it later.",
        submit="Take care of it",
        fields=(
            Field(
                name="note",
                label="Note",
                value=visit.text("note"),
                hint="as The old certificate is put back at noon",
                required=True,
            ),
        ),
    )


def _silence(visit: Somebody, number: int, links: Links) -> Form:
    return Form(
        key="silence",
        action=links.to(f"/alerts/{number}/silence"),
        title="Silence it",
        intro="Nobody is told of this for a while. It stays visible, and is told when the silence "
        "ends and it still holds.",
        submit="Silence",
        fields=silencing.fields(visit),
    )
