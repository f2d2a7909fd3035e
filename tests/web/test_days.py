"""A day that is chosen is whole: it ends when the next one begins."""

from datetime import UTC, datetime

import pytest

from keypin.errors import InputError
from keypin.web.days import end_of


def test_a_day_ends_at_midnight_and_none_is_none() -> None:
    """In UTC."""
    assert end_of("2026-12-31", "until") == datetime(2027, 1, 1, tzinfo=UTC)
    assert end_of("", "until") is None


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "9999-12-31", "2026-12-31T00:00"])
def test_what_is_no_day_is_refused(text: str) -> None:
    """With the field that it stands in."""
    with pytest.raises(InputError) as caught:
        end_of(text, "until")
    assert str(caught.value) == (
        f"until: {text!r} is no day; expected year, month and day, as 2027-01-31"
    )
