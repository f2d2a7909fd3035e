"""The page Alert: what was seen, what to do, who was told, and what people did about it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import RowMapping
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import Alert, Match
from keypin.alerts import State as Kept
from keypin.errors import InputError
from keypin.watch.alerting import acting, silences
from keypin.watch.alerting.documents import alert_of
from keypin.watch.alerting.reading import tellings
from keypin.watch.alerting.silences import KnownSilence
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import alert_history, alerts
from keypin.web.pages import alerts_read as reading
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
from keypin.web.pages.links import Links
from keypin.web.views.alerts import DELIVERIES, AlertView, Delivery, Event
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.parts import Action, Link, State, Tone

# What happened that a page can show; an alert that flaps for a year has more.
_EVENTS = 100

_SPANS: Mapping[str, tuple[str, timedelta]] = {
    "hour": ("an hour", timedelta(hours=1)),
    "day": ("a day", timedelta(days=1)),
    "week": ("a week", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
}

_HAPPENED: Mapping[str, State] = {
    "opened": State(Tone.BAD, "It opened."),
    "worsened": State(Tone.BAD, "It grew worse."),
    "repeated": State(Tone.WARNING, "It still holds, and was told again."),
    "escalated": State(Tone.WARNING, "Nobody took care of it, so others were told."),
    "resolved": State(Tone.GOOD, "It cleared."),
    "acknowledged": State(Tone.NOTE, "Somebody takes care of it."),
    "closed": State(Tone.GOOD, "Somebody resolved it."),
}
_DELIVERED: Mapping[str, State] = {
    "waiting": State(Tone.NOTE, "on its way"),
    "digest": State(Tone.NOTE, "waits for the digest"),
    "delivered": State(Tone.GOOD, "delivered"),
    "given-up": State(Tone.BAD, "given up"),
    "withdrawn": State(Tone.QUIET, "not told: the route was removed before"),
}


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
        number = number_of(visit)
        try:
            with visit.core.database.begin(visit.identity.organisation) as scope:
                acting.take_care(scope, number, by=visit.identity.actor, at=visit.at)
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/alerts/{number}", "alert-acknowledged")

    def resolve(self, visit: Somebody) -> Response:
        """Say that it is over."""
        number = number_of(visit)
        try:
            with visit.core.database.begin(visit.identity.organisation) as scope:
                acting.close(scope, number, by=visit.identity.actor, at=visit.at)
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/alerts/{number}", "alert-closed")

    def silence(self, visit: Somebody) -> Response:
        """Have nobody told of it for a while."""
        number = number_of(visit)
        _, span = _SPANS.get(visit.text("span"), _SPANS["day"])
        try:
            with visit.core.database.begin(visit.identity.organisation) as scope:
                signal = alert_of(_row(scope, number)["document"]).signal
                match = Match(ids=(signal.id,), subjects=(_literal(signal.subject.key),))
                until = visit.at + span
                by, reason = visit.identity.actor.name, visit.text("reason")
                edit = silences.add(scope, match, until, reason, by=by, at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, error=str(error))
        return done(visit, f"/alerts/{number}", "alert-silenced")

    def unsilence(self, visit: Somebody) -> Response:
        """End the silences that cover it."""
        number = number_of(visit)
        with visit.core.database.begin(visit.identity.organisation) as scope:
            alert = alert_of(_row(scope, number)["document"])
            for one in _covering(scope, alert, visit):
                audited(scope, visit, silences.end(scope, one.id, at=visit.at))
        return done(visit, f"/alerts/{number}", "silence-ended")

    def _page(self, visit: Somebody, *, error: str = "") -> Response:
        with visit.core.database.read(visit.identity.organisation) as scope:
            view = _view(scope, visit, error)
        status, path = REFUSED if error else 200, f"/alerts/{number_of(visit)}"
        return self._desk.show(visit, "alerts", view, status=status, path=path)


def _view(scope: Scope, visit: Somebody, error: str) -> AlertView:
    links, row = Links.of(visit), _row(scope, number_of(visit))
    alert = alert_of(row["document"])
    covering = _covering(scope, alert, visit)
    signal = alert.signal
    history = _history(scope, row["id"])
    quiet = [one.silence for one in covering]
    may = visit.identity.may(May.WRITE_ALERTS)
    return AlertView(
        alert=reading.row_of(row, quiet, links, visit.at),
        rule=alert.rule,
        message=f"{signal.title}.",
        cure=signal.next_step,
        evidence=signal.evidence,
        links=(Link(f"Open {signal.subject.kind}", links.to(signal.link)),),
        actions=_actions(alert, row["id"], links, covering) if may else (),
        silence=_silence(visit, row["id"], links, error) if may else None,
        events=tuple(_event(one) for one in history),
        deliveries=DELIVERIES.of(_deliveries(scope, row["id"])),
    )


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


def _silence(visit: Somebody, number: int, links: Links, error: str) -> Form:
    return Form(
        key="silence",
        action=links.to(f"/alerts/{number}/silence"),
        title="Silence it",
        intro="Nobody is told of this for a while. It stays visible, and is told when the silence "
        "ends and it still holds.",
        submit="Silence",
        error=error,
        fields=(
            Field(
                name="span",
                label="For",
                kind="choice",
                value=visit.text("span") or "day",
                options=tuple(Option(key, words) for key, (words, _) in _SPANS.items()),
                required=True,
            ),
            Field(
                name="reason",
                label="Reason",
                value=visit.text("reason"),
                hint="for those who wonder later",
                required=True,
            ),
        ),
    )


def _history(scope: Scope, number: int) -> Sequence[RowMapping]:
    columns = alert_history.c.at, alert_history.c.kind, alert_history.c.by
    query = scope.select(*columns).where(alert_history.c.alert == number)
    order = alert_history.c.at.desc(), alert_history.c.id.desc()
    return scope.rows(query.order_by(*order).limit(_EVENTS))


def _event(row: RowMapping) -> Event:
    said = _HAPPENED.get(row["kind"], State(Tone.NOTE, str(row["kind"])))
    return Event(row["at"], said, said.word, row["by"] or "")


def _deliveries(scope: Scope, number: int) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(
            route=f"{one.route} (removed)" if one.removed else one.route,
            target=one.shown,
            state=_DELIVERED.get(one.state, State(Tone.NOTE, one.state)),
            at=one.delivered_at or one.tried_at or one.created_at,
            attempts=one.attempts,
            detail=one.failure or "",
        )
        for one in tellings(scope, number)
    )


def _literal(text: str) -> str:
    """Return a text as the wildcard that matches it alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
