"""The frame of a page: who looks, at which organisation, and where else they may go."""

from sqlalchemy import func

from keypin.alerts import State
from keypin.watch.people import organisations
from keypin.watch.store.tables import alerts
from keypin.web.identity import Identity, Kind
from keypin.web.identity_page import Visit
from keypin.web.views.frame import Frame, Notice, Person
from keypin.web.views.parts import Link


def base_of(organisation: str) -> str:
    """Return what stands before the paths of an organisation's pages."""
    return f"/o/{organisation}"


def frame_of(
    visit: Visit[Identity],
    here: str = "",
    *,
    notices: tuple[Notice, ...] = (),
    path: str = "",
) -> Frame:
    """Return the frame of a page for somebody who is signed in.

    Args:
        visit: the request.
        here: the key of the entry of the navigation that the page is below.
        notices: said above the page.
        path: the address of the page, where the request, a form, went to another one.
    """
    identity = visit.identity
    return Frame(
        now=visit.at,
        csrf=visit.csrf,
        person=Person(identity.name, identity.mail, identity.role),
        organisation=identity.organisation_title,
        organisations=_others(visit),
        base=base_of(identity.organisation_name),
        here=here,
        open_alerts=_open_alerts(visit),
        notices=notices,
        demonstration=visit.core.settings.demonstration,
        path=path or visit.request.url.path,
        query=visit.request.query_params,
    )


def plain_frame(visit: Visit[Identity | None], *, notices: tuple[Notice, ...] = ()) -> Frame:
    """Return the frame of a page before the sign-in."""
    return Frame(
        now=visit.at,
        csrf=visit.csrf,
        notices=notices,
        demonstration=visit.core.settings.demonstration,
    )


def _others(visit: Visit[Identity]) -> tuple[Link, ...]:
    if visit.identity.kind is Kind.TOKEN:
        return ()
    with visit.core.database.read_across() as connection:
        found = organisations.of(connection, visit.identity.number)
    return tuple(
        Link(one.title, base_of(one.name) + "/")
        for one, _ in found
        if one.number != visit.identity.organisation
    )


def _open_alerts(visit: Visit[Identity]) -> int:
    with visit.read() as scope:
        query = scope.select(func.count(alerts.c.id)).where(alerts.c.state == State.OPEN)
        return int(scope.value(query))
