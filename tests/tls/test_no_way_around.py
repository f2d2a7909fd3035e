"""Each flaw that let somebody around pins elsewhere, tried here with a real handshake.

The table of the documentation names the rows: `docs/explanation/no-way-around.md`. What a client
library adds of its own is tried in `tests/clients`.
"""

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import keypin
from keypin import HostPattern, Pin, PinSet, Policy
from keypin.errors import InputError
from keypin.lab import SCENARIOS, Expect
from keypin.lab.authority import Request, issue
from keypin.pins import PolicyPin

HOW = ("blocking", "asyncio", "lazy")
TRIED = [name for name, scenario in SCENARIOS.items() if scenario.expect is not Expect.EITHER]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", TRIED)
def test_the_laboratory(name, how, lab, reach) -> None:
    """Stuffed, forged, expired and broken chains; no hostile server gets a byte."""
    running = lab[name]
    context = keypin.create_default_context(running.pins_toml, cafile=lab.ca_file)
    before = len(running.received)
    if running.scenario.expect is Expect.ACCEPT:
        assert reach(context, running, how).startswith(b"HTTP/1.1 200")
    else:
        with pytest.raises(OSError):  # noqa: PT011 - refusals, alerts and timeouts alike
            reach(context, running, how)
        assert len(running.received) == before


@pytest.fixture
def reach():
    """Return a function that asks a server of the lab for its page, in one of three ways."""

    def ask(context, running, how: str) -> bytes:
        address = running.addresses[0], running.port
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        if how == "asyncio":
            return asyncio.run(asyncio.wait_for(_ask(context, *address, request), 2))
        with socket.create_connection(address, timeout=2) as plain:
            with context.wrap_socket(
                plain, server_hostname=running.host, do_handshake_on_connect=how != "lazy"
            ) as tls:
                tls.sendall(request)
                return tls.recv(4096)

    return ask


async def _ask(context, host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(
        host, port, ssl=context, server_hostname="localhost"
    )
    writer.write(request)
    try:
        return await reader.read(4096)
    finally:
        writer.transport.abort()


def test_a_key_that_can_be_read_in_two_ways(pinned, serve, dial, cast) -> None:
    """The pinned key's bytes elsewhere in a certificate are not its key (CVE-2026-87866)."""
    spki = (
        cast.leaf()
        .certificate.public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    signer = cast.authority("other-intermediate")
    plain = cast.leaf("attacker", "other-intermediate").certificate
    builder = x509.CertificateBuilder(
        issuer_name=plain.issuer,
        subject_name=plain.subject,
        public_key=plain.public_key(),
        serial_number=plain.serial_number,
        not_valid_before=plain.not_valid_before_utc,
        not_valid_after=plain.not_valid_after_utc,
        extensions=[
            *plain.extensions,
            x509.Extension(
                x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"),
                critical=False,
                value=x509.UnrecognizedExtension(
                    x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), spki
                ),
            ),
        ],
    )
    forged = type(signer)(builder.sign(signer.key, hashes.SHA256()), cast.key("attacker"))
    with pytest.raises(keypin.PinMismatchError):
        dial(pinned(), serve(forged, signer))


def test_a_trust_anchor_with_a_public_roots_name(cast, pinned, serve, dial, tmp_path) -> None:
    """A local anchor of the pinned root's name, with another key, is another root."""
    root = cast.authority("root").certificate
    false = issue(
        Request(
            name="keypin lab root", organization="keypin lab", key=cast.key("attacker"), ca=True
        ),
        datetime.now(UTC),
    )
    assert false.certificate.subject == root.subject
    leaf = issue(
        Request(name="localhost", key=cast.key("renewed"), issuer=false), datetime.now(UTC)
    )
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(cast.authority("root").pem + false.pem)
    with pytest.raises(keypin.PinMismatchError):
        dial(pinned("root", "backup", cafile=anchors), serve(leaf, false))


def test_another_certificate_each_time(pinned, serve, dial, good, attacker, server_context):
    """What was checked on one connection is said of no other (a check before the request)."""
    contexts = [server_context(*good), server_context(*attacker)]
    context = pinned()
    for _ in range(2):
        peers = [serve(context=one) for one in contexts]
        assert dial(context, peers[0]).verdict
        with pytest.raises(keypin.PinMismatchError):
            dial(context, peers[1])


def test_two_hosts_with_one_certificate(pinned, serve, dial, cast) -> None:
    """A host's pins are its own, though another host has the same certificate (CVE-2014-3166)."""
    shared = cast.leaf(hosts=("localhost", "other.test"))
    pins = {
        "localhost": [cast.pin("active"), cast.pin("backup")],
        "other.test": [cast.pin("renewed"), cast.pin("backup")],
    }
    context, peer = pinned(pins=pins), serve(shared, cast.authority("intermediate"))
    assert dial(context, peer).verdict
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer, "other.test")


