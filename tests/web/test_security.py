"""Every answer carries the headers that keep a page to itself."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from keypin.watch.settings import Settings
from keypin.web.identity import core_of


@pytest.fixture
def shown(site):
    """Serve pages that tell what they were given."""

    async def client(request: Request) -> Response:
        same = core_of(request).database is site.database
        return PlainTextResponse(f"{request.client.host} {same}")

    async def own(_: Request) -> Response:
        return PlainTextResponse("", headers={"cache-control": "max-age=5"})

    async def socket(websocket) -> None:
        await websocket.accept()
        await websocket.close()

    site.routes = [
        Route("/client", client),
        Route("/own", own),
        WebSocketRoute("/socket", socket),
    ]
    return site


@pytest.mark.parametrize("path", ["/client", "/nowhere"])
def test_every_answer_has_the_headers(shown, path) -> None:
    """Errors too."""
    headers = shown.visitor().get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"


def test_a_route_keeps_what_it_sets_itself(shown) -> None:
    """A file that never changes may be kept."""
    assert shown.visitor().get("/own").headers["cache-control"] == "max-age=5"


def test_over_http_browsers_are_not_told_to_come_by_https(shown) -> None:
    """A service on this machine has none."""
    shown.settings = Settings()
    assert "strict-transport-security" not in shown.visitor().get("/client").headers


@pytest.mark.parametrize(
    ("behind", "client"),
    [((), "192.0.2.7"), ((ip_network("192.0.2.0/24"),), "198.51.100.1")],
    ids=["alone", "behind a proxy"],
)
def test_the_client_behind_trusted_proxies_is_the_client(shown, behind, client) -> None:
    """For every route alike; and the installation is at hand."""
    shown.settings = Settings(public_url="https://watch.example", behind=behind)
    answer = shown.visitor().get("/client", headers={"x-forwarded-for": "198.51.100.1"})
    assert answer.text == f"{client} True"


def test_what_is_no_http_passes(shown) -> None:
    """The lifespan of an application, or a socket."""
    with shown.visitor().client.websocket_connect("/socket"):
        pass
