"""What an observation says of each kind of server."""

import asyncio
import gc
import socket
import threading
import weakref
from collections.abc import Callable
from contextlib import aclosing

import pytest
from OpenSSL import SSL

from keypin.certs import Cause, Endpoint, Observation, Reason
from keypin.lab import Lab
from keypin.probe import (
    ClientCertificate,
    Dial,
    KeyType,
    Limits,
    Options,
    TlsVersion,
    probe,
    probe_many,
    probe_stream,
)
from keypin.probe.contexts import Offer
from keypin.probe.openssl import offer_groups
from keypin.probe.session import Session
from keypin.trust import trust_from_file

Look = Callable[..., Observation]
Serving = Callable[[Callable[[socket.socket], None]], int]
# An OCSP response that says no more than that it cannot be given (RFC 6960 section 4.2.1).
ANSWER = b"\x30\x03\x0a\x01\x06"
BOTH = (KeyType.ECDSA, KeyType.RSA)


def test_a_good_server_shows_its_chain(lab: Lab, look: Look) -> None:
    """Presented as sent, verified to the root, with version, suite and address."""
    running = lab["good-ecdsa"]
    (handshake,) = look(running.host, running.port).handshakes
    assert handshake.address == f"127.0.0.1:{running.port}"
    assert handshake.tls_version == "TLSv1.3"
    assert handshake.cipher.startswith("TLS_")
    assert len(handshake.presented) == 2
    assert handshake.verified is not None
    assert len(handshake.verified) == 3
    assert handshake.problem is None
    assert handshake.stapled is not None
    assert handshake.stapled.ocsp is None


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("good-both-keys", ["ecdsa", "rsa"]),
        ("good-ecdsa", ["ecdsa"]),
        ("good-rsa", ["rsa"]),
        ("good-ed25519", ["default"]),
    ],
)
def test_both_kinds_are_asked_for(lab: Lab, look: Look, name: str, kinds: list[str]) -> None:
    """A server shows each kind it has; a kind it lacks is no failure; others are asked openly."""
    running = lab[name]
    seen = look(running.host, running.port, key_types=BOTH)
    assert [handshake.key_type for handshake in seen.handshakes] == kinds
    assert seen.failures == ()


def test_both_kinds_are_told_apart_in_tls_1_2(lab: Lab, look: Look) -> None:
    """The suites restrict the key where the signature algorithms do not."""
    running = lab["good-both-keys"]
    seen = look(running.host, running.port, key_types=BOTH, versions=frozenset({TlsVersion.TLS12}))
    assert [handshake.presented[0].key.algorithm[:3] for handshake in seen.handshakes] == [
        "EC ",
        "RSA",
    ]
    assert {handshake.tls_version for handshake in seen.handshakes} == {"TLSv1.2"}


def test_each_address_is_seen_apart(lab: Lab, look: Look) -> None:
    """Two addresses of one name may show different chains."""
    running = lab["different-addresses"]
    dials = tuple(Dial.parse(f"{address}:{running.port}") for address in running.addresses)
    seen = look(running.host, running.port, connect=dials)
    first, second = seen.handshakes
    assert (first.address, second.address) == tuple(
        f"{address}:{running.port}" for address in running.addresses
    )
    assert first.presented != second.presented


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("expired", Reason.EXPIRED),
        ("not-yet-valid", Reason.NOT_YET_VALID),
        ("wrong-host", Reason.HOST_MISMATCH),
        ("self-signed", Reason.SELF_SIGNED),
    ],
)
def test_a_chain_that_does_not_verify_is_still_shown(
    lab: Lab, look: Look, name: str, reason: Reason
) -> None:
    """The handshake succeeds; its problem says why no chain was verified."""
    running = lab[name]
    (handshake,) = look(running.host, running.port).handshakes
    assert handshake.verified is None
    assert handshake.problem is not None
    assert handshake.problem.reason is reason
    assert handshake.problem.host == running.host


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("oversized-chain", Cause.TOO_LARGE),
        ("endless", Cause.TOO_LARGE),
        ("cut-off", Cause.CLOSED),
        ("alert", Cause.ALERT),
        ("garbage", Cause.NOT_TLS),
        ("plain-http", Cause.NOT_TLS),
    ],
)
def test_a_hostile_server_gets_its_cause(lab: Lab, look: Look, name: str, cause: Cause) -> None:
    """Each way to fail has a name and a sentence."""
    running = lab[name]
    seen = look(running.host, running.port)
    assert seen.handshakes == ()
    assert [failure.cause for failure in seen.failures] == [cause]
    assert seen.failures[0].address == f"127.0.0.1:{running.port}"


