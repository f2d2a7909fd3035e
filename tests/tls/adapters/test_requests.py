"""The adapter for requests leaves trust to the context, and cannot be weakened."""

import copy
import pickle

import pytest
import requests

import keypin
from keypin.tls import WeakenedContextError
from keypin.tls.adapters.requests import PinnedAdapter, pinned_session


@pytest.fixture
def http(serve, good):
    """Return a good HTTPS server."""

    def behave(tls) -> None:
        while tls.recv(65536):
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    return serve(*good, behave=behave)


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch) -> None:
    """Forget the CA files of this machine; requests prefers them to `session.verify`."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture
def session(pinned):
    """Return a pinned session."""
    with pinned_session(pinned()) as made:
        yield made


def test_it_takes_a_context_or_pins(cast, pinned) -> None:
    """A context is used as it is; pins get one with the defaults."""
    context = pinned()
    assert PinnedAdapter(context).context is context
    made = PinnedAdapter({"localhost": [cast.pin("active"), cast.pin("backup")]}).context
    assert isinstance(made, keypin.SSLContext)


def test_it_takes_the_options_of_requests(pinned) -> None:
    """They are those of `HTTPAdapter`."""
    session = pinned_session(pinned(), max_retries=3)
    assert session.get_adapter("https://shop.example/").max_retries.total == 3


@pytest.mark.parametrize("off", [False, None, ""])
def test_verification_cannot_be_turned_off(off, http, session) -> None:
    """Whatever requests takes for *off* is refused before there is a connection."""
    session.verify = off
    with pytest.raises(WeakenedContextError, match=f"verify={off!r} on a session of keypin"):
        session.get(f"https://localhost:{http.port}/")
    assert http.ended.acquire(blocking=False) is False


def test_a_call_without_verification(http, session) -> None:
    """The same for one call; the next is pinned as before."""
    with pytest.raises(WeakenedContextError):
        session.get(f"https://localhost:{http.port}/", verify=False)
    assert session.get(f"https://localhost:{http.port}/").text == "hello"


def test_where_requests_passes_over_verify(serve, attacker, session, monkeypatch, ca_file) -> None:
    """With a CA file in the environment requests ignores `session.verify`; pins decide as ever."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    session.verify = False
    impostor = serve(*attacker)
    with pytest.raises(requests.exceptions.SSLError, match="no pin matches"):
        session.get(f"https://localhost:{impostor.port}/")
    impostor.wait()
    assert impostor.received == []


def test_trust_is_the_contexts_alone(http, cast, monkeypatch, tmp_path) -> None:
    """Neither requests' own CAs nor a file in `verify=` or the environment become anchors of it."""
    elsewhere = tmp_path / "ca.pem"
    elsewhere.write_bytes(cast.authority("root").pem)
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    other = cast.authority("rogue-root").pem.decode()
    context = keypin.create_default_context(pins, cadata=other)
    anchors = context.get_ca_certs()
    with pinned_session(context) as session:
        url = f"https://localhost:{http.port}/"
        for options in ({}, {"verify": str(elsewhere)}):
            with pytest.raises(requests.exceptions.SSLError, match="unable to get"):
                session.get(url, **options)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(elsewhere))
        with pytest.raises(requests.exceptions.SSLError, match="unable to get"):
            session.get(url)
    assert context.get_ca_certs() == anchors


def test_a_client_certificate(cast, server_context, serve, good, pinned, tmp_path) -> None:
    """`cert=` is loaded into the context, so it is shown to whoever asks from then on."""
    file = tmp_path / "client.pem"
    file.write_bytes(cast.client_pem())
    context = server_context(*good)
    context.verify_mode = 2
    context.load_verify_locations(cadata=cast.trusted_pem().decode())
    seen = []

    def behave(tls) -> None:
        tls.recv(65536)
        seen.append(tls.getpeercert()["subject"])
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    peer = serve(context=context, behave=behave)
    with pinned_session(pinned()) as session:
        url = f"https://localhost:{peer.port}/"
        assert session.get(url, cert=str(file)).status_code == 200
        assert session.get(url).status_code == 200
    assert seen == [((("commonName", "keypin lab client"),),)] * 2


def test_a_copy_has_the_same_pins(pinned) -> None:
    """A shallow copy goes on with the same context."""
    adapter = PinnedAdapter(pinned())
    twin = copy.copy(adapter)
    assert twin.context is adapter.context
    assert twin.poolmanager.connection_pool_kw["ssl_context"] is adapter.context


@pytest.mark.parametrize("how", [copy.deepcopy, pickle.dumps])
def test_it_cannot_be_taken_elsewhere(how, pinned) -> None:
    """A context has no copy, so an adapter has none either."""
    with pytest.raises(TypeError, match="cannot"):
        how(PinnedAdapter(pinned()))
