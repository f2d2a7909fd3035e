"""httpx, and httpx2 after it, with a context of keypin; with both of their clients."""

import asyncio
import importlib
import ssl

import pytest

import keypin
from keypin.tls import WeakenedContextError


@pytest.fixture(params=["httpx", "httpx2"])
def library(request):
    """Return each of the two libraries, which look the same to their users."""
    return importlib.import_module(request.param)


@pytest.fixture(params=["Client", "AsyncClient"])
def fetch(request, library):
    """Return a function that fetches URLs, one after the other, with one client."""

    def blocking(*urls: str, **options):
        with library.Client(follow_redirects=True, **options) as client:
            return [client.get(url).text for url in urls]

    async def coroutine(*urls: str, **options):
        async with library.AsyncClient(follow_redirects=True, **options) as client:
            return [(await client.get(url)).text for url in urls]

    if request.param == "Client":
        return blocking
    return lambda *urls, **options: asyncio.run(coroutine(*urls, **options))


def cause(error: BaseException) -> BaseException | None:
    """Return the error of the handshake beneath one of httpx, as the page shows it."""
    return error.__cause__.__context__ if error.__cause__ else None


def test_a_good_server(good, pinned, fetch) -> None:
    """It answers, on one connection as often as asked."""
    assert fetch(good.url(), good.url(), verify=pinned()) == ["hello", "hello"]
    assert good.connections == 1


def test_an_attacker(attacker, pinned, fetch, library, story) -> None:
    """The error that the user sees tells the story, and keypin's own is beneath it."""
    with pytest.raises(library.ConnectError) as caught:
        fetch(attacker.url(), verify=pinned())
    assert story(caught.value)
    assert isinstance(cause(caught.value), keypin.PinMismatchError)
    attacker.wait()
    assert attacker.received == []


def test_hostile_servers(hostile, pinned, fetch, library) -> None:
    """None is sent anything."""
    with pytest.raises(library.ConnectError) as caught:
        fetch(hostile.url(), verify=pinned())
    assert isinstance(cause(caught.value), ssl.SSLCertVerificationError)
    hostile.wait()
    assert hostile.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, pinned, fetch, library) -> None:
    """It is refused, though the other server shows the very same certificate."""
    other = serve()
    with pytest.raises(library.ConnectError) as caught:
        fetch(good.url(f"/to?{other.url(host='127.0.0.1')}"), verify=pinned())
    assert isinstance(cause(caught.value), keypin.UnpinnedHostError)
    other.wait()
    assert other.received == []


def test_a_redirect_out_of_tls(good, serve, pinned, library) -> None:
    """It is followed where redirects are, unless a hook refuses it, as the page says."""

    def https_only(request) -> None:
        if request.url.scheme != "https":
            raise library.UnsupportedProtocol(f"{request.url} is not pinned")

    other = serve(implicit=False)
    url = good.url(f"/to?http://localhost:{other.port}/")
    hooks = {"request": [https_only]}
    options = {"verify": pinned(), "follow_redirects": True}
    with library.Client(**options, event_hooks=hooks) as client:
        with pytest.raises(library.UnsupportedProtocol, match="is not pinned"):
            client.get(url)
    assert other.connections == 0


def test_a_pool_of_several_hosts(good, lab, fetch, library) -> None:
    """A connection that one host's pins let in does not serve another, nor its certificate."""
    right, wrong, backup = (lab.cast.pin(name) for name in ("active", "renewed", "backup"))
    pins = {"127.0.0.1": [right, backup], "localhost": [wrong, backup]}
    context = keypin.create_default_context(pins, cafile=lab.ca_file)
    assert fetch(good.url(host="127.0.0.1"), verify=context) == ["hello"]
    with pytest.raises(library.ConnectError, match="localhost: no pin matches"):
        fetch(good.url(host="127.0.0.1"), good.url(), verify=context)


@pytest.mark.parametrize("tls", [None, "good-ecdsa"], ids=["http", "https"])
def test_a_proxy(tls, good, attacker, proxy, pinned, fetch, library, story) -> None:
    """The server within the tunnel is the one that is judged, in TLS within TLS too."""
    running = proxy(tls)
    way = library.Proxy(running.url(), ssl_context=pinned() if tls else None)
    assert fetch(good.url(), verify=pinned(), proxy=way) == ["hello"]
    assert running.asked == [f"localhost:{good.port}"]
    running.divert = attacker.port
    with pytest.raises(library.ConnectError) as caught:
        fetch(good.url(), verify=pinned(), proxy=way)
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []


def test_proxies_of_the_environment(good, attacker, proxy, pinned, library, monkeypatch) -> None:
    """They are used with the pinned context as well."""
    running = proxy()
    running.divert = attacker.port
    monkeypatch.setenv("HTTPS_PROXY", running.url())
    with library.Client(verify=pinned()) as client:
        with pytest.raises(library.ConnectError, match="no pin matches"):
            client.get(good.url())
    assert running.asked
    attacker.wait()
    assert attacker.received == []


def test_checks_turned_off(good, attacker, pinned, fetch, library) -> None:
    """`verify=False` stands where the context would: another context, and this one as it was."""
    context = pinned()
    assert fetch(attacker.url(), verify=False) == ["hello"]
    with pytest.raises(WeakenedContextError):
        context.verify_mode = ssl.CERT_NONE
    assert fetch(good.url(), verify=context) == ["hello"]
    with pytest.raises(library.ConnectError, match="no pin matches"):
        fetch(attacker.url(), verify=context)


def test_the_name_that_is_asked_for(good, pinned, library) -> None:
    """With the extension `sni_hostname` the pins are those of that name."""
    with library.Client(verify=pinned()) as client:
        named = {"sni_hostname": "localhost"}
        assert client.get(good.url(host="127.0.0.1"), extensions=named).text == "hello"
        with pytest.raises(library.ConnectError, match="no policy covers"):
            client.get(good.url(), extensions={"sni_hostname": "127.0.0.1"})
