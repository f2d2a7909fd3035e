"""Odd input to every page: an answer or a refusal, never a failure of ours, never a hang."""

import re

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from keypin.watch.people import sessions
from keypin.watch.people.roles import Role
from keypin.web import csrf
from keypin.web.app import FACES, Pages, compose

pytestmark = pytest.mark.once

PARTS = ("%00", "%ff%fe", "0", "-1", "9" * 400, str(2**64), "%20", "a" * 300, "%C3%A9", "..%2f")

QUERIES = (
    "page=0&sort=%00&q=%ff",
    f"page={2**64}&size={2**64}&q={'a' * 5000}",
    "page=x&sort=nothing&state=nothing&descending=%F0%9F%98%80",
    "page=-1&q=%25%5F%5C%27%22&since=nothing&until=0001-01-01",
    "q=%ED%A0%80&cursor=%00&at=9999-12-31T23:59:59Z&days=" + "9" * 30,
)

HEADERS = {
    "accept": "text/html;q=x,,",
    "range": "bytes=9-1",
    "hx-request": "\x01",
    "cookie": "__Host-keypin=\xff; =;",
    "last-event-id": "\x80",
    "content-type": "multipart/form-data; boundary=",
}

FORMS = (b"", b"\xff\xfe=%00&%ff=%ff", b"a=" + b"b" * 100_000, b"&".join([b"x=y"] * 2000), b"{")


@pytest.fixture
def browser(site, look, statics):
    """Return a browser of an owner, and the paths that there are with their methods."""
    pages = Pages(site.core, look, statics)
    routes = [route for face in FACES for route in face(pages)]
    number = site.account("Ada", Role.OWNER)
    with site.database.begin_across() as connection:
        token = sessions.create(connection, number, site.at)
    client = TestClient(compose(pages, routes), base_url="https://watch.example")
    client.cookies.set("__Host-keypin", token, domain="watch.example", path="/")
    client.headers["x-csrf-token"] = csrf.token(token)
    client.headers["origin"] = "https://watch.example"
    paths = [one for one in routes if isinstance(one, Route) and "stream" not in one.path]
    assert len([one for one in routes if isinstance(one, Mount)]) == 1  # the API has its own test
    return client, paths


def _filled(path: str, part: str) -> str:
    named = path.replace("{organisation}", "acme")
    return re.sub(r"\{\w+(:\w+)?\}", lambda _: part, named)


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_a_path_that_names_nothing(browser, part) -> None:
    """It is not found, whatever stands in it."""
    client, paths = browser
    for one in paths:
        if "{" in one.path.replace("{organisation}", "") and "GET" in (one.methods or ()):
            answer = client.get(_filled(one.path, part), follow_redirects=False)
            assert answer.status_code < 500, one.path


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_that_means_nothing(browser, query) -> None:
    """It is passed over, or refused."""
    client, paths = browser
    assert client.get("/o/acme/endpoints").status_code == 200
    for one in paths:
        if "GET" in (one.methods or ()) and not one.path.endswith("sign-out"):
            path = f"{_filled(one.path, '1')}?{query}"
            assert client.get(path, follow_redirects=False).status_code < 500, one.path


def test_headers_that_mean_nothing(browser) -> None:
    """They are passed over."""
    client, paths = browser
    headers = {name: value.encode("latin-1") for name, value in HEADERS.items()}
    for one in paths:
        if "GET" in (one.methods or ()):
            path = _filled(one.path, "1")
            answer = client.get(path, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, one.path


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_forms_that_are_none(browser, form) -> None:
    """They are refused, or change nothing."""
    client, paths = browser
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for one in paths:
        if "POST" in (one.methods or ()) and not one.path.endswith(("sign-out", "/end")):
            path = _filled(one.path, "1")
            answer = client.post(path, content=form, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, one.path
