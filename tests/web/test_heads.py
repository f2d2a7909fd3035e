"""HEAD is answered as GET is, without a body, by whatever answers GET."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from keypin.web.heads import Heads

began: list[str] = []


async def plain(request: Request) -> Response:
    """Answer with what was asked."""
    return PlainTextResponse(request.method, 203, headers={"etag": '"1"'})


async def streamed(_: Request) -> Response:
    """Answer without an end."""

    async def parts() -> AsyncIterator[str]:
        try:
            while True:
                began.append("a part")
                yield "a part"
        finally:
            began.append("the end")

    return StreamingResponse(parts(), media_type="text/event-stream")


async def written(request: Request) -> Response:
    """Take something."""
    return PlainTextResponse(await request.body())


@pytest.fixture
def client() -> TestClient:
    """Return a client of an application with routes of several kinds."""
    routes = [
        Route("/plain", plain, methods=["GET"]),
        Route("/streamed", streamed),
        Route("/written", written, methods=["POST"]),
    ]
    return TestClient(Heads(Starlette(routes=routes)))


def test_the_head_is_that_of_the_whole(client: TestClient) -> None:
    """Status and fields are the same, the length of what is not sent among them."""
    whole, head = client.get("/plain"), client.head("/plain")
    assert (whole.text, head.text) == ("GET", "")
    assert (head.status_code, head.headers) == (whole.status_code, whole.headers)
    assert head.headers["content-length"] == "3"


def test_what_has_no_end_ends_at_once(client: TestClient) -> None:
    """A stream is begun for its head, and closed."""
    began.clear()
    assert client.head("/streamed").headers["content-type"].startswith("text/event-stream")
    assert began == ["a part", "the end"]


def test_what_answers_no_get_answers_no_head(client: TestClient) -> None:
    """The other methods go through as they are."""
    assert client.head("/written").status_code == 405
    assert client.post("/written", content=b"x").text == "x"
    assert client.head("/nothing").status_code == 404


def test_a_failure_is_one() -> None:
    """What goes wrong inside is not swallowed."""

    async def broken(_: Request) -> Response:
        raise ValueError("inside")

    app = Heads(Starlette(routes=[Route("/", broken)]))
    with pytest.raises(ValueError, match="inside"):
        TestClient(app).head("/")
    assert TestClient(app, raise_server_exceptions=False).head("/").status_code == 500
