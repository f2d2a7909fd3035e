from datetime import timedelta

import pytest

from keypin.certs.failure import Reason
from keypin.pins.pin import Pin

HOST = "www.example.com"


def test_an_expired_certificate_is_told_with_its_day(finds, shake, public, now) -> None:
    """Which one, how long ago, and where."""
    leaf = public.leaf(HOST, not_after=now - timedelta(days=3))
    (found,) = finds("certificate-expired", shake(leaf, reason=Reason.EXPIRED))
    assert found.message == "the server's certificate expired 3 days ago, on 2026-11-20"
    assert found.evidence == (f"{Pin.of_key(leaf)}: CN={HOST}", "seen at 192.0.2.1:443")
    assert not finds("certificate-expired", shake(public.leaf(HOST)))


def test_an_expired_ca_certificate_is_not_the_servers(finds, shake, public, now) -> None:
    """The AddTrust outage of 30 May 2020: the server's own certificate was fine."""
    ca = public.below("Old CA", not_after=now - timedelta(days=1))
    presented = (ca.leaf(HOST), ca.certificate)
    (found,) = finds("certificate-expired", shake(*presented, reason=Reason.EXPIRED))
    assert found.message.startswith("a CA certificate that the server sends expired 1 days ago")


def test_a_certificate_of_tomorrow_is_told_with_our_clock(finds, shake, public, now) -> None:
    """Either the clock is behind, or the certificate was deployed too early."""
    leaf = public.leaf(HOST, not_before=now + timedelta(days=2))
    shown = shake(leaf, public.certificate, reason=Reason.NOT_YET_VALID)
    (found,) = finds("certificate-not-yet-valid", shown)
    assert found.message == "the certificate is not valid before 2026-11-25 00:00 UTC"
    assert found.evidence[1] == "this machine's clock: 2026-11-23 00:00 UTC"
    assert not finds("clock-error", shown)


def test_a_clock_that_is_years_behind_is_told(finds, shake, public, now) -> None:
    """Nothing of the chain has begun at our time: a battery is empty."""
    leaf = public.leaf(HOST)
    shown = shake(leaf, public.certificate, reason=Reason.NOT_YET_VALID)
    (found,) = finds("clock-error", shown, at=now - timedelta(days=3700))
    assert found.message == "this machine's clock seems to be at least 50 days behind"
    assert found.evidence[0] == "this machine's clock: 2016-10-06 00:00 UTC"
    assert found.evidence[1] == (
        f"{Pin.of_key(leaf)}: CN={HOST}, 2026-10-24 00:00 UTC to 2027-01-22 00:00 UTC"
    )


def test_a_clock_that_is_years_ahead_may_be_told(finds, shake, public, now) -> None:
    """All has expired, the CA too: our clock, or a server that nobody looks after."""
    shown = shake(public.leaf(HOST), public.certificate, reason=Reason.EXPIRED)
    (found,) = finds("clock-error", shown, at=now + timedelta(days=3660))
    assert found.message == (
        "this machine's clock may be 10 days ahead, or the server was abandoned"
    )


def test_one_expired_certificate_does_not_accuse_the_clock(finds, shake, public, now) -> None:
    """Neither a lone leaf, nor a chain whose parts contradict each other, nor silence."""
    lone = shake(public.leaf(HOST, not_after=now - timedelta(days=1)), reason=Reason.EXPIRED)
    assert not finds("clock-error", lone)
    early = public.leaf(HOST, not_before=now + timedelta(days=1))
    late = public.leaf(HOST, not_after=now - timedelta(days=1))
    assert not finds("clock-error", shake(early, late, reason=Reason.EXPIRED))
    assert not finds("clock-error", shake(public.leaf(HOST)))
    assert not finds("clock-error")


@pytest.mark.parametrize(
    "span",
    [(90, 22, True), (90, 23, False), (47, 11, True), (47, 12, False), (398, 29, True)],
)
def test_near_depends_on_the_lifetime(finds, shake, public, now, span) -> None:
    """A 47-day certificate with 12 days left is on time, a 398-day one with 29 is not."""
    life, left, near = span
    end = now + timedelta(days=left)
    leaf = public.leaf(HOST, not_before=end - timedelta(days=life), not_after=end)
    found = finds("renewal-missed", shake(leaf))
    assert bool(found) is near
    if near:
        assert found[0].message == f"the certificate expires in {left} days, of {life}"


def test_what_has_expired_is_not_near(finds, shake, public, now) -> None:
    """It is another finding."""
    assert not finds("renewal-missed", shake(public.leaf(HOST, not_after=now)))