def test_an_alert_has_its_name(lab: Lab, look: Look) -> None:
    """The alert is spelled as RFC 8446 spells it."""
    running = lab["alert"]
    (failure,) = look(running.host, running.port).failures
    assert failure.alert == "handshake_failure"
    assert failure.detail == "the server sent the alert handshake_failure"


@pytest.mark.parametrize("name", ["silent", "slow-handshake"])
def test_a_server_that_stalls_is_left(lab: Lab, look: Look, name: str) -> None:
    """The time for the handshake is limited."""
    running = lab[name]
    seen = look(running.host, running.port, limits=Limits(handshake=0.2))
    (failure,) = seen.failures
    assert failure.cause is Cause.TIMEOUT
    assert failure.detail == "the server did not finish the handshake in time"


def test_a_server_that_drips_is_left(look: Look, serving: Serving) -> None:
    """A byte now and then renews no time."""
    stop = threading.Event()

    def drip(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(b"\x16\x03\x03\x40\x00")
        while not stop.wait(0.01):
            client.sendall(b"\x02")

    seen = look("h.example", serving(drip), limits=Limits(handshake=0.2))
    stop.set()
    assert [failure.cause for failure in seen.failures] == [Cause.TIMEOUT]


def test_bytes_are_limited(look: Look, serving: Serving) -> None:
    """Whatever the bytes are, there is an end to them."""

    def flood(client: socket.socket) -> None:
        client.recv(4096)
        # HelloRequest messages, which a client of TLS 1.2 ignores without end.
        while True:
            client.sendall(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 1000)

    seen = look("h.example", serving(flood), limits=Limits(received=4096))
    assert [failure.cause for failure in seen.failures] == [Cause.TOO_LARGE]
    assert seen.failures[0].detail == "the server sent more than 4096 bytes in the handshake"


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        (Limits(certificates=1), "the server sent 2 certificates"),
        (Limits(chain=10), "the server sent a chain of"),
    ],
)
def test_chains_are_limited(lab: Lab, look: Look, limits: Limits, detail: str) -> None:
    """Certificates are counted and weighed before they are read."""
    running = lab["good-ecdsa"]
    (failure,) = look(running.host, running.port, limits=limits).failures
    assert failure.cause is Cause.TOO_LARGE
    assert failure.detail.startswith(detail)


def test_a_closed_port_is_refused(look: Look) -> None:
    """Nothing listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (failure,) = look("h.example", port, key_types=BOTH).failures
    assert failure.cause is Cause.REFUSED
    assert failure.detail == "the host refused the connection: nothing listens there"


def test_a_name_without_address_is_named(look: Look) -> None:
    """The resolver's answer is the failure; there is no address."""
    (failure,) = look("nothing.invalid", 443, connect=()).failures
    assert failure.cause is Cause.DNS
    assert failure.address is None
    assert "nothing.invalid" in failure.detail


def test_a_name_is_resolved(lab: Lab, look: Look) -> None:
    """Without an override, the resolver's addresses are dialled, each apart."""
    running = lab["good-ecdsa"]
    seen = look(f"localhost:{running.port}", 0, connect=())
    assert f"127.0.0.1:{running.port}" in {handshake.address for handshake in seen.handshakes}


def test_a_client_certificate_is_shown(lab: Lab, look: Look) -> None:
    """A server that asks who is there gets an answer, in TLS 1.2 within the handshake."""
    running = lab["client-certificate"]
    client = ClientCertificate.from_pem(lab.client_file.read_bytes())
    seen = look(running.host, running.port, client=client, versions=frozenset({TlsVersion.TLS12}))
    assert len(seen.handshakes) == 1


def test_probe_asks_for_both_kinds(lab: Lab) -> None:
    """One host, awaited."""
    running = lab["good-both-keys"]
    options = Options(
        trust=trust_from_file(lab.ca_file), connect=(Dial("127.0.0.1", running.port),)
    )
    seen = asyncio.run(probe(Endpoint(running.host), options))
    assert [handshake.key_type for handshake in seen.handshakes] == ["ecdsa", "rsa"]


