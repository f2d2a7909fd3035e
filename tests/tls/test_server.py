"""A server lets in the clients whose pins it has, and hostile clients get no byte through."""

import socket
import ssl
import threading

import pytest

import keypin
from keypin.errors import InputError
from keypin.tls import WeakenedContextError


@pytest.fixture(scope="session")
def people(cast, tmp_path_factory):
    """Return a folder with the certificates of clients, good and hostile."""
    folder = tmp_path_factory.mktemp("people")
    intermediate, other = cast.authority("intermediate"), cast.authority("other-intermediate")
    pinned = cast.leaf("renewed")
    chains = {
        "pinned": (pinned, intermediate),
        "same-ca": (cast.leaf("attacker"), intermediate),
        "other-ca": (cast.leaf("attacker", "other-intermediate"), other),
        "unknown": (cast.leaf("attacker", None),),
        "expired": (cast.leaf("renewed", start=-100), intermediate),
        "stuffed": (cast.leaf("attacker", "other-intermediate"), other, pinned, intermediate),
        "self": (cast.leaf("backup", None),),
        "server": (cast.leaf(), intermediate),
    }
    for name, chain in chains.items():
        pem = chain[0].key_pem + b"".join(issued.pem for issued in chain)
        (folder / f"{name}.pem").write_bytes(pem)
    (folder / "ca.pem").write_bytes(cast.trusted_pem() + chains["self"][0].pem)
    return folder


@pytest.fixture
def serving(people, cast, serve):
    """Return a function that starts a server which pins its clients."""

    def start(clients=None, **options):
        behave = options.pop("behave", None)
        context = keypin.create_server_context(
            people / "server.pem",
            clients=clients or {"billing": [cast.pin("renewed")], "lamp": [cast.pin("backup")]},
            cafile=people / "ca.pem",
            **options,
        )
        return serve(context=context, behave=behave)

    return start


@pytest.fixture
def knock(pinned, people, dial):
    """Return a function that connects as one of the people, and exchanges a byte."""

    def connect(peer, name: str | None, version=None, session=None, context=None):
        context = context or pinned()
        if name:
            context.load_cert_chain(people / f"{name}.pem")
        if version:
            context.maximum_version = version
        tls = dial(context, peer, session=session)
        tls.sendall(b"x")
        if tls.recv(1) != b"x":
            raise ConnectionResetError("hung up")
        return tls

    return connect


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
class TestVersions:
    """In each version of TLS."""

    @pytest.mark.parametrize(("name", "identity"), [("pinned", "billing"), ("self", "lamp")])
    def test_who_may_come_in(self, version, name, identity, serving, knock) -> None:
        """By a CA's certificate, or by one of its own making that the server trusts."""
        seen = []

        def answer(tls) -> None:
            seen.append(tls.client)
            tls.sendall(tls.recv(1))

        knock(serving(behave=answer), name, version)
        assert seen[0].identity == identity
        assert seen[0].leaf.common_name == "localhost"

    @pytest.mark.parametrize("name", [None, "same-ca", "other-ca", "unknown", "expired", "stuffed"])
    def test_who_may_not(self, version, name, serving, knock) -> None:
        """The connection is closed, and no byte of it reached the application."""
        peer = serving()
        with pytest.raises(OSError):  # noqa: PT011 - an alert, a reset or an end: TLS versions differ
            knock(peer, name, version)
        peer.wait()
        assert peer.received == []

    def test_a_resumed_session(self, version, serving, knock, pinned) -> None:
        """TLS 1.2 resumes by identifier and is judged again; tickets are off."""
        peer, context = serving(), pinned()
        first = knock(peer, "pinned", version, context=context)
        second = knock(peer, None, version, session=first.session, context=context)
        assert second.session_reused is (version is ssl.TLSVersion.TLSv1_2)


def test_todays_pins_decide_on_a_resumed_session(serving, knock, pinned, cast) -> None:
    """A client that was taken out does not come in by an old session."""
    pins = [keypin.ClientPins.from_mapping({"billing": [cast.pin("renewed")]})]
    peer, context = serving(lambda: pins[-1]), pinned()
    version = ssl.TLSVersion.TLSv1_2
    session = knock(peer, "pinned", version, context=context).session
    assert knock(peer, None, version, session=session, context=context).session_reused
    pins.append(
        keypin.ClientPins(pins[0].identities, denied=(keypin.Pin.parse(cast.pin("renewed")),))
    )
    with pytest.raises(OSError):  # noqa: PT011 - hung up on
        knock(peer, None, version, session=session, context=context)
    pins.append(pins[0])
    assert knock(peer, None, version, session=session, context=context).session_reused


