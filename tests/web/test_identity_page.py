"""Pages are seen by who may, and change something for their own forms alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from keypin.watch.people.roles import Role
from keypin.web import csrf
from keypin.web.identity import Action
from keypin.web.identity_page import anyone, page, safe_next


@pytest.fixture
def paged(site):
    """Serve a page to read, one to write, and one for everybody."""

    @page(Action.READ)
    def read(visit):
        return PlainTextResponse(f"{visit.identity.name} at {visit.at:%H:%M}")

    @page(Action.WRITE_ENDPOINTS)
    def write(visit):
        return PlainTextResponse(f"{visit.text('host')} by {visit.identity.name}")

    @anyone
    def public(visit):
        return PlainTextResponse(visit.identity.name if visit.identity else "nobody")

    site.routes = [
        Route("/o/{organisation}/endpoints", read, methods=["GET"]),
        Route("/o/{organisation}/endpoints", write, methods=["POST"]),
        Route("/check", public, methods=["GET", "POST"]),
    ]
    return site


PATH = "/o/acme/endpoints"


def test_who_is_signed_in_sees_the_page(paged) -> None:
    """And the page knows who and when."""
    answer = paged.signed_in("Ada", Role.VIEWER).get(PATH)
    assert (answer.status_code, answer.text) == (200, "Ada at 12:00")


def test_who_is_not_goes_to_the_sign_in_and_comes_back(paged) -> None:
    """With the question that was asked."""
    answer = paged.visitor().get(PATH + "?q=a%26b&page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/sign-in?next=%2Fo%2Facme%2Fendpoints%3Fq%3Da%2526b%26page%3D2"
    )


def test_a_form_that_comes_too_late_does_not_come_back(paged) -> None:
    """Its fields are gone."""
    assert paged.visitor().post(PATH).headers["location"] == "/sign-in"


def test_htmx_is_sent_by_its_own_header(paged) -> None:
    """Else the sign-in would appear inside of a table."""
    answer = paged.visitor().get(PATH, headers={"hx-request": "true"})
    assert (answer.status_code, "location" in answer.headers) == (204, False)
    assert answer.headers["hx-redirect"].startswith("/sign-in?next=")


@pytest.mark.parametrize("organisation", ["rival", "nowhere", "%00"])
def test_another_organisation_does_not_exist(paged, organisation) -> None:
    """For who does not belong to it; one answer for all of them."""
    answer = paged.signed_in("Ada").get(f"/o/{organisation}/endpoints")
    assert (answer.status_code, answer.text) == (
        404,
        "There is no such page, or you do not belong to what it is of.",
    )


def test_who_may_not_is_told_why(paged) -> None:
    """And who can change that."""
    answer = paged.signed_in("Ada", Role.VIEWER).post(PATH, host="a.example")
    assert answer.status_code == 403
    assert answer.text == "as viewer of Acme you may not write endpoints; ask one of its owners"


def test_a_form_of_the_page_changes_something(paged) -> None:
    """By its field, or by htmx's header."""
    visitor = paged.signed_in("Ada", Role.EDITOR)
    assert visitor.post(PATH, host=" a.example ").text == "a.example by Ada"
    headers = {
        "origin": "https://watch.example",
        "x-csrf-token": csrf.token(visitor.cookie),
    }
    answer = visitor.client.post(PATH, data={"host": "b.example"}, headers=headers)
    assert answer.text == "b.example by Ada"


@pytest.mark.parametrize(
    ("origin", "token", "text"),
    [
        ("https://watch.example", "wrong", "the form is not of this browser"),
        ("https://watch.example", "", "the form is not of this browser"),
        ("https://evil.example", None, "comes from https://evil.example"),
        ("null", None, "comes from null"),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/check"])
def test_what_another_page_sends_is_refused(paged, path, origin, token, text) -> None:
    """Of pages for everybody too."""
    visitor = paged.signed_in("Ada")
    form = {"csrf": csrf.token(visitor.cookie) if token is None else token}
    answer = visitor.client.post(path, data=form, headers={"origin": origin})
    assert answer.status_code == 403
    assert text in answer.text


def test_a_file_is_no_token(paged) -> None:
    """Nor is it text."""
    visitor = paged.signed_in("Ada")
    headers = {"origin": "https://watch.example"}
    files = {"csrf": ("name", csrf.token(visitor.cookie))}
    assert visitor.client.post(PATH, files=files, headers=headers).status_code == 403
    headers["x-csrf-token"] = csrf.token(visitor.cookie)
    sent = visitor.client.post(PATH, files={"host": ("name", b"x")}, headers=headers)
    assert sent.text == " by Ada"


def test_a_program_may_use_pages_without_a_form(paged) -> None:
    """No other site can make it act; a wrong token is told as such."""
    client = paged.visitor().client
    headers = {"authorization": f"Bearer {paged.token('endpoints:write')}"}
    assert client.post(PATH, data={"host": "a"}, headers=headers).text == "a by pipeline"
    answer = client.get(PATH, headers={"authorization": "Bearer kp_wrong"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_page_for_everybody_knows_who_is_known(paged) -> None:
    """And gives who is not a cookie for its forms, once."""
    assert paged.signed_in("Ada").get("/check").text == "Ada"
    visitor = paged.visitor()
    assert visitor.get("/check").text == "nobody"
    cookie = visitor.cookie
    assert len(cookie) == 43
    assert "set-cookie" not in visitor.get("/check").headers
    assert visitor.post("/check").text == "nobody"


@pytest.mark.parametrize(
    "body",
    [b"", b"csrf", b"--x\r\n", b"\xff\xfe", b"a=1&" * 2000],
    ids=["empty", "half", "no part", "no text", "many fields"],
)
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "a/b",
    ],
)
def test_any_body_is_answered_by_a_reason(paged, body, kind) -> None:
    """Never by an error of ours."""
    visitor = paged.signed_in("Ada")
    headers = {"origin": "https://watch.example", "content-type": kind}
    answer = visitor.client.post(PATH, content=body, headers=headers)
    assert answer.status_code in {400, 403}


@given(st.text())
def test_a_way_back_begins_with_one_slash(text: str) -> None:
    """Else it is home."""
    path = safe_next(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()
