"""The connector for aiohttp lets no request pass by its context."""

import asyncio
import ssl

import aiohttp
import pytest

import keypin
from keypin.tls import WeakenedContextError
from keypin.tls.adapters.aiohttp import PinnedConnector


@pytest.fixture
def http(serve, good):
    """Return a good HTTPS server, which redirects `/away` to plain HTTP."""

    def behave(tls) -> None:
        while data := tls.recv(65536):
            head = b"HTTP/1.1 200 OK\r\n"
            if data.startswith(b"GET /away "):
                head = b"HTTP/1.1 302 Found\r\nLocation: http://localhost:9/\r\n"
            tls.sendall(head + b"Content-Length: 5\r\n\r\nhello")

    return serve(*good, behave=behave)


@pytest.fixture
def fetch():
    """Return a function that fetches from a server with a session of its own."""

    async def get(context, peer, path: str = "/", *, scheme: str = "https", **options) -> str:
        async with aiohttp.ClientSession(connector=PinnedConnector(context)) as session:
            url = f"{scheme}://localhost:{peer.port}{path}"
            async with session.get(url, **options) as answer:
                return await answer.text()

    return lambda *args, **options: asyncio.run(get(*args, **options))


def test_it_takes_a_context_or_pins(cast, pinned) -> None:
    """A context is used as it is; pins get one with the defaults; other options are aiohttp's."""

    async def made(pins, **options) -> PinnedConnector:
        async with PinnedConnector(pins, **options) as connector:
            return connector

    context = pinned()
    assert asyncio.run(made(context)).context is context
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    assert isinstance(asyncio.run(made(pins)).context, keypin.SSLContext)
    assert asyncio.run(made(context, limit=3)).limit == 3
    with pytest.raises(TypeError, match="multiple values"):
        asyncio.run(made(context, ssl=False))


def test_servers_good_and_bad(http, serve, attacker, pinned, fetch) -> None:
    """The good one answers, and the other hears nothing."""
    assert fetch(pinned(), http) == "hello"
    impostor = serve(*attacker)
    with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
        fetch(pinned(), impostor)
    assert isinstance(caught.value.certificate_error, keypin.PinMismatchError)
    impostor.wait()
    assert impostor.received == []


@pytest.mark.parametrize(
    "own",
    [False, aiohttp.Fingerprint(b"\0" * 32), ssl.create_default_context()],
    ids=["False", "fingerprint", "context"],
)
def test_a_request_that_brings_its_own(own, http, pinned, fetch) -> None:
    """It is refused before there is a connection."""
    with pytest.raises(WeakenedContextError, match="for localhost on a connector of keypin"):
        fetch(pinned(), http, ssl=own)
    assert http.ended.acquire(blocking=False) is False


def test_a_request_that_brings_the_same(http, pinned, fetch) -> None:
    """The connector's own context may be named."""
    context = pinned()
    assert fetch(context, http, ssl=context) == "hello"


def test_plain_http(http, pinned, fetch) -> None:
    """It is refused, at once and after a redirect."""
    for request in ({"scheme": "http"}, {"path": "/away"}):
        with pytest.raises(aiohttp.InvalidURL, match="https and wss alone"):
            fetch(pinned(), http, **request)
