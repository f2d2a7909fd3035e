"""What a report says, whom it goes to and when: the rules alone, without network and clock."""

import json
import ssl
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs import Certificate, VerifiedChain
from keypin.errors import InputError
from keypin.lab.cast import Cast
from keypin.pins import HostPattern, MismatchError, Pin, PinSet, Policy, PolicyPin, decide
from keypin.tls.report import (
    MAX_CHAIN,
    Answer,
    Delivery,
    Line,
    Memory,
    PinFailure,
    asked_wait,
    backoff,
    dumps,
    is_about_itself,
    plain_context,
)

AT = datetime(2026, 11, 23, 12, 30, 15, 999, tzinfo=timezone(timedelta(hours=2)))
ADDRESS = "https://reports.example/pins"


@pytest.fixture(scope="module")
def chain() -> VerifiedChain:
    """A chain of three."""
    cast = Cast(AT)
    issued = (cast.leaf(), cast.authority("intermediate"), cast.authority("root"))
    ders = (one.certificate.public_bytes(Encoding.DER) for one in issued)
    return VerifiedChain.from_verifier(map(Certificate.from_der, ders))


@pytest.fixture(scope="module")
def policy() -> Policy:
    """A policy that no chain matches."""
    pins = (Pin(bytes(32)), Pin(bytes([1] * 32), of="certificate"), Pin(bytes(64), "sha512"))
    return Policy(
        host=HostPattern.parse("**.shop.example"),
        pins=tuple(map(PolicyPin, pins)),
        expires=datetime(2027, 6, 1, tzinfo=UTC),
        report_to=(ADDRESS,),
    )


def failure(policy: Policy, chain: VerifiedChain, served: int = 1) -> PinFailure:
    """Return a real mismatch as it is kept."""
    with pytest.raises(MismatchError) as caught:
        decide(PinSet((policy,)), "API.shop.example.", chain, AT)
    presented = [certificate.der for certificate in chain][:served]
    return PinFailure.of(caught.value, port=8443, presented=presented)


def test_a_report_has_the_members_of_rfc_7469_and_three_more(
    policy: Policy, chain: VerifiedChain
) -> None:
    """Every member, its name and its form, and no other."""
    report = failure(policy, chain, served=2).report(app="shop-app", version="4.2.0")
    served = report.pop("served-certificate-chain")
    validated = report.pop("validated-certificate-chain")
    assert report == {
        "date-time": "2026-11-23T10:30:15Z",
        "hostname": "api.shop.example",
        "port": 8443,
        "effective-expiration-date": "2027-06-01T00:00:00Z",
        "include-subdomains": True,
        "noted-hostname": "shop.example",
        "known-pins": [
            'pin-sha256="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="',
            'pin-cert-sha256="AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="',
            f'pin-sha512="{"A" * 86}=="',
        ],
        "app": "shop-app",
        "version": "4.2.0",
        "policy": "**.shop.example",
    }
    assert [ssl.PEM_cert_to_DER_cert(pem) for pem in served] == [one.der for one in chain][:2]
    assert [ssl.PEM_cert_to_DER_cert(pem) for pem in validated] == [one.der for one in chain]


def test_what_is_not_known_is_left_out(policy: Policy, chain: VerifiedChain) -> None:
    """No null: a policy that never expires has no date, and an unknown port no member."""
    bare = replace(policy, host=HostPattern.parse("api.shop.example"), expires=None)
    report = replace(failure(bare, chain), port=None).report(app=None, version=None)
    assert {"port", "effective-expiration-date", "app", "version"}.isdisjoint(report)
    assert report["include-subdomains"] is False
    assert json.loads(dumps(report)) == report


def test_a_chain_is_bounded(policy: Policy, chain: VerifiedChain) -> None:
    """What a hostile server sends beyond 128 KiB is left out; the verified chain stays."""
    kept = failure(policy, chain)
    with pytest.raises(MismatchError) as caught:
        decide(PinSet((policy,)), "api.shop.example", chain, AT)
    stuffed = [bytes(1000), bytes(MAX_CHAIN), bytes(10)]
    cut = PinFailure.of(caught.value, port=1, presented=stuffed)
    assert cut.served == (bytes(1000),)
    assert cut.validated == kept.validated
    assert cut.size == 1000 + sum(map(len, kept.validated))


def test_a_failure_does_not_keep_the_error(policy: Policy, chain: VerifiedChain) -> None:
    """The traceback of the error holds the connection; what is kept of it are facts."""
    assert not hasattr(failure(policy, chain), "__traceback__")


