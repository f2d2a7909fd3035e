"""A request sends no more than its path takes, whatever it declares."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from keypin.web.security import Security
from keypin.web.security_bodies import limit_of

KIB, MIB = 1024, 1024 * 1024


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/sign-in", 16 * KIB),
        ("/join/abc", 16 * KIB),
        ("/o/acme/settings/account", 2 * MIB),
        ("/o/acme/releases", 600 * MIB),
        ("/api/v1/releases", 600 * MIB),
        ("/api/v1/applications/shop/releases", 600 * MIB),
        ("/api/v1/endpoints", 8 * MIB),
        ("*", KIB),
    ],
)
def test_each_path_has_its_limit(path, limit) -> None:
    """The first row that matches; what none does takes next to nothing."""
    assert limit_of(path) == limit


@pytest.fixture
def visitor(site):
    """Return a browser at a page that answers how much it was sent."""

    async def size(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    site.routes = [Route("/join/x", size, methods=["POST"])]
    return site.visitor().client


def test_what_fits_is_received(visitor) -> None:
    """To the last byte."""
    assert visitor.post("/join/x", content=b"x" * 16 * KIB).text == str(16 * KIB)


def test_what_declares_too_much_is_refused_unread(visitor) -> None:
    """With how much would do."""
    answer = visitor.post("/join/x", content=b"x" * (16 * KIB + 1))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert answer.text == "the request is too large; expected at most 16,384 bytes"


@pytest.mark.parametrize("declared", ["5", "-1", "nonsense", "9" * 30])
def test_what_declares_less_or_nonsense_is_refused_while_it_is_read(visitor, declared) -> None:
    """What counts is what comes."""
    content = (b"x" * KIB for _ in range(17))
    answer = visitor.post("/join/x", content=content, headers={"content-length": declared})
    assert answer.status_code == 413


def test_the_application_is_told_as_of_any_error(site) -> None:
    """So that the API answers in its own form."""

    async def shown(request: Request, error: Exception) -> Response:
        return PlainTextResponse(f"{request.url.path}: {error}", 413)

    async def read(request: Request) -> Response:
        return Response(await request.body())

    app = Starlette(
        routes=[Route("/join/x", read, methods=["POST"])], exception_handlers={413: shown}
    )
    client = TestClient(Security(app, site.core))
    assert client.post("/join/x", content=b"x" * MIB).text.startswith("/join/x: 413")
