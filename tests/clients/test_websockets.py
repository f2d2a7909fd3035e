"""websockets, with its asyncio and its threading client, with a context of keypin."""

import asyncio
import gc
import ssl
import sys
import threading

import pytest
import websockets.asyncio.client
import websockets.sync.client
import websockets.sync.server
from websockets.exceptions import SecurityError

import keypin


@pytest.fixture(scope="module")
def port(tls_of):
    """Run a good server of the library's own that echoes, and return its port."""

    def echo(connection) -> None:
        for message in connection:
            connection.send(message)

    context = tls_of("good-ecdsa")
    with websockets.sync.server.serve(echo, "127.0.0.1", 0, ssl=context) as server:
        running = threading.Thread(target=server.serve_forever)
        running.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        running.join()


@pytest.fixture(params=["asyncio", "sync"])
def talk(request):
    """Return a function that sends one message and returns the answer, with each client."""

    def blocking(url: str, **options) -> str:
        with websockets.sync.client.connect(url, **{"proxy": None} | options) as connection:
            connection.send("hello")
            return connection.recv()

    async def coroutine(url: str, **options) -> str:
        options = {"proxy": None} | options
        async with websockets.asyncio.client.connect(url, **options) as connection:
            await connection.send("hello")
            return await connection.recv()

    if request.param == "sync":
        return blocking
    return lambda url, **options: asyncio.run(coroutine(url, **options))


def test_a_good_server(port, pinned, talk) -> None:
    """It answers."""
    assert talk(f"wss://localhost:{port}/", ssl=pinned()) == "hello"


def test_an_attacker(attacker, pinned, talk, story) -> None:
    """The error is keypin's own."""
    with pytest.raises(keypin.PinMismatchError) as caught:
        talk(f"wss://localhost:{attacker.port}/", ssl=pinned())
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []


def test_hostile_servers(hostile, pinned, talk) -> None:
    """None is sent anything."""
    with pytest.raises(ssl.SSLCertVerificationError):
        talk(f"wss://localhost:{hostile.port}/", ssl=pinned())
    hostile.wait()
    assert hostile.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, pinned) -> None:
    """The asyncio client follows it, and it is refused."""
    other = serve()
    target = other.url(host="127.0.0.1").replace("https", "wss")
    url = good.url(f"/to?{target}").replace("https", "wss")
    with pytest.raises(keypin.UnpinnedHostError):
        asyncio.run(_open(url, ssl=pinned(), proxy=None))
    other.wait()
    assert other.received == []


def test_a_redirect_out_of_tls(good, serve, pinned) -> None:
    """The library itself refuses it."""
    other = serve(implicit=False)
    url = good.url(f"/to?ws://localhost:{other.port}/").replace("https", "wss")
    with pytest.raises(SecurityError, match="non-secure"):
        asyncio.run(_open(url, ssl=pinned(), proxy=None))
    assert other.connections == 0


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("tls", [None, "good-ecdsa"], ids=["http", "https"])
def test_a_proxy(tls, port, attacker, proxy, pinned, talk, story) -> None:
    """The server within the tunnel is the one that is judged, in TLS within TLS too."""
    running = proxy(tls)
    options = {"proxy": running.url(), "ssl": pinned()}
    if tls:
        options["proxy_ssl"] = pinned()
    assert talk(f"wss://localhost:{port}/", **options) == "hello"
    assert running.asked == [f"localhost:{port}"]
    running.divert = attacker.port
    with pytest.raises((keypin.PinMismatchError, TypeError)) as caught:
        talk(f"wss://localhost:{port}/", **options)
    assert story(caught.value) or (tls and sys.version_info < (3, 12, 2))  # CPython gh-113214
    del caught
    gc.collect()  # the same bug leaves the outer connection open
    attacker.wait()
    assert attacker.received == []


def test_connecting_again_and_again(attacker, pinned) -> None:
    """`async for` takes a refusal for a fault that passes, unless it is told that it is fatal."""

    def fatal(error: Exception) -> Exception | None:
        if isinstance(error, keypin.PinningError):
            return error
        return websockets.asyncio.client.process_exception(error)

    async def run() -> None:
        options = {"ssl": pinned(), "proxy": None, "process_exception": fatal}
        url = f"wss://localhost:{attacker.port}/"
        async for connection in websockets.asyncio.client.connect(url, **options):
            await connection.send("secret")

    assert websockets.asyncio.client.process_exception(keypin.PinningError("")) is None
    with pytest.raises(keypin.PinMismatchError):
        asyncio.run(run())
    attacker.wait()
    assert attacker.received == []
    assert attacker.connections == 1


def test_no_context(port, pinned, talk) -> None:
    """Without `ssl=` there are no pins, but the platform's CAs; an `ssl=None` is refused."""
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        talk(f"wss://localhost:{port}/")
    assert not isinstance(caught.value, keypin.PinningError)
    with pytest.raises(ValueError, match="incompatible with a ws"):
        talk(f"ws://localhost:{port}/", ssl=pinned())


async def _open(url: str, **options) -> None:
    async with websockets.asyncio.client.connect(url, **options):
        pass
