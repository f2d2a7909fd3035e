"""Which notices are told in one message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.alerts import Bundle, Subject, bundle
from keypin.errors import InputError
from keypin.findings import Severity

SECOND = timedelta(seconds=1)


@pytest.fixture
def notice(story, signal, now):
    """Return what makes notices of one host each, so many seconds from the beginning."""

    def make(host, seconds=0, severity=Severity.WARNING, **settings):
        shop = story(**settings)
        shop.at = now + seconds * SECOND
        shop.sees(signal(subject=Subject("endpoint", host), severity=severity))
        return shop.notices[0]

    return make


def test_a_group_is_told_when_its_window_has_passed(notice, now) -> None:
    """The window begins with the first; whoever comes after it is another message."""
    a, b, c = notice("a", 0), notice("b", 19), notice("c", 20)
    early = bundle("mail", [a, b], now + 19 * SECOND)
    assert (early.ready, early.waiting, early.next) == ((), (a, b), now + 20 * SECOND)
    late = bundle("mail", [c, b, a], now + 20 * SECOND)
    assert late.ready == (Bundle("mail", (a, b)),)
    assert (late.waiting, late.next) == ((c,), now + 40 * SECOND)


def test_the_same_bundle_has_the_same_key(notice, now) -> None:
    """Whenever it is computed, and in whatever order notices are stored; each route its own."""
    a, b = notice("a"), notice("b", 5)
    (one,) = bundle("mail", [a, b], now + 20 * SECOND).ready
    (same,) = bundle("mail", [b, a], now + 900 * SECOND).ready
    (other,) = bundle("chat", [b, a], now + 900 * SECOND).ready
    assert one.key == same.key != other.key
    (alone,) = bundle("mail", [a], now + 20 * SECOND).ready
    assert alone.key == f"mail:{a.key}"


def test_who_is_told_alone_does_not_wait(notice, now) -> None:
    """Notices without a group are messages of their own, the earliest first."""
    a, b = notice("a", group_by=()), notice("b", 0, group_by=())
    told = bundle("mail", [b, a], now)
    assert {one.notices for one in told.ready} == {(a,), (b,)}
    assert told.next is None


def test_what_opened_and_what_is_over_are_two_messages(notice, now) -> None:
    """A message is about one kind of news."""
    a = notice("a")
    over = replace(notice("b"), kind="resolved")
    assert len(bundle("mail", [a, over], now + 20 * SECOND).ready) == 2
    with pytest.raises(InputError, match="a bundle of no kind, or of several"):
        Bundle("mail", (a, over))
    with pytest.raises(InputError, match="a bundle of no kind, or of several"):
        Bundle("mail", ())


def test_a_bundle_is_as_grave_as_the_gravest(notice) -> None:
    """One error among notes is an error."""
    notes = notice("a", severity=Severity.NOTE), notice("b", severity=Severity.NOTE)
    assert Bundle("mail", notes).severity is Severity.NOTE
    assert Bundle("mail", (*notes, notice("c", severity=Severity.ERROR))).severity == "error"
    assert Bundle("mail", notes).kind == "opened"