def test_a_session_whose_chain_is_not_known(serving, knock, pinned) -> None:
    """Without the memory of what was verified, a resumed session proves nothing."""
    peer, context = serving(), pinned()
    version = ssl.TLSVersion.TLSv1_2
    session = knock(peer, "pinned", version, context=context).session
    peer.context.keypin_judge._chains.clear()
    with pytest.raises(OSError):  # noqa: PT011 - hung up on
        knock(peer, None, version, session=session, context=context)


def test_a_certificate_that_expired_since(serving, knock, pinned, monkeypatch) -> None:
    """OpenSSL does not look at the dates of a resumed session."""
    peer, context = serving(), pinned()
    version = ssl.TLSVersion.TLSv1_2
    session = knock(peer, "pinned", version, context=context).session
    monkeypatch.setattr("keypin.tls.client_judge.time", lambda: 1e11)
    with pytest.raises(OSError):  # noqa: PT011 - hung up on
        knock(peer, None, version, session=session, context=context)


def test_memory_of_clients_is_bounded(serving, knock, monkeypatch) -> None:
    """As many as OpenSSL keeps sessions."""
    monkeypatch.setattr("keypin.tls.client_judge._CLIENTS", 1)
    peer = serving()
    for name in ("pinned", "self", "pinned"):
        knock(peer, name)
    assert len(peer.context.keypin_judge._chains) == 1


def test_events(serving, knock) -> None:
    """Whoever listens hears who came in, and who did not."""
    events = []
    peer = serving(on_event=events.append)
    knock(peer, "pinned").close()
    for name in ("same-ca", "other-ca"):
        with pytest.raises(OSError):  # noqa: PT011 - hung up on
            knock(peer, name)
        peer.wait()
    peer.wait()
    assert [event.outcome for event in events] == ["matched", "not-verified", "not-verified"]
    assert events[0].verdict.identity == "billing"
    assert isinstance(events[1].refusal, keypin.ClientRefusedError)
    assert "no pin of any client matches" in str(events[1].refusal)
    assert events[1].refusal.mismatch.chain.leaf.common_name == "localhost"


def test_pins_that_cannot_be_had(serving, knock) -> None:
    """Then nobody comes in."""

    def gone() -> keypin.ClientPins:
        raise LookupError("gone")

    events = []
    peer = serving(gone, on_event=events.append)
    with pytest.raises(OSError):  # noqa: PT011 - hung up on
        knock(peer, "pinned")
    peer.wait()
    assert "no pins to judge clients by: LookupError: gone" in str(events[0].refusal)


@pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL])
def test_it_cannot_be_weakened(mode, serving) -> None:
    """A client's certificate is demanded, whatever a framework would like."""
    context = serving().context
    with pytest.raises(WeakenedContextError):
        context.verify_mode = mode
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.num_tickets == 0


def test_a_context_that_a_name_brings(people, serving, knock) -> None:
    """A callback for names may give another pinned context, and none without pins."""
    for other, accepted in (
        (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), False),
        (serving({"other": ["sha256/" + "A" * 43 + "="]}).context, False),
        (serving().context, True),
    ):
        peer = serving()
        other.load_cert_chain(people / "server.pem")

        def change(tls, _name, _context, other=other) -> int | None:
            try:
                tls.context = other
            except ValueError:
                return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
            return None

        peer.context.sni_callback = change
        if accepted:
            knock(peer, "pinned")
        else:
            with pytest.raises(OSError):  # noqa: PT011 - an alert or an end
                knock(peer, "pinned")
            assert peer.received == []


def test_a_handshake_that_is_left_to_the_handler(people, serving, pinned, cast) -> None:
    """The first read of the handler judges the client."""
    context = serving().context
    for name, accepted in (("pinned", True), ("same-ca", False)):
        ours, theirs = socket.socketpair()
        client = pinned()
        client.load_cert_chain(people / f"{name}.pem")
        failed = []

        def connect(ours=ours, client=client, failed=failed) -> None:
            try:
                with client.wrap_socket(ours, server_hostname="localhost") as tls:
                    tls.sendall(b"x")
                    tls.recv(1)
            except OSError as error:
                failed.append(error)

        thread = threading.Thread(target=connect)
        thread.start()
        with context.wrap_socket(theirs, server_side=True, do_handshake_on_connect=False) as server:
            if accepted:
                assert server.recv(1) == b"x"
            else:
                with pytest.raises(keypin.ClientRefusedError):
                    server.recv(1)
        thread.join()
    assert cast


def test_bad_input(people, cast) -> None:
    """What cannot work is said when the context is made."""
    with pytest.raises(InputError, match="no trust anchors"):
        keypin.create_server_context(people / "server.pem", clients={"a": [cast.pin("renewed")]})
    with pytest.raises(InputError, match="no client is pinned"):
        keypin.ServerContext(clients={})
    with pytest.raises(ValueError, match="PROTOCOL_TLS_SERVER alone"):
        keypin.ServerContext(ssl.PROTOCOL_TLS_CLIENT, clients={"a": [cast.pin("renewed")]})
