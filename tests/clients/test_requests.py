"""requests with keypin's adapter, as a user's program has it; the adapter has tests of its own."""

import ssl

import pytest
import requests

import keypin
from keypin.tls.adapters.requests import PinnedAdapter, pinned_session


@pytest.fixture
def session(pinned):
    """Return a pinned session."""
    with pinned_session(pinned()) as made:
        yield made


def cause(error: BaseException) -> BaseException:
    """Return the error of the handshake beneath one of requests, as the page shows it."""
    return error.args[0].reason.args[0]


def test_a_good_server(good, session) -> None:
    """It answers, on one connection as often as asked."""
    assert session.get(good.url()).text == session.get(good.url()).text == "hello"
    assert good.connections == 1


def test_an_attacker(attacker, session, story) -> None:
    """The error that the user sees tells the story, and keypin's own is beneath it."""
    with pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(attacker.url())
    assert story(caught.value)
    assert isinstance(cause(caught.value), keypin.PinMismatchError)
    attacker.wait()
    assert attacker.received == []


def test_hostile_servers(hostile, session) -> None:
    """None is sent anything."""
    with pytest.raises(requests.exceptions.SSLError) as caught:
        session.post(hostile.url(), data="secret")
    assert isinstance(cause(caught.value), ssl.SSLCertVerificationError)
    hostile.wait()
    assert hostile.received == []


def test_retries(attacker, pinned) -> None:
    """Each attempt is refused; the last error is the one that is seen."""
    with pinned_session(pinned(), max_retries=2) as session:
        with pytest.raises(requests.exceptions.SSLError, match="no pin matches"):
            session.get(attacker.url())
    attacker.wait()
    assert attacker.connections == 3
    assert attacker.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, session) -> None:
    """It is refused, though the other server shows the very same certificate."""
    other = serve()
    with pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(good.url(f"/to?{other.url(host='127.0.0.1')}"))
    assert isinstance(cause(caught.value), keypin.UnpinnedHostError)
    other.wait()
    assert other.received == []


def test_a_redirect_out_of_tls(good, serve, session) -> None:
    """A pinned session has no way to speak plain HTTP."""
    other = serve(implicit=False)
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get(good.url(f"/to?http://localhost:{other.port}/"))
    assert other.connections == 0


@pytest.mark.parametrize("spelling", ["https://user@localhost", "HTTPS://LOCALHOST"])
def test_the_host_in_other_spellings(spelling, attacker, session) -> None:
    """The pins choose by the host of the connection, not by the text of the URL."""
    with pytest.raises(requests.exceptions.SSLError, match="localhost: no pin matches"):
        session.get(f"{spelling}:{attacker.port}/")
    attacker.wait()
    assert attacker.received == []


def test_an_adapter_mounted_on_one_host_is_passed_by(good, pinned) -> None:
    """Why the adapter is mounted on `https://` as a whole: another spelling finds another one."""
    with requests.Session() as session:
        session.mount(f"https://localhost:{good.port}", PinnedAdapter(pinned()))
        assert session.get(good.url()).text == "hello"
        adapter = session.get_adapter(f"https://user@localhost:{good.port}/")
        assert not isinstance(adapter, PinnedAdapter)


def test_a_pool_of_several_hosts(good, lab) -> None:
    """A connection that one host's pins let in does not serve another, nor its certificate."""
    right, wrong, backup = (lab.cast.pin(name) for name in ("active", "renewed", "backup"))
    pins = {"127.0.0.1": [right, backup], "localhost": [wrong, backup]}
    with pinned_session(keypin.create_default_context(pins, cafile=lab.ca_file)) as session:
        assert session.get(good.url(host="127.0.0.1")).text == "hello"
        with pytest.raises(requests.exceptions.SSLError, match="localhost: no pin matches"):
            session.get(good.url())
        assert session.get(good.url(host="127.0.0.1")).text == "hello"
    assert good.connections == 2


def test_a_proxy(good, attacker, proxy, session, story) -> None:
    """The server within the tunnel is the one that is judged."""
    running = proxy()
    session.proxies = {"https": running.url()}
    assert session.get(good.url()).text == "hello"
    assert running.asked == [f"localhost:{good.port}"]
    running.divert = attacker.port
    with pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(f"https://localhost:{good.port + 1}/")
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []


def test_proxies_of_the_environment(good, attacker, proxy, session, monkeypatch) -> None:
    """They are used with the pinned context as well."""
    running = proxy()
    running.divert = attacker.port
    monkeypatch.setenv("HTTPS_PROXY", running.url())
    with pytest.raises(requests.exceptions.SSLError, match="no pin matches"):
        session.get(good.url())
    assert running.asked == [f"localhost:{good.port}"]
    attacker.wait()
    assert attacker.received == []


def test_a_proxy_over_tls(lab, good, attacker, proxy, session, story, monkeypatch) -> None:
    """The proxy is checked by the platform's CAs, without pins; the server within is pinned."""
    running = proxy("man-in-the-middle")
    session.proxies = {"https": running.url()}
    with pytest.raises(requests.exceptions.ProxyError, match="unable to get local issuer"):
        session.get(good.url())
    assert running.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", str(lab.ca_file))  # as the platform's CAs
    assert session.get(good.url()).text == "hello"
    running.divert = attacker.port
    with pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(f"https://localhost:{good.port + 1}/")
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []
