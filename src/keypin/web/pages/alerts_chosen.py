"""Several alerts at once: taken care of, silenced or resolved, each written into the log."""

from collections.abc import Callable, Mapping, Sequence

from keypin.alerts import State as Kept
from keypin.watch.alerting import acting, silences
from keypin.watch.alerting.reading import KnownAlert, by_numbers
from keypin.watch.store import Scope
from keypin.web.pages import silencing
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Somebody
from keypin.web.pages.links import Links
from keypin.web.pages.listing import SIZE
from keypin.web.views.alerts import Chosen
from keypin.web.views.form import Option

_DEEDS: Mapping[Kept, tuple[Option, ...]] = {
    Kept.OPEN: (Option("acknowledge", "Take care of them"),),
    Kept.ACKNOWLEDGED: (),
    Kept.PENDING: (),
}
_ALWAYS = (Option("silence", "Silence them"), Option("resolve", "Resolve them"))

# A number with more digits is none that a database counts to.
_DIGITS = 18


def form(visit: Somebody, state: Kept, links: Links, error: str) -> Chosen | None:
    """Return what can be done with alerts that are chosen; None where nothing can.

    Args:
        visit: the request; what it sent stands in the form again.
        state: of the alerts that are listed.
        links: of the organisation.
        error: what was wrong.
    """
    if state not in _DEEDS:
        return None
    return Chosen(
        action=links.to("/alerts/chosen"),
        state=state.value,
        deeds=(*_DEEDS[state], *_ALWAYS),
        spans=silencing.SPANS,
        span=visit.text("span") or "day",
        note=visit.text("note"),
        ticked=frozenset(_numbers(visit)),
        error=error,
    )


def act(scope: Scope, visit: Somebody) -> str:
    """Do what a form asks for to all that it chose; return what is said of that.

    Raises:
        InputError: it cannot be done to one of them, and is done to none.
    """
    deed = _ACTS.get(visit.text("do"))
    found = by_numbers(scope, _numbers(visit))
    if deed is None or not found:
        return "alerts-none"
    return deed(scope, visit, found)


def _numbers(visit: Somebody) -> list[int]:
    sent = (one for one in visit.form.getlist("alert") if isinstance(one, str))
    numbers = (int(one) for one in sent if one.isascii() and one.isdigit() and len(one) <= _DIGITS)
    return list(dict.fromkeys(numbers))[:SIZE]


def _take_care(scope: Scope, visit: Somebody, found: Sequence[KnownAlert]) -> str:
    by, note = visit.identity.actor, visit.text("note")
    for one in found:
        if one.alert.state is Kept.OPEN:
            acting.take_care(scope, one.id, by=by, at=visit.at, note=note)
    return "alerts-acknowledged"


def _resolve(scope: Scope, visit: Somebody, found: Sequence[KnownAlert]) -> str:
    for one in found:
        if one.alert.state is not Kept.RESOLVED:
            acting.close(scope, one.id, by=visit.identity.actor, at=visit.at)
    return "alerts-closed"


def _silence(scope: Scope, visit: Somebody, found: Sequence[KnownAlert]) -> str:
    matches = dict.fromkeys(silencing.exactly(one.alert.signal) for one in found)
    until, by = silencing.until(visit), visit.identity.actor.name
    for edit in silences.add_all(scope, matches, until, visit.text("note"), by=by, at=visit.at):
        audited(scope, visit, edit)
    return "alerts-silenced"


_ACTS: Mapping[str, Callable[[Scope, Somebody, Sequence[KnownAlert]], str]] = {
    "acknowledge": _take_care,
    "resolve": _resolve,
    "silence": _silence,
}
