"""What became of an alert: what happened to it, who silenced it, and who was told."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from keypin.alerts import Alert
from keypin.watch.alerting import silences
from keypin.watch.alerting.reading import Telling, history, tellings
from keypin.watch.alerting.silences import KnownSilence
from keypin.watch.store import Scope
from keypin.web.views.alerts import Delivery, Event
from keypin.web.views.parts import State, Tone
from keypin.web.words import day, minute

# What happened that a page can show; an alert that flaps for a year has more.
_EVENTS = 100

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


def events(scope: Scope, number: int, alert: Alert, at: datetime) -> tuple[Event, ...]:
    """Return what happened to an alert, the newest first.

    Args:
        scope: whose it is.
        number: of its row.
        alert: as it is now.
        at: now.
    """
    found = [
        Event(one.at, said, said.word, one.by or "", one.note or "")
        for one in history(scope, number, limit=_EVENTS)
        for said in (_HAPPENED.get(one.kind, State(Tone.NOTE, one.kind)),)
    ]
    for one in silences.of_alert(scope, alert, at):
        found += _of_silence(one, at)
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:_EVENTS])


def deliveries(scope: Scope, number: int, at: datetime) -> Iterator[Delivery]:
    """Yield who was told, and who is to be."""
    for one in tellings(scope, number):
        yield Delivery(
            route=f"{one.route} (removed)" if one.removed else one.route,
            target=one.shown,
            state=_state(one, at),
            at=one.delivered_at or one.tried_at or one.created_at,
            attempts=one.attempts,
            detail=one.failure or "",
        )


def _of_silence(one: KnownSilence, at: datetime) -> Iterator[Event]:
    silence = one.silence
    began = f"It was silenced until {minute(silence.until)}."
    yield Event(silence.since, State(Tone.QUIET, "silenced"), began, silence.by, silence.reason)
    if one.ends <= at:
        yield Event(one.ends, State(Tone.NOTE, "over"), "The silence ended.", one.ended_by or "")


def _state(one: Telling, at: datetime) -> State:
    """Return how a delivery is; one that waits says until when, and for what."""
    if one.state != "waiting":
        return _DELIVERED.get(one.state, State(Tone.NOTE, one.state))
    if one.paused:
        return State(Tone.QUIET, "waits until its route is turned on")
    if one.due_at <= at:
        return _DELIVERED["waiting"]
    when = _clock(one.due_at, at)
    if one.attempts:
        return State(Tone.WARNING, f"is tried again at {when}")
    if one.group_until and one.due_at <= one.group_until:
        return State(Tone.NOTE, f"is sent by {when} with others of its group")
    return State(Tone.NOTE, f"is sent at {when}, in the hours of its route")


def _clock(when: datetime, at: datetime) -> str:
    """Return a moment to the minute that has begun, and its day where it is another one."""
    today = day(when) == day(at)
    return minute(when).partition(" ")[2] if today else minute(when)