SPELLINGS = (
    "LOCALHOST.Test",
    "localhost.test.",
    "localhost\u3002test",
    "localhost\uff0etest",
    "\uff4cocalhost.test",
    b"localhost.test",
)


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_host_in_another_spelling(host, pinned, serve, dial, cast, attacker) -> None:
    """Whatever reaches the server reaches the policy (CVE-2026-129482, okhttp#2609)."""
    hosts = ("localhost.test", "xn--ocalhost-3k1e.test")
    context = pinned(host="localhost.test", unpinned="allow")
    leaf = cast.leaf("attacker", "other-intermediate", hosts=hosts)
    with pytest.raises(ssl.SSLCertVerificationError):
        dial(context, serve(leaf, attacker[1]), host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost.test..",
        "user@localhost.test",
        "localhost.test:443",
        "localhost%2etest",
        "localhost.test\0",
        "localhost.test\0.evil.test",
        "127.1",
        "0x7f.1",
        "local host",
        ".localhost.test",
        "https://localhost.test",
    ],
)
def test_a_host_that_is_none(host, pinned, serve, dial, good) -> None:
    """What has no canonical form is refused, not compared."""
    with pytest.raises((ssl.SSLCertVerificationError, ValueError)):
        dial(pinned(host="localhost.test", unpinned="allow"), serve(*good), host)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address(address, pinned, serve, dial, good, attacker) -> None:
    """IP addresses have pins of their own."""
    context = pinned(host=address)
    assert dial(context, serve(*good), address).verdict
    with pytest.raises(keypin.PinMismatchError):
        dial(context, serve(*attacker), address)


def test_a_lookalike_is_not_covered(pinned, serve, dial, cast) -> None:
    """Patterns compare whole labels (okhttp#3324)."""
    context = pinned(host="**.localhost.test")
    leaf = cast.leaf(hosts=("evillocalhost.test",))
    with pytest.raises(keypin.UnpinnedHostError):
        dial(context, serve(leaf, cast.authority("intermediate")), "evillocalhost.test")


def test_the_wrong_name_with_the_right_pin(pinned, serve, dial, cast) -> None:
    """Pins do not replace the check of the name (aiohttp's, urllib3's fingerprints)."""
    leaf = cast.leaf(hosts=("wrong.test",))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        dial(pinned(), serve(leaf, cast.authority("intermediate")))


ANONYMOUS = ["aNULL", *(["PSK"] if sys.version_info >= (3, 13) else [])]


@pytest.mark.parametrize("ciphers", ANONYMOUS)
def test_a_certificate_at_all(ciphers, pinned, serve, dial, good, server_context, ca_file) -> None:
    """Anonymous ciphers and pre-shared keys show no certificate; plain ssl accepts both."""
    server, plain, ours = (
        server_context(*good),
        ssl.create_default_context(cafile=ca_file),
        pinned(),
    )
    for context in (server, plain, ours):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if ciphers == "PSK":
        server.set_psk_server_callback(lambda _: b"key" * 8)
        plain.set_psk_client_callback(lambda _: ("someone", b"key" * 8))
        ours.set_psk_client_callback(lambda _: ("someone", b"key" * 8))
    peer = serve(context=server)
    assert dial(plain, peer).getpeercert(binary_form=True) is None
    with pytest.raises(keypin.UnprovenPeerError, match="by no certificate"):
        dial(ours, peer)


