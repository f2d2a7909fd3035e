"""The frame tells who looks at what, and where else they may go."""

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from keypin.watch.people import memberships
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.store import tables
from keypin.web import csrf
from keypin.web.identity import Action
from keypin.web.identity_frame import frame_of, plain_frame
from keypin.web.identity_page import anyone, page


@pytest.fixture
def framed(site):
    """Serve pages that tell their frame."""

    @page(Action.READ)
    def inside(visit):
        frame = frame_of(visit, "ct")
        person = frame.person
        return JSONResponse(
            {
                "person": [person.name, person.email, person.role],
                "organisation": [frame.organisation, frame.url("/ct"), frame.here],
                "others": [[one.text, one.href] for one in frame.organisations],
                "alerts": frame.open_alerts,
                "csrf": frame.csrf,
                "may": [frame.may_edit, frame.may_own],
            }
        )

    @anyone
    def outside(visit):
        frame = plain_frame(visit)
        return JSONResponse([frame.csrf, frame.person])

    site.routes = [Route("/o/{organisation}/ct", inside), Route("/out", outside)]
    return site


def alert(site, organisation, state) -> None:
    """Store an alert, of which the frame reads the state alone."""
    samples = {"String": "x", "Text": "x", "Moment": site.at, "JSON": {}, "Integer": 1}
    required = [
        column
        for column in tables.alerts.columns
        if not column.nullable and column.default is None and not column.primary_key
    ]
    values = {column.name: samples.get(type(column.type).__name__, 1) for column in required}
    values |= {
        "organisation": organisation,
        "state": state,
        "fingerprint": f"{state} {organisation}",
    }
    with site.database.begin_across() as connection:
        connection.execute(tables.alerts.insert().values(**values))


def test_a_person_sees_their_organisation_and_the_others(framed) -> None:
    """With the alerts of this one alone."""
    visitor = framed.signed_in("Ada", Role.EDITOR)
    with framed.database.begin(2) as scope:
        memberships.add(scope, 1, Role.VIEWER, SERVICE, framed.at)
    for organisation, state in ((1, "open"), (1, "acknowledged"), (1, "resolved"), (2, "open")):
        alert(framed, organisation, state)
    assert visitor.get("/o/acme/ct").json() == {
        "person": ["Ada", "ada@example.com", "editor"],
        "organisation": ["Acme", "/o/acme/ct", "ct"],
        "others": [["Rival", "/o/rival/"]],
        "alerts": 1,
        "csrf": csrf.token(visitor.cookie),
        "may": [True, False],
    }


def test_a_program_belongs_to_one_organisation(framed) -> None:
    """Its own."""
    headers = {"authorization": f"Bearer {framed.token('read')}"}
    frame = framed.visitor().get("/o/acme/ct", headers=headers).json()
    assert (frame["person"], frame["others"]) == (["pipeline", "", "viewer"], [])


def test_before_the_sign_in_there_is_nobody(framed) -> None:
    """But forms are protected already."""
    visitor = framed.visitor()
    assert visitor.get("/out").json() == [csrf.token(visitor.cookie), None]