def test_leaving_the_stream_ends_the_probes(lab: Lab) -> None:
    """A reader that has seen enough waits for nobody."""
    good, silent = lab["good-ecdsa"], lab["silent"]
    endpoints = [Endpoint("127.0.0.1", silent.port), Endpoint("127.0.0.1", good.port)]
    options = Options(trust=trust_from_file(lab.ca_file), key_types=(KeyType.DEFAULT,))

    async def first() -> Observation:
        async with aclosing(probe_many(endpoints, options)) as stream:
            async for observation in stream:
                return observation
        raise AssertionError

    assert asyncio.run(first()).endpoint.port == good.port


def test_many_hosts_with_broken_ones_are_all_named(lab: Lab) -> None:
    """Every endpoint comes back once, each broken one with its cause."""
    good, bad = lab["good-ecdsa"], lab["garbage"]
    endpoints = [
        Endpoint(f"h{number}.example", (bad if number % 20 == 0 else good).port)
        for number in range(300)
    ]
    options = Options(
        trust=trust_from_file(lab.ca_file),
        key_types=(KeyType.DEFAULT,),
        connect=(Dial("127.0.0.1"),),
    )
    seen = list(probe_stream(endpoints, options, concurrency=50))
    assert {each.endpoint for each in seen} == set(endpoints)
    assert [each.failures[0].cause for each in seen if each.failures] == [Cause.NOT_TLS] * 15


def test_one_host_is_not_crowded(lab: Lab) -> None:
    """No more endpoints of one host are open at once than allowed."""
    running = lab["good-ecdsa"]
    options = Options(trust=trust_from_file(lab.ca_file), key_types=(KeyType.DEFAULT,))
    endpoints = [Endpoint("127.0.0.1", running.port)] * 40
    assert len(list(probe_stream(endpoints, options, concurrency=8, per_host=1))) == 40


def test_concurrency_is_positive() -> None:
    """Nothing at once would never end."""
    with pytest.raises(ValueError, match="at least one endpoint"):
        list(probe_stream([], concurrency=0))


def openssl_server(lab: Lab, groups: str | None, ocsp: bytes) -> Callable[[socket.socket], None]:
    """Return the script of a server on OpenSSL, with what Python's own module cannot be told."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(lab.client_file))
    context.use_privatekey_file(str(lab.client_file))
    context.set_ocsp_server_callback(lambda _connection, _data: ocsp)
    if groups is not None:
        offer_groups(context, groups)

    def serve(client: socket.socket) -> None:
        client.settimeout(None)
        tls = SSL.Connection(context, client)
        tls.set_accept_state()
        tls.do_handshake()

    return serve


def test_a_server_that_speaks_only_the_hybrid(lab: Lab, look: Look, serving: Serving) -> None:
    """Its group has no key share in the first message; it asks for one and gets it."""
    port = serving(openssl_server(lab, "X25519MLKEM768", b""))
    assert len(look("h.example", port).handshakes) == 1


def test_a_stapled_answer_is_kept(lab: Lab, look: Look, serving: Serving) -> None:
    """As it came, unverified; and only if it is asked for."""
    port = serving(openssl_server(lab, None, ANSWER))
    (asked,) = look("h.example", port).handshakes
    (silent,) = look("h.example", port, ocsp=False).handshakes
    assert asked.stapled is not None
    assert asked.stapled.ocsp == ANSWER
    assert silent.stapled is not None
    assert silent.stapled.ocsp is None


def test_a_handshake_leaves_no_cycle() -> None:
    """What OpenSSL holds for a connection is freed at its end, not when the collector comes by."""
    session = Session(Offer(KeyType.DEFAULT, frozenset(TlsVersion)).context(), "h", ask_ocsp=True)
    connection = weakref.ref(session._tls)
    gc.disable()
    try:
        del session
        assert connection() is None
    finally:
        gc.enable()


def test_an_address_that_is_forbidden_is_not_dialled(lab: Lab, look: Look) -> None:
    """It is asked for after the name was resolved; what is dialled is what was asked for."""
    running = lab["good-ecdsa"]
    before = running.records["127.0.0.1"].connections
    seen = look(running.host, running.port, forbid=lambda ip: f"{ip} is internal")
    (failure,) = seen.failures
    assert (failure.cause, failure.detail) == (Cause.FORBIDDEN, "127.0.0.1 is internal")
    assert running.records["127.0.0.1"].connections == before
    assert look(running.host, running.port, forbid=lambda _: None).handshakes
