"""Shares of releases: measured where users check in, decayed by day, overruled by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.reports import Basis, Seen, Share, shares

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = AT.date()


def test_check_ins() -> None:
    """The largest first, each with an interval that holds it."""
    found = shares([Seen("3.1", TODAY, 300), Seen("3.2", TODAY, 700)], AT)
    assert list(found) == ["3.2", "3.1"]
    assert found["3.2"].fraction == 0.7
    assert found["3.2"].basis is Basis.CHECK_INS
    # Wilson's interval for 700 of 1000.
    assert (found["3.2"].low, found["3.2"].high) == pytest.approx((0.67087, 0.72757), abs=1e-4)


def test_what_is_older_weighs_less() -> None:
    """After a week it counts half, and then the interval is wider than the numbers look."""
    week = TODAY - timedelta(days=7)
    found = shares([Seen("3.1", week, 1_000), Seen("3.2", TODAY, 500)], AT)
    assert found["3.1"].fraction == pytest.approx(0.5)
    even = shares([Seen("3.1", TODAY, 500), Seen("3.2", TODAY, 500)], AT)
    assert found["3.1"].low > even["3.1"].low  # 1,500 were seen, 1,333 of them effectively


def test_reports_count_where_nobody_checks_in() -> None:
    """They come from those who fail alone, and are no measure beside check-ins."""
    rows = [Seen("3.1", TODAY, reports=30), Seen("3.2", TODAY, reports=10)]
    assert shares(rows, AT)["3.1"].fraction == 0.75
    assert shares(rows, AT)["3.1"].basis is Basis.REPORTS
    found = shares([*rows, Seen("3.2", TODAY, 5)], AT)
    assert list(found) == ["3.2"]


def test_shares_by_hand() -> None:
    """They are taken as they are, and the measured ones divide the rest."""
    rows = [Seen("3.0", TODAY, 999), Seen("3.1", TODAY, 30), Seen("3.2", TODAY, 10)]
    found = shares(rows, AT, given={"3.0": 0.2, "2.9": 0.0})
    assert found["3.0"] == Share(0.2, 0.2, 0.2, Basis.GIVEN)
    assert found["2.9"].fraction == 0.0
    assert found["3.1"].fraction == pytest.approx(0.6)
    assert shares(rows, AT, given={"3.0": 1.0})["3.1"].fraction == 0.0


@pytest.mark.parametrize(
    ("given_shares", "error"),
    [
        ({"3.0": 1.5}, "the share 1.5 of 3.0 is not between 0 and 1"),
        ({"3.0": 0.7, "3.1": 0.5}, "the given shares are 1.200 together, more than 1"),
    ],
    ids=["one", "sum"],
)
def test_what_is_no_share(given_shares, error) -> None:
    """It is refused."""
    with pytest.raises(ValueError, match=error):
        shares([], AT, given=given_shares)


def test_nothing_is_known() -> None:
    """Then nothing is said; what was seen ages ago is nothing."""
    assert shares([], AT) == {}
    assert shares([Seen("1", date(1, 1, 1), 5)], AT) == {}
    assert list(shares([Seen("1", TODAY + timedelta(days=9), 5)], AT)) == ["1"]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Seen,
            st.sampled_from("abc"),
            st.dates(date(2026, 9, 1), date(2026, 11, 30)),
            st.integers(0, 10**9),
            st.integers(0, 10**9),
        )
    ),
    st.floats(0, 1),
)
def test_any_counts(rows, share) -> None:
    """Shares are between 0 and 1 and 1 together, within their intervals."""
    found = shares(rows, AT, given={"z": share})
    assert all(0 <= one.low <= one.fraction <= one.high <= 1 + 1e-9 for one in found.values())
    total = sum(one.fraction for one in found.values())
    assert total == pytest.approx(1.0 if len(found) > 1 else share)