def test_pins_that_are_empty_or_half_malformed(cast) -> None:
    """Nothing is repaired, nothing is left out: it raises (curl's white space, RFC 7469)."""
    good = cast.pin("active")
    for pins in (
        {},
        {"localhost": []},
        {"localhost": [good]},
        {"localhost": [good, good[:-5]]},
        {"localhost": [good, " " + cast.pin("backup")]},
        {"localhost": [good, "sha1/AAAA"]},
        {"localhost": [good, cast.pin("backup")], "exa mple": [good, cast.pin("backup")]},
        {"**.co.uk": [good, cast.pin("backup")]},
    ):
        with pytest.raises(InputError):
            keypin.create_default_context(pins)


@pytest.mark.parametrize(
    ("on_expiry", "good_passes", "attacker_passes"),
    [("refuse", False, False), ("report", True, True), ("allow", True, True)],
)
def test_an_expired_policy(
    on_expiry, good_passes, attacker_passes, cast, ca_file, serve, dial, good, attacker, tmp_path
) -> None:
    """What happens then is written in the policy, and never silent (CVE-2016-5284)."""
    file = tmp_path / "pins.toml"
    events = []
    for days, expect in (
        (1, (True, False)),
        (-1, (good_passes, attacker_passes)),
    ):
        expires = datetime.now(UTC) + timedelta(days=days)
        file.write_text(
            'version = 1\n[[policy]]\nhost = "localhost"\n'
            f'pins = ["{cast.pin("active")}"]\nbackup_pins = ["{cast.pin("backup")}"]\n'
            f'expires = {expires:%Y-%m-%dT%H:%M:%SZ}\non_expiry = "{on_expiry}"\n'
        )
        context = keypin.create_default_context(file, cafile=ca_file, on_event=events.append)
        for chain, passes in zip((good, attacker), expect, strict=True):
            peer = serve(*chain)
            if passes:
                dial(context, peer)
            else:
                with pytest.raises(keypin.PinMismatchError):
                    dial(context, peer)
            assert events[-1].refusal is None if passes else events[-1].refusal


def test_a_clock_that_is_set_back(pinned, serve, dial, cast, attacker, monkeypatch) -> None:
    """A verdict that rested on the policy's expiry does not outlive a change of the clock."""
    now = datetime.now(UTC)
    policy = Policy(
        host=HostPattern("localhost"),
        pins=tuple(PolicyPin(Pin.parse(cast.pin(name))) for name in ("active", "backup")),
        expires=now - timedelta(days=1),
    )
    context, peer = pinned(pins=PinSet((policy,))), serve(*attacker)
    for _ in range(2):
        dial(context, peer)  # expired: reported and let pass
    earlier = (now - timedelta(days=2)).timestamp()
    monkeypatch.setattr("keypin.tls.host_judge.time", lambda: earlier)
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer)


def test_tls_in_tls(pinned, serve, dial, good, attacker, server_context) -> None:
    """Behind a proxy that speaks TLS itself, the server inside is judged by its own pins."""
    for chain in (good, attacker):
        inner = server_context(*chain)

        def relay(outer: ssl.SSLSocket, inner=inner) -> None:
            _serve_inside(outer, inner)

        outer = dial(pinned(), serve(*good, behave=relay))
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = pinned().wrap_bio(incoming, outgoing, server_hostname="localhost")
        if chain is good:
            _shake_inside(outer, client, incoming, outgoing)
            assert isinstance(client.verdict, keypin.Matched)
        else:
            with pytest.raises(keypin.PinMismatchError):
                _shake_inside(outer, client, incoming, outgoing)


def _shake_inside(outer, client, incoming, outgoing) -> None:
    while True:
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            outer.sendall(outgoing.read())
            incoming.write(outer.recv(65536))
        else:
            outer.sendall(outgoing.read())
            return


def _serve_inside(outer, context) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    while read := outer.recv(65536):  # nothing: whoever refused the server inside has left
        incoming.write(read)
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            outer.sendall(outgoing.read())
        else:
            outer.sendall(outgoing.read())
            return


