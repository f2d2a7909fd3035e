"""The rows of the policies: what each browser demands of which certificate, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.policy import APPLE, CHROME, POLICIES


@pytest.mark.parametrize(
    ("days", "chrome", "apple"), [(47, 2, 2), (179, 2, 2), (180, 2, 3), (181, 3, 3), (398, 3, 3)]
)
def test_counts_by_lifetime(world, days: int, chrome: int, apple: int) -> None:
    """Two up to 180 days, else three; for Apple the last second counts as well."""
    certificate = world.certificate(days=days)
    assert CHROME.row(certificate).scts == chrome
    assert APPLE.row(certificate).scts == apple


def test_lifetimes(world) -> None:
    """A certificate lives from its first second to its last, which one of the two counts."""
    certificate = world.certificate(days=90)
    assert CHROME.lifetime(certificate) == timedelta(days=90)
    assert APPLE.lifetime(certificate) == timedelta(days=90, seconds=1)


def test_the_rfc_6962_log() -> None:
    """Chrome demanded one until April 2026; Apple demands it still."""
    before, after = datetime(2026, 4, 14, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC)
    assert [CHROME.demands_rfc6962(at) for at in (before, after)] == [True, False]
    assert [APPLE.demands_rfc6962(at) for at in (before, after)] == [True, True]


def test_every_policy_says_where_it_stands() -> None:
    """Whoever doubts a row can read it at the vendor's."""
    assert [policy.browser for policy in POLICIES] == ["Chrome", "Apple"]
    assert all(policy.page.startswith("https://") for policy in POLICIES)
    assert all(policy.rows[-1].days is None for policy in POLICIES)
