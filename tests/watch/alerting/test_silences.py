"""A silence postpones what there is to tell, and ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.alerts import Match
from keypin.errors import InputError
from keypin.watch.alerting import reading, silences
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


def test_a_silence_made_by_a_clock_that_was_ahead_silences(alerted, signal) -> None:
    """Whoever sees it listed believes that it does."""
    later = alerted.now + timedelta(days=1)
    with alerted.database.begin(1) as scope:
        silences.add(scope, CHAINS, later + timedelta(hours=1), "moving", by="ada", at=later)
    alerted.see(signal("a"))
    assert alerted.history() == []


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
        silences.end(scope, edit.id, by="grace", at=alerted.now)
        assert silences.listed(scope, alerted.now) == ()
        (over,) = silences.listed(scope, alerted.now, over=True)
        assert over == replace(known, ends=alerted.now, ended_by="grace")
        with pytest.raises(UnknownError, match="no silence"):
            silences.end(scope, edit.id, by="grace", at=alerted.now)
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
        pytest.param(
            Match(owners=("nobody",)), timedelta(hours=1), "moving", "whom there is not", id="owner"
        ),
    ],
)
def test_what_nobody_could_explain_is_refused(alerted, match, span, reason, why) -> None:
    """A silence ends, says why, and says of what."""
    with alerted.database.begin(1) as scope, pytest.raises(InputError, match=why):
        silences.add(scope, match, alerted.now + span, reason, by="ada", at=alerted.now)


def test_an_alert_has_the_silences_of_its_life(any_alerted, signal) -> None:
    """Not one that ended before, began after it was over, or is about something else."""

    def silence(match: Match, reason: str, **span: int) -> None:
        with any_alerted.database.begin(1) as scope:
            until = any_alerted.now + timedelta(**span)
            silences.add(scope, match, until, reason, by="ada", at=any_alerted.now)

    def reasons() -> list[str]:
        with any_alerted.database.read(1) as scope:
            alert = reading.find(scope, 1).alert
            found = silences.of_alert(scope, alert, any_alerted.now)
        return [one.silence.reason for one in found]

    silence(CHAINS, "before", minutes=1)
    any_alerted.pass_time(minutes=2)
    any_alerted.see(signal("a"))
    silence(CHAINS, "first", minutes=1)
    silence(Match(ids=("report-*",)), "other", days=1)
    any_alerted.pass_time(minutes=2)
    silence(CHAINS, "second", days=1)
    assert reasons() == ["second", "first"]
    any_alerted.see(signal("a", holds=False))
    any_alerted.pass_time(minutes=2)
    silence(CHAINS, "after", days=1)
    assert reasons() == ["second", "first"]


def test_several_are_silenced_alike(alerted, signal) -> None:
    """Each by a silence of its own, which ends by itself."""
    hosts = [Match(subjects=(f"{host}.example.com:443",)) for host in "ab"]
    with alerted.database.begin(1) as scope:
        until = alerted.now + timedelta(hours=1)
        edits = silences.add_all(scope, hosts, until, "moving", by="ada", at=alerted.now)
        silences.end(scope, edits[0].id, by="ada", at=alerted.now)
    alerted.see(signal("a"), signal("b"), signal("c"))
    assert len(edits) == 2
    assert alerted.history() == ["opened", "opened"]