def test_threads_while_pins_are_swapped(cast, ca_file, serve, good, attacker) -> None:
    """No thread sees half of the old pins and half of the new: every verdict is one of the two."""
    both = [cast.pin("active"), cast.pin("backup")]
    sets = [
        keypin.PinSet.from_mapping({"localhost": both}),
        keypin.PinSet.from_mapping({"localhost": [*both, cast.pin("renewed")]}),
    ]
    source = keypin.PinSource(sets[0])
    context = keypin.create_default_context(source, cafile=ca_file)
    peers = serve(*good), serve(*attacker)
    stop, wrong = threading.Event(), []

    def connect() -> None:
        for index in range(40):
            peer = peers[index % 2]
            accepted = True
            try:
                with socket.create_connection(("127.0.0.1", peer.port)) as plain:
                    with context.wrap_socket(plain, server_hostname="localhost") as tls:
                        tls.sendall(b"x")
            except keypin.PinMismatchError:
                accepted = False
            if accepted is not (index % 2 == 0):
                wrong.append(index)

    def swap() -> None:
        while not stop.wait(0.001):
            source.swap(sets[source.pin_set is sets[0]])

    swapper = threading.Thread(target=swap)
    swapper.start()
    threads = [threading.Thread(target=connect) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    swapper.join()
    assert not wrong
    assert peers[1].received == []


PROGRAM = """
import socket, ssl, sys, atexit, keypin
host, good, bad, ca, first, second = sys.argv[1:]
context = keypin.create_default_context({"localhost": [first, second]}, cafile=ca)
def connect(port):
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            tls.sendall(b"x")
"""


def run(program: str, serve, cast, ca_file, good, attacker) -> subprocess.CompletedProcess[str]:
    """Run a program that has a context, a good server and an attacker's."""
    arguments = [
        "127.0.0.1",
        serve(*good).port,
        serve(*attacker).port,
        ca_file,
        cast.pin("active"),
        cast.pin("backup"),
    ]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_fork(serve, cast, ca_file, good, attacker) -> None:
    """A child has the pins of its parent, warm or not."""
    program = """
import os
connect(good)
child = os.fork()
if child == 0:
    connect(good)
    try:
        connect(bad)
    except keypin.PinMismatchError:
        os._exit(7)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(program, serve, cast, ca_file, good, attacker).returncode == 7


def test_interpreter_shutdown(serve, cast, ca_file, good, attacker) -> None:
    """A connection that is made while the interpreter ends is judged as well."""
    program = """
def last():
    connect(good)
    try:
        connect(bad)
    except keypin.PinMismatchError as error:
        print("refused", error.host)
atexit.register(last)
class Late:
    def __del__(self):
        try:
            connect(bad)
        except keypin.PinMismatchError:
            print("refused late", flush=True)
        except Exception as error:
            print("failed late", type(error).__name__, flush=True)
sys.modules["late"] = Late()
"""
    done = run(program, serve, cast, ca_file, good, attacker)
    assert "refused localhost" in done.stdout
    assert "late" in done.stdout


def test_no_leak(pinned, serve, dial, good, attacker) -> None:
    """Connections, accepted and refused, leave nothing behind."""
    context, peers = pinned(), (serve(*good), serve(*attacker))

    def rounds(count: int) -> int:
        for _ in range(count):
            dial(context, peers[0]).close()
            with pytest.raises(keypin.PinMismatchError):
                dial(context, peers[1])
        gc.collect()
        kinds = (keypin.PinMismatchError, keypin.Certificate, keypin.VerifiedChain)
        return sum(isinstance(found, kinds) for found in gc.get_objects())

    rounds(3)
    assert rounds(3) == rounds(10)


def test_a_provider_that_fails(cast, ca_file, serve, dial, good) -> None:
    """Without pins nothing passes."""
    pin_set = keypin.PinSet.from_mapping({"localhost": [cast.pin("active"), cast.pin("backup")]})
    answers: list[keypin.PinSet | Exception] = [pin_set]

    def provide() -> keypin.PinSet:
        if isinstance(answers[-1], Exception):
            raise answers[-1]
        return answers[-1]

    context = keypin.create_default_context(provide, cafile=ca_file)
    peer = serve(*good)
    dial(context, peer)
    answers.append(KeyError("gone"))
    with pytest.raises(keypin.UnprovenPeerError, match="no pins to check it by: KeyError"):
        dial(context, peer)
