"""What a deadline is, and what makes two the same."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keypin.errors import InputError


def test_a_deadline_that_moves_is_the_same(deadline) -> None:
    """A renewed certificate expires later; another key of the host is another deadline."""
    one = deadline()
    assert replace(one, when=one.when + timedelta(days=90), title="else").uid == one.uid
    assert replace(one, distinct="ecdsa").uid != one.uid
    assert replace(one, organisation="acme").uid != one.uid


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"what": "Expiry"}, "the kind of deadline 'Expiry'; expected lower case words joined by"),
        (
            {"when": datetime(2027, 1, 1)},  # noqa: DTZ001 - a time without a zone is the test
            "the deadline 2027-01-01T00:00:00; expected a time with a zone",
        ),
        (
            {"title": ""},
            "the deadline 'certificate-expires' without a title; expected one sentence",
        ),
    ],
    ids=["kind", "zone", "title"],
)
def test_a_deadline_that_no_calendar_could_show_is_refused(deadline, change, error) -> None:
    """It has a kind, a moment in the world and words."""
    with pytest.raises(InputError) as caught:
        deadline(**change)
    assert str(caught.value).startswith(error)
