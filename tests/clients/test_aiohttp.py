"""aiohttp with a context of keypin."""

import asyncio
import ssl
import sys

import aiohttp
import pytest

import keypin
from keypin.tls import WeakenedContextError
from keypin.tls.adapters.aiohttp import PinnedConnector


@pytest.fixture(params=["TCPConnector", "PinnedConnector"])
def fetch(request):
    """Return a function that fetches URLs, one after the other, through each of the connectors."""

    async def get(context: ssl.SSLContext, *urls: str, **options) -> list[str]:
        if request.param == "PinnedConnector":
            connector = PinnedConnector(context)
        else:
            connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as client:
            texts = []
            for url in urls:
                async with client.get(url, **options) as answer:
                    texts.append(await answer.text())
            return texts

    return lambda *args, **options: asyncio.run(get(*args, **options))


def hidden(tls: str | None) -> bool:
    """Tell whether this Python hides the error of a handshake within TLS (CPython gh-113214)."""
    fixed = (3, 12, 2) if sys.version_info >= (3, 12) else (3, 11, 8)
    return tls is not None and sys.version_info < fixed


def test_a_good_server(good, pinned, fetch) -> None:
    """It answers, on one connection as often as asked."""
    assert fetch(pinned(), good.url(), good.url()) == ["hello", "hello"]
    assert good.connections == 1


def test_an_attacker(attacker, pinned, fetch) -> None:
    """The error that the user sees tells the story on one line, and keypin's own is beneath it."""
    with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
        fetch(pinned(), attacker.url())
    assert "localhost: no pin matches the verified chain" in str(caught.value)
    assert "next step: if the key was changed on purpose" in str(caught.value)
    assert isinstance(caught.value.certificate_error, keypin.PinMismatchError)
    attacker.wait()
    assert attacker.received == []


def test_the_story_is_whole(attacker, pinned, story, fetch) -> None:
    """`certificate_error` has it line by line."""
    with pytest.raises(aiohttp.ClientError) as caught:
        fetch(pinned(), attacker.url())
    assert story(caught.value.certificate_error)


def test_hostile_servers(hostile, pinned, fetch) -> None:
    """None is sent anything."""
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        fetch(pinned(), hostile.url())
    hostile.wait()
    assert hostile.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, pinned, fetch) -> None:
    """It is refused, though the other server shows the very same certificate."""
    other = serve()
    with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
        fetch(pinned(), good.url(f"/to?{other.url(host='127.0.0.1')}"))
    assert isinstance(caught.value.certificate_error, keypin.UnpinnedHostError)
    other.wait()
    assert other.received == []


def test_a_pool_of_several_hosts(good, lab, fetch) -> None:
    """A connection that one host's pins let in does not serve another, nor its certificate."""
    right, wrong, backup = (lab.cast.pin(name) for name in ("active", "renewed", "backup"))
    pins = {"127.0.0.1": [right, backup], "localhost": [wrong, backup]}
    context = keypin.create_default_context(pins, cafile=lab.ca_file)
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="localhost: no pin"):
        fetch(context, good.url(host="127.0.0.1"), good.url())


@pytest.mark.parametrize("tls", [None, "good-ecdsa"], ids=["http", "https"])
def test_a_proxy(tls, good, attacker, proxy, pinned, fetch) -> None:
    """The server within the tunnel is the one that is judged, in TLS within TLS too."""
    running = proxy(tls)
    assert fetch(pinned(), good.url(), proxy=running.url()) == ["hello"]
    assert running.asked == [f"localhost:{good.port}"]
    running.divert = attacker.port
    with pytest.raises(aiohttp.ClientConnectionError, match=None if hidden(tls) else "no pin"):
        fetch(pinned(), good.url(), proxy=running.url())
    attacker.wait()
    assert attacker.received == []


def test_a_web_socket(attacker, pinned) -> None:
    """`ws_connect` uses the same connector."""

    async def run() -> None:
        connector = aiohttp.TCPConnector(ssl=pinned())
        async with aiohttp.ClientSession(connector=connector) as client:
            await client.ws_connect(attacker.url().replace("https", "wss"))

    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="no pin matches"):
        asyncio.run(run())
    attacker.wait()
    assert attacker.received == []


def test_a_request_that_passes_by_the_context(attacker, good, serve, pinned) -> None:
    """With aiohttp's connector `ssl=False` and plain HTTP do; the context stays as it was."""
    other = serve(implicit=False)
    context = pinned()

    async def run() -> None:
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as client:
            for url, options in (
                (attacker.url(), {"ssl": False}),
                (good.url(f"/to?http://localhost:{other.port}/"), {}),
            ):
                async with client.get(url, **options) as answer:
                    assert await answer.text() == "hello"
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await client.get(attacker.url())

    asyncio.run(run())


def test_no_request_passes_by_a_pinned_connector(attacker, good, serve, pinned) -> None:
    """Both are refused."""
    other = serve(implicit=False)

    async def run() -> None:
        async with aiohttp.ClientSession(connector=PinnedConnector(pinned())) as client:
            with pytest.raises(WeakenedContextError):
                await client.get(attacker.url(), ssl=False)
            with pytest.raises(aiohttp.InvalidURL):
                await client.get(good.url(f"/to?http://localhost:{other.port}/"))

    asyncio.run(run())
    assert attacker.connections == other.connections == 0


def test_the_name_that_is_asked_for(good, pinned, fetch) -> None:
    """With `server_hostname` the pins are those of that name, and the certificate must have it."""
    url = good.url(host="127.0.0.1")
    assert fetch(pinned(), url, server_hostname="localhost") == ["hello"]
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="no policy covers"):
        fetch(pinned(), good.url(), server_hostname="127.0.0.1")