@pytest.mark.parametrize(
    ("address", "itself"),
    [
        ("https://api.shop.example/r", True),
        ("HTTPS://API.shop.example.:8443/r?x#y", True),
        ("http://api.shop.example/r", False),
        ("https://shop.example/r", False),
        ("https://[bad/r", False),
        ("https://a..b/r", False),
        ("https://:443", False),
    ],
)
def test_a_report_about_its_own_collector_is_known(address: str, *, itself: bool) -> None:
    """RFC 7469 section 2.1.4: by TLS to the host whose TLS failed, in any spelling."""
    assert is_about_itself(address, "api.shop.example") is itself


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.TAKEN),
        (204, Answer.TAKEN),
        (301, Answer.REFUSED),
        (400, Answer.REFUSED),
        (404, Answer.REFUSED),
        (408, Answer.AGAIN),
        (429, Answer.AGAIN),
        (500, Answer.AGAIN),
        (503, Answer.AGAIN),
    ],
)
def test_what_a_status_means(status: int, answer: Answer) -> None:
    """Success, worth another attempt, or neither."""
    assert Answer.of(status) is answer


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 7 ", 7),
        ("-7", 0),
        ("9" * 400, 3600),
        ("99999", 3600),
        ("soon", 0),
        ("Mon, 23 Nov 2026 10:31:15 GMT", 60),
        ("Mon, 23 Nov 2026 10:31:15 -0000", 60),
        ("Mon, 23 Nov 2020 10:31:15 GMT", 0),
        ("Mon, 23 Nov 99999 10:31:15 GMT", 0),
    ],
)
def test_retry_after_is_honoured_within_an_hour(header: str | None, seconds: float) -> None:
    """Seconds or a date (RFC 9110 section 10.2.3); nonsense asks for nothing."""
    assert asked_wait(header, datetime(2026, 11, 23, 10, 30, 15, tzinfo=UTC)) == seconds


def test_waits_double_up_to_five_minutes() -> None:
    """5 seconds, 10, 20, each half as long to half as long again, by chance."""
    assert [backoff(count, 0.5) for count in (1, 2, 3, 7, 5000)] == [5, 10, 20, 300, 300]
    assert (backoff(1, 0), backoff(1, 1)) == (2.5, 7.5)


def test_the_memory_forgets_in_time_and_is_bounded() -> None:
    """A failure is remembered for an hour, and of very many the latest."""
    memory = Memory(3600)
    memory.add("first", 0)
    assert memory.holds("first", 3599)
    assert not memory.holds("first", 3600)
    assert not memory.holds("second", 0)
    memory.add("first", 1)
    for number in range(4096):
        memory.add(number, 2)
    assert not memory.holds("first", 3)
    assert memory.holds(0, 3)
    assert memory.holds(4095, 3)


def test_a_line_lets_through_what_the_rate_allows() -> None:
    """A burst of a minute's, then one after the other."""
    line = Line(rate=2, now=0)
    assert line.wait(0) is None
    assert line.due(0) is None
    line.waiting.extend(Delivery("a", 1, b"") for _ in range(4))
    assert line.due(0) is not None
    assert line.due(0) is not None
    assert line.due(0) is None
    assert line.wait(0) == 30
    assert line.due(30) is not None
    assert line.wait(30) == 30


def test_a_slow_rate_still_sends() -> None:
    """Less than one a minute is one in one go."""
    line = Line(rate=0.5, now=0)
    line.waiting.extend(Delivery("a", 1, b"") for _ in range(2))
    assert line.due(0) is not None
    assert line.wait(0) == 120


def test_an_address_that_fails_keeps_no_other_waiting() -> None:
    """It rests, longer each time, or as long as it asks; another's turn comes at once."""
    line = Line(rate=6000, now=0)
    bad, good = Delivery("bad", 1, b""), Delivery("good", 1, b"")
    line.waiting.extend((bad, good))
    assert line.due(0) is bad
    line.again(bad, 0, asked=0, chance=0.5)
    assert line.due(0) is good
    assert line.wait(0) == 5
    assert line.due(5) is bad
    line.again(bad, 5, asked=60, chance=0.5)
    assert line.wait(5) == 60
    line.answered("bad")
    assert line.due(5) is bad


def test_the_context_of_reports_is_cpythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a program makes of `ssl.SSLContext`, reports are not judged by pins."""
    monkeypatch.setattr(ssl.SSLContext, "sslsocket_class", type("Pinned", (ssl.SSLSocket,), {}))
    monkeypatch.setattr(ssl.SSLContext, "sslobject_class", type("Pinned", (ssl.SSLObject,), {}))
    context = plain_context(None)
    assert context.sslsocket_class is ssl.SSLSocket
    assert context.sslobject_class is ssl.SSLObject
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_wrong_cafile_is_named(tmp_path) -> None:
    """The error says which file."""
    with pytest.raises(InputError, match=r"no\.pem: the cafile of a Reporter cannot be used: .*No"):
        plain_context(str(tmp_path / "no.pem"))


def test_base64_is_plain(policy: Policy, chain: VerifiedChain) -> None:
    """PEM as RFC 7468 has it: lines of 64."""
    [pem] = failure(policy, chain).report(app=None, version=None)["served-certificate-chain"]
    lines = pem.split("\n")
    assert (lines[0], lines[-2]) == ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
    assert {len(line) for line in lines[1:-3]} == {64}
    assert b64decode("".join(lines[1:-2])) == chain.leaf.der
