"""Times, spans, counts and shares are said in one way on every page."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from keypin.web import words

NOW = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (3_600, "1 hour"),
        (5_400, "90 minutes"),
        (36 * 3_600, "36 hours"),
        (3 * 86_400, "3 days"),
        (70 * 86_400, "2 months"),
        (800 * 86_400, "2 years"),
        (-7_200, "2 hours"),
    ],
)
def test_a_span_is_said_in_the_unit_a_person_would_choose(seconds: int, said: str) -> None:
    """Between one and two of a unit the next smaller one says more."""
    assert words.duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-4), "just now"),
        (timedelta(seconds=9), "just now"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=12), "in 12 days"),
    ],
)
def test_a_moment_is_said_as_seen_from_now(span: timedelta, said: str) -> None:
    """The past is ago, the future is in."""
    assert words.ago(NOW + span, NOW) == said


def test_moments_are_shown_in_utc() -> None:
    """Whatever the zone of the value, people, machines and days read UTC."""
    at = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert words.utc(at) == "2026-02-28 23:30:00 UTC"
    assert words.iso(at) == "2026-02-28T23:30:00+00:00"
    assert words.day(at) == "28 Feb 2026"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "unknown"),
        (0.0, "0%"),
        (0.002, "under 1%"),
        (0.41, "41%"),
        (0.997, "over 99%"),
        (1.0, "100%"),
    ],
)
def test_a_few_users_never_read_as_none(share: float | None, said: str) -> None:
    """What is not nothing is not rounded to nothing, nor what is not all to all."""
    assert words.percent(share) == said


def test_counts_and_their_nouns() -> None:
    """Thousands stand apart, and one is singular."""
    assert words.plural(1, "release") == "1 release"
    assert words.plural(12_000, "release") == "12,000 releases"
    assert words.plural(2, "address", "addresses") == "2 addresses"


def test_a_digest_is_cut_where_something_is_gained() -> None:
    """One sign less is not worth the ellipsis."""
    assert words.short("0123456789") == "0123456789"
    assert words.short("0123456789a") == "0123456789a"
    assert words.short("0123456789ab") == "0123456789…"
    assert words.short("0123456789ab", 4) == "0123…"
