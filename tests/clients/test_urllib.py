"""urllib.request with a context of keypin."""

# ruff: noqa: S310 - the URLs are those of our own servers

import ssl
import urllib.request
from urllib.error import URLError

import pytest

import keypin
from keypin.tls import WeakenedContextError


@pytest.fixture
def fetch():
    """Return a function that fetches a URL as urllib.request does it with a context."""

    def get(url: str, context: ssl.SSLContext, *handlers: object) -> bytes:
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), *handlers
        )
        with opener.open(url, timeout=20) as answer:
            return answer.read()

    return get


def test_a_good_server(good, pinned) -> None:
    """It answers."""
    with urllib.request.urlopen(good.url(), context=pinned()) as answer:
        assert answer.read() == b"hello"


def test_an_attacker(attacker, pinned, story) -> None:
    """The error that the user sees tells the story, and its `reason` is keypin's own."""
    with pytest.raises(URLError) as caught:
        urllib.request.urlopen(attacker.url(), context=pinned())
    assert story(caught.value)
    assert isinstance(caught.value.reason, keypin.PinMismatchError)
    assert caught.value.reason.port == attacker.port
    attacker.wait()
    assert attacker.received == []


def test_hostile_servers(hostile, pinned) -> None:
    """None is sent anything."""
    with pytest.raises(URLError) as caught:
        urllib.request.urlopen(hostile.url(), context=pinned())
    assert isinstance(caught.value.reason, ssl.SSLCertVerificationError)
    hostile.wait()
    assert hostile.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, pinned, fetch) -> None:
    """It is followed as far as the handshake, and refused there."""
    other = serve()
    with pytest.raises(URLError) as caught:
        fetch(good.url(f"/to?{other.url(host='127.0.0.1')}"), pinned())
    assert isinstance(caught.value.reason, keypin.UnpinnedHostError)
    assert "127.0.0.1: no policy covers this host" in str(caught.value)
    other.wait()
    assert other.received == []


def test_a_redirect_out_of_tls(good, serve, pinned, fetch) -> None:
    """It is followed, as no context sees it; an opener without `http` does not follow it."""
    other = serve(implicit=False)
    url = good.url(f"/to?http://localhost:{other.port}/")
    assert fetch(url, pinned()) == b"hello"
    assert other.connections == 1
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPSHandler(context=pinned()),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    with opener.open(good.url()) as answer:
        assert answer.read() == b"hello"
    with pytest.raises(URLError, match="unknown url type: http"):
        opener.open(url)
    assert other.connections == 1


def test_the_host_in_other_letters(attacker, pinned) -> None:
    """However the URL spells the host, its policy decides."""
    with pytest.raises(URLError, match="localhost: no pin matches"):
        urllib.request.urlopen(attacker.url(host="LocalHost"), context=pinned())


def test_a_proxy(good, attacker, proxy, pinned, fetch, story) -> None:
    """The server within the tunnel is the one that is judged."""
    running = proxy()
    handler = urllib.request.ProxyHandler({"https": running.url()})
    assert fetch(good.url(), pinned(), handler) == b"hello"
    assert running.asked == [f"localhost:{good.port}"]
    running.divert = attacker.port
    with pytest.raises(URLError) as caught:
        fetch(good.url(), pinned(), handler)
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []


@pytest.mark.filterwarnings("ignore:.*check_hostname are deprecated")  # on 3.11
def test_checks_turned_off_by_the_library(attacker, pinned) -> None:
    """`check_hostname=False` is refused before there is a connection."""
    with pytest.raises(WeakenedContextError, match="check_hostname=False on a context of keypin"):
        urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=pinned(), check_hostname=False)
        ).open(attacker.url())
    assert attacker.connections == 0


def test_installed_for_the_whole_program(good, attacker, pinned, monkeypatch) -> None:
    """An installed opener pins whoever calls `urlopen` without a context."""
    monkeypatch.setattr(urllib.request, "_opener", None)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=pinned()))
    urllib.request.install_opener(opener)
    with urllib.request.urlopen(good.url()) as answer:
        assert answer.read() == b"hello"
    with pytest.raises(URLError, match="no pin matches"):
        urllib.request.urlopen(attacker.url())
