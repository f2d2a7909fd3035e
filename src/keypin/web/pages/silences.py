"""The page Silences: made, listed with those that are over, and ended."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.errors import InputError
from keypin.watch.alerting import silences
from keypin.watch.alerting.silences import KnownSilence
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action as May
from keypin.web.pages import silencing
from keypin.web.pages.alerts import tabs
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
from keypin.web.pages.faults import NONE, Faults, faults, shown
from keypin.web.pages.links import Links
from keypin.web.pages.matches import about
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, State, Tone
from keypin.web.views.silences import SILENCES, SilenceRow, SilencesView

_HERE = "/silences"


class Silences:
    """The list of silences.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        may = May.WRITE_ALERTS
        return [
            shows(_HERE, self.show),
            changes(f"{_HERE}/add", self.add, may),
            changes(f"{_HERE}/end", self.end_all, may),
            changes(f"{_HERE}/{{number}}/end", self.end, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the list."""
        return self._page(visit)

    def add(self, visit: Somebody) -> Response:
        """Silence what matches."""
        by, reason = visit.identity.actor.name, visit.text("reason")
        try:
            until, match = silencing.until(visit), silencing.match(visit)
            with visit.begin() as scope:
                edit = silences.add(scope, match, until, reason, by=by, at=visit.at)
                audited(scope, visit, edit)
        except InputError as error:
            return self._page(visit, faults(error))
        return done(visit, _HERE, "silence-made")

    def end(self, visit: Somebody) -> Response:
        """End a silence now."""
        by, number = visit.identity.actor.name, number_of(visit)
        try:
            with visit.begin() as scope:
                audited(scope, visit, silences.end(scope, number, by=by, at=visit.at))
        except UnknownError as error:
            raise missing("There is no such silence, or it has ended.") from error
        return done(visit, _HERE, "silence-ended")

    def end_all(self, visit: Somebody) -> Response:
        """End all silences now."""
        by = visit.identity.actor.name
        with visit.begin() as scope:
            for one in silences.listed(scope, visit.at):
                audited(scope, visit, silences.end(scope, one.id, by=by, at=visit.at))
        return done(visit, _HERE, "silences-ended")

    def _page(self, visit: Somebody, wrong: Faults = NONE) -> Response:
        links, may = Links.of(visit), visit.identity.may(May.WRITE_ALERTS)
        with visit.read() as scope:
            kept = silences.listed(scope, visit.at, over=True)
            some = tabs(scope, links, visit.at, None)
        rows = (_row(visit, links, one, may=may) for one in kept)
        several = sum(one.ends > visit.at for one in kept) > 1
        over = Action(
            "End all silences",
            links.to(f"{_HERE}/end"),
            "bell",
            danger=True,
            confirm="End all silences? What still holds is told now.",
        )
        view = SilencesView(
            tabs=some,
            table=SILENCES.of(rows),
            form=shown(_form(visit, links), wrong) if may else None,
            actions=(over,) if may and several else (),
        )
        status = REFUSED if wrong else 200
        return self._desk.show(visit, "alerts", view, status=status, path=_HERE)


def _row(visit: Somebody, links: Links, one: KnownSilence, *, may: bool) -> SilenceRow:
    holds = one.ends > visit.at
    end = Action("End it now", links.to(f"{_HERE}/{one.id}/end"))
    return SilenceRow(
        covers=about(one.silence.match),
        reason=one.silence.reason,
        by=one.silence.by,
        since=one.silence.since,
        ends=one.ends,
        state=_over(one) if not holds else State(Tone.NOTE, "in force"),
        actions=(end,) if may and holds else (),
    )


def _over(one: KnownSilence) -> State:
    """Return how a silence ended."""
    return State(Tone.QUIET, f"ended by {one.ended_by}" if one.ended_by else "over")


def _form(visit: Somebody, links: Links) -> Form:
    return Form(
        key="silence",
        action=links.to(f"{_HERE}/add"),
        title="Silence something",
        intro="Nobody is told of what matches, from now on. It stays visible, and what still holds "
        "at the end is told then. All conditions must hold; several values of one stand with "
        "commas between.",
        submit="Silence",
        fields=(*silencing.conditions(visit), *silencing.fields(visit)),
    )
