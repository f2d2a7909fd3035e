"""Chains are verified once, and anew exactly when a date lets the verdict change."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import (
    Cause,
    Certificate,
    Endpoint,
    Reason,
    VerificationError,
    VerifiedChain,
    load_certificates,
)
from keypin.lab import Lab
from keypin.probe import ProbeError, probe_stream
from keypin.probe import verdicts as module
from keypin.probe.options import Options
from keypin.probe.verdicts import Verdicts
from keypin.trust import trust_from_file

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def chain(lab: Lab) -> tuple[Certificate, ...]:
    """Return what a good server presents."""
    running = lab["good-ecdsa"]
    (seen,) = probe_stream([Endpoint("127.0.0.1", running.port)], Options())
    return seen.handshakes[0].presented


@pytest.fixture
def verdicts(lab: Lab) -> Verdicts:
    """Return an empty memory over the lab's roots."""
    return Verdicts(trust_from_file(lab.ca_file))


def test_a_verdict_is_reused(verdicts: Verdicts, chain: tuple[Certificate, ...]) -> None:
    """The same chain for the same host gives the same objects."""
    ders = tuple(found.der for found in chain)
    at = chain[0].not_before + timedelta(hours=1)
    first = verdicts.judge(ders, "localhost", at)
    again = verdicts.judge(ders, "localhost", at + SECOND)
    assert isinstance(first[1], VerifiedChain)
    assert again[1] is first[1]
    assert again[0] is first[0]


def test_a_verdict_ends_with_a_certificate(
    verdicts: Verdicts, chain: tuple[Certificate, ...]
) -> None:
    """The last second is good, the next is not, whatever was judged before; and back again."""
    ders = tuple(found.der for found in chain)
    last = chain[0].not_after
    for at, good in (
        (last - SECOND, True),
        (last, True),
        (last + SECOND, False),
        (last + 2 * SECOND, False),
        (last - SECOND, True),
    ):
        _, verdict = verdicts.judge(ders, "localhost", at)
        assert isinstance(verdict, VerifiedChain) is good
        if isinstance(verdict, VerificationError):
            assert (verdict.reason, verdict.at) == (Reason.EXPIRED, at)


def test_a_verdict_is_for_one_host(verdicts: Verdicts, chain: tuple[Certificate, ...]) -> None:
    """What verifies for one name is judged anew for another."""
    ders = tuple(found.der for found in chain)
    at = chain[0].not_before + timedelta(hours=1)
    assert isinstance(verdicts.judge(ders, "localhost", at)[1], VerifiedChain)
    _, verdict = verdicts.judge(ders, "other.example", at)
    assert isinstance(verdict, VerificationError)
    assert (verdict.reason, verdict.host) == (Reason.HOST_MISMATCH, "other.example")


def test_the_memory_is_bounded(
    verdicts: Verdicts, chain: tuple[Certificate, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full memory forgets its oldest, and judges it again when asked."""
    monkeypatch.setattr(module, "MEMORY", 2)
    ders = tuple(found.der for found in chain)
    at = chain[0].not_before + timedelta(hours=1)
    for host in ("localhost", "a.example", "b.example", "localhost"):
        verdicts.judge(ders, host, at)
    assert len(verdicts._verdicts) == 2


def test_an_unreadable_certificate_is_named(verdicts: Verdicts) -> None:
    """Bytes that are no certificate are the failure's cause."""
    with pytest.raises(ProbeError, match="not a readable certificate") as caught:
        verdicts.judge((b"\x30\x00",), "localhost", datetime.now(UTC))
    assert caught.value.cause is Cause.MALFORMED_CERTIFICATE


def test_an_empty_chain_has_a_problem(verdicts: Verdicts) -> None:
    """A server may send no certificate at all."""
    _, verdict = verdicts.judge((), "localhost", datetime.now(UTC))
    assert isinstance(verdict, VerificationError)
    assert verdict.reason is Reason.EMPTY_CHAIN


def test_the_lab_root_is_read(lab: Lab) -> None:
    """The trust store of these tests is the laboratory's."""
    roots = load_certificates(lab.ca_file.read_bytes())
    assert trust_from_file(lab.ca_file).certificates == tuple(dict.fromkeys(roots))
