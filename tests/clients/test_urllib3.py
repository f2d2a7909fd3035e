"""urllib3 with a context of keypin."""

import gc
import socket
import ssl

import pytest
import urllib3
from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

import keypin
from keypin.tls import WeakenedContextError


@pytest.fixture
def pool():
    """Return a function that makes a pool manager which the test's end clears."""
    made: list[urllib3.PoolManager] = []

    def make(context: ssl.SSLContext, proxy: str | None = None, **options):
        options.setdefault("retries", Retry(5, other=0))
        if proxy:
            made.append(urllib3.ProxyManager(proxy, ssl_context=context, **options))
        else:
            made.append(urllib3.PoolManager(ssl_context=context, **options))
        return made[-1]

    yield make
    for manager in made:
        manager.clear()


def cause(error: MaxRetryError) -> BaseException:
    """Return the error of the handshake beneath one of urllib3, as the page shows it."""
    return error.reason.args[0]


def test_a_good_server(good, pinned, pool) -> None:
    """It answers, on one connection as often as asked."""
    manager = pool(pinned())
    assert manager.request("GET", good.url()).data == b"hello"
    assert manager.request("GET", good.url()).data == b"hello"
    assert good.connections == 1


def test_an_attacker(attacker, pinned, pool, story) -> None:
    """The error that the user sees tells the story, and keypin's own is beneath it."""
    with pytest.raises(MaxRetryError) as caught:
        pool(pinned()).request("GET", attacker.url())
    assert story(caught.value)
    assert isinstance(cause(caught.value), keypin.PinMismatchError)
    attacker.wait()
    assert attacker.received == []


def test_without_retries(attacker, pinned, pool, story) -> None:
    """With `retries=False` it is urllib3's SSLError that comes out."""
    with pytest.raises(urllib3.exceptions.SSLError) as caught:
        pool(pinned(), retries=False).request("GET", attacker.url())
    assert story(caught.value)
    assert isinstance(caught.value.args[0], keypin.PinMismatchError)


def test_hostile_servers(hostile, pinned, pool) -> None:
    """None is sent anything."""
    with pytest.raises(MaxRetryError) as caught:
        pool(pinned()).request("GET", hostile.url())
    assert isinstance(cause(caught.value), ssl.SSLCertVerificationError)
    hostile.wait()
    assert hostile.received == []


def test_a_redirect_to_a_host_without_pins(good, serve, pinned, pool) -> None:
    """It is refused, though the other server shows the very same certificate."""
    other = serve()
    with pytest.raises(MaxRetryError) as caught:
        pool(pinned()).request("GET", good.url(f"/to?{other.url(host='127.0.0.1')}"))
    assert isinstance(cause(caught.value), keypin.UnpinnedHostError)
    other.wait()
    assert other.received == []


def test_a_redirect_out_of_tls(good, serve, pinned, pool) -> None:
    """It is followed, as no context sees it; a manager without `http` does not follow it."""
    other = serve(implicit=False)
    url = good.url(f"/to?http://localhost:{other.port}/")
    manager = pool(pinned())
    assert manager.request("GET", url).data == b"hello"
    del manager.key_fn_by_scheme["http"]
    manager.clear()
    with pytest.raises(urllib3.exceptions.URLSchemeUnknown):
        manager.request("GET", url)
    assert other.connections == 1


def test_a_pool_of_several_hosts(good, lab, pool) -> None:
    """A connection that one host's pins let in does not serve another, nor its certificate."""
    right, wrong, backup = (lab.cast.pin(name) for name in ("active", "renewed", "backup"))
    pins = {"127.0.0.1": [right, backup], "localhost": [wrong, backup]}
    manager = pool(keypin.create_default_context(pins, cafile=lab.ca_file))
    assert manager.request("GET", good.url(host="127.0.0.1")).data == b"hello"
    with pytest.raises(MaxRetryError, match="localhost: no pin matches"):
        manager.request("GET", good.url())


@pytest.mark.parametrize("tls", [None, "good-ecdsa"], ids=["http", "https"])
def test_a_proxy(tls, good, attacker, proxy, pinned, pool, story) -> None:
    """The server within the tunnel is the one that is judged, in TLS within TLS too."""
    running = proxy(tls)
    options = {"proxy_ssl_context": pinned()} if tls else {}
    manager = pool(pinned(), running.url(), **options)
    assert manager.request("GET", good.url()).data == b"hello"
    assert running.asked == [f"localhost:{good.port}"]
    running.divert = attacker.port
    with pytest.raises(MaxRetryError) as caught:
        manager.request("GET", f"https://localhost:{good.port + 1}/")
    assert story(caught.value)
    attacker.wait()
    assert attacker.received == []


def test_a_proxy_that_is_no_pinned_one(good, proxy, pinned, pool) -> None:
    """A context for the proxy pins the proxy: it is not told where the client wants to go."""
    running = proxy("man-in-the-middle")
    manager = pool(pinned(), running.url(), proxy_ssl_context=pinned())
    with pytest.raises(MaxRetryError, match="no pin matches"):
        manager.request("GET", good.url())
    assert running.asked == []


@pytest.mark.parametrize(
    "options",
    [
        {"cert_reqs": "CERT_NONE"},
        {"cert_reqs": ssl.CERT_OPTIONAL},
        {"assert_hostname": False},
        {"assert_hostname": "localhost"},
        {"assert_fingerprint": "00" * 32},
    ],
    ids=lambda options: next(iter(options)),
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # urllib3 leaves its socket open
def test_checks_turned_off_by_the_library(options, attacker, good, pinned, pool) -> None:
    """Each option that would switch off a check of the context is refused, before a byte of TLS."""
    context = pinned()
    for server in (attacker, good):
        with pytest.raises(WeakenedContextError, match="on a context of keypin"):
            pool(context, **options).request("GET", server.url())
        gc.collect()
        server.wait()
        assert server.received == []
    assert pool(context).request("GET", good.url()).data == b"hello"


def test_the_name_that_is_asked_for(good, pinned, pool) -> None:
    """With `server_hostname` the pins are those of that name, and the certificate must have it."""
    manager = pool(pinned(), server_hostname="localhost")
    assert manager.request("GET", good.url(host="127.0.0.1")).data == b"hello"
    with pytest.raises(MaxRetryError, match="Hostname mismatch"):
        pool(pinned("shop.example"), server_hostname="shop.example").request("GET", good.url())


def test_what_it_leaves_in_the_context(good, serve, echo, pinned, pool) -> None:
    """It writes its ALPN into the context, which says so to servers of other protocols, too."""
    context = pinned()
    assert pool(context).request("GET", good.url()).data == b"hello"
    other = serve(script=echo)
    other.context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", other.port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"
