"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.alerts.duration import parse, spelled
from keypin.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("4h", 14_400), ("1d", 86_400), ("1h30m", 5_400), ("0s", 0)],
)
def test_a_length_is_the_sum_of_its_parts(text, seconds) -> None:
    """Days, hours, minutes and seconds, in that order."""
    assert parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1m1h", "1.5h", "5M", "\u0665m", "9" * 99]
)
def test_what_is_no_length_is_refused(text) -> None:
    """Nothing is guessed."""
    with pytest.raises(InputError, match="; expected a time as 90s, 5m, 4h, 1d or 1h30m"):
        parse(text)


@given(st.integers(0, 10**9))
def test_what_is_spelled_is_read_again(seconds) -> None:
    """Each length of whole seconds."""
    assert parse(spelled(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_a_length_is_spelled_shortly() -> None:
    """Without parts that are nothing."""
    assert spelled(timedelta(minutes=90)) == "1h30m"
    assert spelled(timedelta(0)) == "0s"
