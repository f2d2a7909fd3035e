"""When a silence silences, and which silences are refused."""

from datetime import timedelta

import pytest

from keypin.alerts import Match, Silence, silencing
from keypin.alerts.silence import quiet_until
from keypin.errors import InputError

HOUR = timedelta(hours=1)


@pytest.fixture
def silence(now):
    """Return what makes silences that begin at an hour and end at another."""

    def make(begin=0, end=1, **changes):
        given = {
            "id": f"{begin}-{end}",
            "match": Match(ids=("chain-*",)),
            "since": now + begin * HOUR,
            "until": now + end * HOUR,
            "reason": "a new CA",
            "by": "ada",
        }
        return Silence(**(given | changes))

    return make


def test_a_silence_lasts_from_its_beginning_to_before_its_end(silence, signal, now) -> None:
    """At its end people are told again."""
    one = silence()
    assert one.covers(signal(), now)
    assert not one.covers(signal(), now - timedelta(seconds=1))
    assert not one.covers(signal(), now + HOUR)
    assert not one.covers(signal("ct-key-not-pinned"), now)


def test_the_longest_silence_is_the_one_that_is_shown(silence, signal, now) -> None:
    """Of several the last to end; of none None."""
    assert silencing(signal(), [silence(), silence(0, 2)], now) == silence(0, 2)
    assert silencing(signal(), [silence(1, 2)], now) is None


def test_silences_in_a_row_are_one_quiet_time(silence, signal, now) -> None:
    """Where one begins when the other ends, nobody is told between them."""
    row = [silence(1, 2), silence(0, 1), silence(3, 4)]
    assert quiet_until(signal(), iter(row), now) == now + 2 * HOUR
    assert quiet_until(signal(), [], now) == now


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"match": Match()},
            "a silence without a condition would silence everything; expected a condition; "
            'write ids = ["*"] if it is meant',
        ),
        (
            {"begin": 1},
            "a silence from 2026-11-23T10:00:00+00:00 until 2026-11-23T10:00:00+00:00; expected an "
            "end after its beginning",
        ),
        ({"reason": " "}, "a silence without reason or name; expected why, and by whom"),
        ({"by": ""}, "a silence without reason or name; expected why, and by whom"),
    ],
    ids=["everything", "no-time", "no-reason", "no-name"],
)
def test_a_silence_that_nobody_meant_is_refused(silence, change, error) -> None:
    """Each silence has a condition, an end, a reason and a name."""
    with pytest.raises(InputError) as caught:
        silence(**change)
    assert str(caught.value) == error
