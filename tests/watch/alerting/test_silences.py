"""A silence postpones what there is to tell, and ends."""

from datetime import timedelta

import pytest

from keypin.alerts import Match
from keypin.errors import InputError
from keypin.watch.alerting import silences
from keypin.watch.inventory.edit import UnknownError

CHAINS = Match(ids=("chain-*",))


def test_what_opens_under_a_silence_is_told_after_it(any_alerted, signal) -> None:
    """Nobody is told while it lasts; what holds when it ends is told then."""
    with any_alerted.database.begin(1) as scope:
        until = any_alerted.now + timedelta(hours=1)
        silences.add(scope, CHAINS, until, "moving", by="ada", at=any_alerted.now)
    any_alerted.see(signal("a"))
    assert any_alerted.alerts()[0]["state"] == "open"
    assert any_alerted.history() == []
    any_alerted.pass_time(hours=1)
    assert any_alerted.history() == ["opened"]


def test_a_silence_that_is_ended_is_over_at_once(alerted, signal) -> None:
    """What it kept quiet is told, and it is listed no more but among those that are over."""
    with alerted.database.begin(1) as scope:
        until = alerted.now + timedelta(days=1)
        edit = silences.add(scope, CHAINS, until, "moving", by="ada", at=alerted.now)
    alerted.see(signal("a"))
    alerted.now += timedelta(minutes=1)
    with alerted.database.begin(1) as scope:
        (known,) = silences.listed(scope, alerted.now)
        assert (known.id, known.silence.reason, known.silence.by) == (edit.id, "moving", "ada")
        silences.end(scope, edit.id, at=alerted.now)
        assert silences.listed(scope, alerted.now) == ()
        assert silences.listed(scope, alerted.now, over=True) == (known,)
        with pytest.raises(UnknownError, match="no silence"):
            silences.end(scope, edit.id, at=alerted.now)
    alerted.engine.turn(alerted.now)
    assert alerted.history() == ["opened"]


def test_a_nul_is_kept_from_the_database(any_alerted) -> None:
    """A character that PostgreSQL does not keep is replaced."""
    until = any_alerted.now + timedelta(hours=1)
    with any_alerted.database.begin(1) as scope:
        odd = Match(ids=("a\0b",))
        silences.add(scope, odd, until, "mov\0ing", by="ada", at=any_alerted.now)
        (known,) = silences.listed(scope, any_alerted.now)
    assert (known.silence.match.ids, known.silence.reason) == (("a\ufffdb",), "mov\ufffding")


@pytest.mark.parametrize(
    ("match", "span", "reason", "why"),
    [
        pytest.param(CHAINS, timedelta(days=400), "moving", "366 at most", id="for ever"),
        pytest.param(CHAINS, timedelta(0), "moving", "after its beginning", id="over"),
        pytest.param(CHAINS, timedelta(hours=1), " ", "without reason", id="no reason"),
        pytest.param(Match(), timedelta(hours=1), "moving", "silence everything", id="everything"),
    ],
)
def test_what_nobody_could_explain_is_refused(alerted, match, span, reason, why) -> None:
    """A silence ends, says why, and says of what."""
    with alerted.database.begin(1) as scope, pytest.raises(InputError, match=why):
        silences.add(scope, match, alerted.now + span, reason, by="ada", at=alerted.now)
