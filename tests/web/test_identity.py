"""Who asks: a browser by its cookie, a program by its token, each at one organisation."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from keypin.watch.people import accounts, memberships, sessions
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.people.roles import Role
from keypin.watch.people.sessions import Stage
from keypin.watch.store import tables
from keypin.web import csrf
from keypin.web.identity import Action, Identity, identify, require

ORIGIN = {"origin": "https://watch.example"}


@pytest.fixture
def asked(site):
    """Serve routes that tell who asks, as pages and as the API find out."""
    api = FastAPI()

    @api.get("/read")
    def read(identity: Annotated[Identity, Depends(require(Action.READ))]) -> str:
        return identity.actor.name

    @api.post("/plans")
    def write(identity: Annotated[Identity, Depends(require(Action.WRITE_PLANS))]) -> str:
        return identity.actor.name

    @api.post("/tokens")
    def manage(identity: Annotated[Identity, Depends(require(Action.MANAGE_TOKENS))]) -> str:
        return identity.actor.name

    def who(request: Request) -> Response:
        found = identify(request)
        same = identify(request) is found
        told = found and [
            found.kind,
            found.name,
            found.organisation,
            found.role,
            found.actor.network,
        ]
        return JSONResponse([told, same])

    site.routes = [Route("/who", who), Route("/o/{organisation}/who", who), Mount("/api", api)]
    return site


def told(visitor, path="/who", **options):
    """Return who asks."""
    found, same = visitor.get(path, **options).json()
    assert same
    return found


def bearer(token: str) -> dict[str, str]:
    """Return the header of a program."""
    return {"authorization": f"Bearer {token}"}


def test_a_session_is_a_person_at_an_organisation(asked) -> None:
    """With the network that they come from."""
    visitor = asked.signed_in("Ada", Role.EDITOR)
    assert told(visitor) == ["account", "Ada", 1, "editor", "192.0.2.0/24"]


def test_nobody_is_nobody(asked) -> None:
    """Without a cookie, or with one that no session has."""
    assert told(asked.visitor()) is None
    assert told(asked.visitor("x" * 43)) is None


def test_the_organisation_in_the_path_decides(asked) -> None:
    """For those who belong to it; one that does not exist is the same as another's."""
    visitor = asked.signed_in("Ada")
    assert told(visitor, "/o/acme/who")[2] == 1
    assert told(visitor, "/o/rival/who") is None
    assert told(visitor, "/o/nowhere/who") is None
    assert told(visitor, "/o/%00/who") is None
    with asked.database.begin(2) as scope:
        memberships.add(scope, 1, Role.VIEWER, SERVICE, asked.at)
    assert told(visitor, "/o/rival/who")[2:4] == [2, "viewer"]
    assert told(visitor)[2] == 2


def test_halfway_is_nobody(asked) -> None:
    """A password alone opens nothing where there is a second factor."""
    account = asked.account("Ada", Role.OWNER)
    with asked.database.begin_across() as connection:
        token = sessions.create(connection, account, asked.at, stage=Stage.PASSWORD)
    assert told(asked.visitor(token)) is None


def test_a_session_that_is_used_does_not_end_as_idle(asked) -> None:
    """It is noted once a minute."""
    visitor = asked.signed_in("Ada")
    for _ in range(3):
        asked.later(hours=11)
        assert told(visitor) is not None
    asked.later(hours=12)
    assert told(visitor) is None


def test_a_token_is_a_program_of_its_organisation(asked) -> None:
    """Whatever cookie comes with it; its use is noted."""
    visitor = asked.signed_in("Ada")
    token = asked.token("read", "plans:write")
    found = told(visitor, headers=bearer(token))
    assert found == ["token", "pipeline", 1, "editor", "192.0.2.0/24"]
    assert told(visitor, "/o/acme/who", headers=bearer(token)) == found
    assert told(visitor, "/o/rival/who", headers=bearer(token)) is None
    with asked.database.read_across() as connection:
        assert connection.execute(select(tables.tokens.c.used_at)).scalar() == asked.at


@pytest.mark.parametrize("header", ["Bearer kp_wrong", "bearer", "Bearer  ", "BEARER \xff"])
def test_with_a_wrong_token_no_cookie_counts(asked, header) -> None:
    """Whoever shows one wants to be known by it."""
    visitor = asked.signed_in("Ada")
    raw = {"authorization": header.encode("latin-1")}
    assert told(visitor, headers=raw) is None


def test_another_scheme_is_not_ours(asked) -> None:
    """A proxy's, perhaps; the cookie counts."""
    visitor = asked.signed_in("Ada")
    assert told(visitor, headers={"authorization": "Basic YTpi"})[1] == "Ada"


def test_the_api_asks_for_a_token(asked) -> None:
    """By 401, and says which."""
    answer = asked.visitor().get("/api/read")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="keypin"'
    assert "send Authorization: Bearer kp_" in answer.json()["detail"]


def test_the_api_refuses_what_the_scopes_do_not_grant(asked) -> None:
    """By 403, with what there is."""
    client = asked.visitor().client
    token = asked.token("read")
    assert client.get("/api/read", headers=bearer(token)).json() == "token pipeline"
    answer = client.post("/api/plans", headers=bearer(token))
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "this token may not write plans: its scopes are read; make one with more"
    )
    assert client.post("/api/plans", headers=bearer(asked.token("admin"))).status_code == 200


def test_the_api_refuses_what_the_role_does_not_grant(asked) -> None:
    """And names who can change that."""
    visitor = asked.signed_in("Ada", Role.EDITOR)
    headers = ORIGIN | {"x-csrf-token": csrf.token(visitor.cookie)}
    assert visitor.client.post("/api/plans", headers=headers).json() == "ada@example.com"
    answer = visitor.client.post("/api/tokens", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "as editor of Acme you may not manage tokens; ask one of its owners"
    )


@pytest.mark.parametrize(
    "headers", [{}, ORIGIN, {"x-csrf-token": "right"}], ids=["none", "origin", "token"]
)
def test_a_browser_changes_something_by_the_api_from_our_pages_alone(asked, headers) -> None:
    """Another site could send its cookie along."""
    visitor = asked.signed_in("Ada")
    sent = {
        name: value.replace("right", csrf.token(visitor.cookie)) for name, value in headers.items()
    }
    assert visitor.client.post("/api/plans", headers=sent).status_code == 403
    assert visitor.get("/api/read").status_code == 200


def test_a_disabled_account_is_nobody_at_once(asked) -> None:
    """Its next request is refused."""
    visitor = asked.signed_in("Ada")
    with asked.database.begin_across() as connection:
        accounts.disable(connection, 1, Actor("eve"), asked.at)
    assert told(visitor) is None
