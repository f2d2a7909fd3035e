"""How alerts move: each test is a story of what is seen, and of what people are told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keypin.alerts import Escalation, Match, Rule, State, acknowledge, due, resolve, silencing
from keypin.errors import InputError
from keypin.findings import Severity

MINUTE = timedelta(minutes=1)
NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR


def test_what_is_seen_is_told_once(story, signal, now) -> None:
    """The same signal again is the same alert: it is counted, and nobody hears of it."""
    shop = story()
    assert shop.sees(signal()) == ["opened"]
    assert shop.after(60).sees(signal(evidence=("new",))) == []
    assert (shop.alert.state, shop.alert.count, shop.alert.since) == (State.OPEN, 2, now)
    assert shop.alert.last_seen == shop.at
    assert shop.alert.signal.evidence == ("new",)


def test_what_clears_is_resolved_and_told_when_it_stays_so(story, signal) -> None:
    """The state changes at once; people hear of it after the rule's time."""
    shop = story(settle=10 * MINUTE)
    shop.sees(signal())
    assert shop.after(5).sees(signal(holds=False)) == []
    assert (shop.alert.state, shop.alert.resolved_by) == (State.RESOLVED, None)
    assert shop.after(9).waits() == []
    assert shop.after(1).waits() == ["resolved"]
    assert shop.after(1).waits() == []


def test_what_clears_without_a_time_to_settle_is_told_at_once(story, signal) -> None:
    """A rule may trust its finder."""
    shop = story(settle=0 * MINUTE)
    shop.sees(signal())
    assert shop.after(5).sees(signal(holds=False)) == ["resolved"]


def test_what_comes_back_soon_is_the_same_alert(story, signal) -> None:
    """Flapping is counted, and told neither up nor down."""
    shop = story()
    shop.sees(signal())
    for flap in range(1, 4):
        assert shop.after(3).sees(signal(holds=False)) == []
        assert shop.after(3).sees(signal()) == []
        assert (shop.alert.state, shop.alert.flaps, shop.alert.episode) == (State.OPEN, flap, 1)


def test_what_comes_back_late_is_another_alert(story, signal) -> None:
    """It is told anew, under another identity."""
    shop = story()
    shop.sees(signal())
    first = shop.alert.id
    shop.after(3).sees(signal(holds=False))
    shop.after(10).waits()
    assert shop.after(1).sees(signal()) == ["opened"]
    assert shop.alert.id == first.removesuffix("-1") + "-2"
    assert (shop.alert.count, shop.alert.since) == (1, shop.at)


def test_an_alert_waits_as_long_as_its_rule_says(story, signal) -> None:
    """What does not hold that long is told to nobody, and has to hold anew."""
    shop = story(wait=5 * MINUTE)
    assert shop.sees(signal()) == []
    assert shop.alert.state is State.PENDING
    assert shop.after(3).sees(signal(holds=False)) == []
    assert shop.alert.state is State.RESOLVED
    assert shop.after(60).waits() == []
    assert shop.after(3).sees(signal()) == []
    assert (shop.alert.state, shop.alert.episode, shop.alert.count) == (State.PENDING, 1, 2)
    assert shop.after(4).waits() == []
    assert shop.after(1).waits() == ["opened"]


def test_an_open_alert_is_repeated_until_somebody_acknowledges(story, signal) -> None:
    """A time in which the service stood still is one repetition, not many."""
    shop = story(repeat=60 * MINUTE)
    shop.sees(signal())
    assert shop.after(59).waits() == []
    assert shop.after(1).waits() == ["repeated"]
    assert shop.after(600).waits() == ["repeated"]
    assert [one.key.split(".", 1)[1] for one in shop.notices] == ["repeated.2"]
    shop.alert = acknowledge(shop.alert, "ada", shop.at, "on it")
    assert (shop.alert.acknowledged_by, shop.alert.acknowledged_at) == ("ada", shop.at)
    assert shop.alert.acknowledged_note == "on it"
    assert shop.after(600).waits() == []


def test_an_alert_that_nobody_acknowledges_escalates(story, signal) -> None:
    """Each step is told to its own routes, once; all of them hear when it is over."""
    shop = story(
        escalate=(
            Escalation(30 * MINUTE, ("lead",)),
            Escalation(60 * MINUTE, ("head", "lead")),
        ),
        settle=0 * MINUTE,
    )
    shop.sees(signal())
    assert shop.after(30).waits() == ["escalated"]
    assert (shop.notices[0].routes, shop.notices[0].by_match) == (("lead",), False)
    assert shop.after(30).waits() == ["escalated"]
    assert shop.notices[0].routes == ("head", "lead")
    assert shop.after(600).waits() == []
    assert shop.sees(signal(holds=False)) == ["resolved"]
    assert (shop.notices[0].routes, shop.notices[0].by_match) == (("lead", "head"), True)


def test_steps_that_were_missed_are_all_taken(story, signal) -> None:
    """After a standstill everybody who should know is told."""
    steps = (Escalation(MINUTE, ("a",)), Escalation(2 * MINUTE, ("b",)))
    shop = story(escalate=steps)
    shop.sees(signal())
    assert shop.after(9).waits() == ["escalated", "escalated"]


def test_what_was_acknowledged_and_gets_worse_is_open_again(story, signal) -> None:
    """Who took care of a warning did not mean the error; what gets milder is not told."""
    shop = story()
    assert shop.sees(signal(severity=NOTE)) == ["opened"]
    assert shop.sees(signal(severity=WARNING)) == ["worsened"]
    shop.alert = acknowledge(shop.alert, "ada", shop.at, "on it")
    assert shop.sees(signal(severity=ERROR)) == ["worsened"]
    assert (shop.alert.state, shop.alert.acknowledged_by) == (State.OPEN, None)
    assert shop.alert.acknowledged_note == ""
    assert shop.sees(signal(severity=NOTE)) == []
    assert shop.alert.severity is NOTE
    assert shop.sees(signal(severity=ERROR)) == []


def test_what_was_acknowledged_stays_so_when_it_flaps(story, signal) -> None:
    """Somebody takes care of it, and knows."""
    shop = story(settle=0 * MINUTE, repeat=MINUTE)
    shop.silence(600)
    shop.sees(signal())
    shop.alert = acknowledge(shop.alert, "ada", shop.at)
    shop.silences = ()
    shop.rules = (replace(shop.rules[0], settle=10 * MINUTE),)
    assert shop.after(3).sees(signal(holds=False)) == []
    assert shop.after(3).sees(signal()) == []
    assert shop.alert.state is State.ACKNOWLEDGED


def test_what_nobody_heard_of_is_not_told_as_resolved(story, signal) -> None:
    """It opened under a silence, and cleared under it."""
    shop = story()
    shop.silence(60)
    assert shop.sees(signal()) == []
    shop.after(5).sees(signal(holds=False))
    assert shop.after(10).waits() == []
    assert shop.alert.settled
    assert shop.after(60).waits() == []


def test_a_silenced_alert_is_visible_and_told_when_the_silence_ends(story, signal, now) -> None:
    """Silence postpones what is told, nothing else."""
    shop = story()
    shop.silence(60, ids=("chain-*",))
    assert shop.sees(signal()) == []
    assert shop.alert.state is State.OPEN
    assert silencing(shop.alert.signal, shop.silences, shop.at) is shop.silences[0]
    assert due(shop.alert, shop.rules, shop.silences, shop.at) == now + 60 * MINUTE
    assert shop.after(59).waits() == []
    assert shop.after(1).waits() == ["opened"]


def test_what_was_told_is_told_as_resolved_after_the_silence(story, signal) -> None:
    """Whoever was woken hears that it is over, if later."""
    shop = story(settle=0 * MINUTE)
    shop.sees(signal())
    shop.silence(60)
    assert shop.after(5).sees(signal(holds=False)) == []
    assert shop.after(55).waits() == ["resolved"]


def test_a_rule_may_ignore(story, signal) -> None:
    """No alert; one that is open when the rule is written is over, and people hear of it."""
    shop = story(settle=0 * MINUTE)
    ignoring = (Rule(name="known", match=Match(ids=("chain-*",)), ignore=True, settle=0 * MINUTE),)
    shop.sees(signal())
    shop.rules = ignoring
    assert shop.after(5).waits() == ["resolved"]
    assert shop.after(5).sees(signal()) == []
    assert shop.alert.state is State.RESOLVED
    shop.alert = None
    assert shop.sees(signal()) == []
    assert shop.alert is None


def test_what_was_never_seen_cannot_clear(story, signal) -> None:
    """There is nothing to remember."""
    shop = story()
    assert shop.sees(signal(holds=False)) == []
    assert shop.alert is None


def test_a_signal_that_nobody_clears_lapses(story, signal) -> None:
    """A burst is over when it is seen no more."""
    shop = story(lapse=60 * MINUTE, settle=0 * MINUTE)
    shop.sees(signal())
    assert shop.after(59).sees(signal()) == []
    assert shop.after(59).waits() == []
    assert shop.after(1).waits() == ["resolved"]


def test_a_rule_changes_what_its_signals_count_as(story, signal) -> None:
    """Severity, group and routes are the rule's; a changed rule counts from the next look on."""
    shop = story(severity=WARNING, routes=("mail",))
    shop.sees(signal())
    assert (shop.alert.severity, shop.alert.rule) == (WARNING, "one")
    assert (shop.notices[0].routes, shop.notices[0].by_match) == (("mail",), False)
    shop.rules = (Rule(name="two", group_by=()),)
    assert shop.waits() == ["worsened"]
    assert (shop.alert.rule, shop.alert.group, shop.notices[0].window) == ("two", "", 0 * MINUTE)


def test_people_end_what_its_finder_does_not(story, signal) -> None:
    """Their name is kept; if it is seen again soon it was not over."""
    shop = story()
    shop.sees(signal())
    shop.alert = resolve(shop.alert, "ada", shop.at)
    assert (shop.alert.state, shop.alert.resolved_by) == (State.RESOLVED, "ada")
    assert shop.after(5).sees(signal()) == []
    assert (shop.alert.state, shop.alert.resolved_by) == (State.OPEN, None)


def test_what_is_over_is_neither_acknowledged_nor_resolved_again(story, signal) -> None:
    """Nor is what has not opened acknowledged."""
    shop = story(wait=MINUTE)
    shop.sees(signal())
    with pytest.raises(InputError, match="the alert is pending; expected an open one"):
        acknowledge(shop.alert, "ada", shop.at)
    shop.sees(signal(holds=False))
    with pytest.raises(InputError, match="the alert is resolved already; expected one that is"):
        resolve(shop.alert, "ada", shop.at)
    assert shop.sees(signal(holds=False)) == []


def test_a_clock_that_is_set_back_stops_nothing(story, signal) -> None:
    """What an alert says of the future is taken as now: repetitions go on after their time."""
    shop = story(repeat=60 * MINUTE)
    shop.sees(signal())
    shop.after(24 * 60).sees(signal())
    assert shop.after(-24 * 60).waits() == []
    assert shop.alert.last_seen == shop.at
    assert shop.after(60).waits() == ["repeated"]


def test_the_same_notice_after_a_kill_has_the_same_key(story, signal) -> None:
    """What was computed and not stored is computed again, perhaps later."""
    shop = story(repeat=60 * MINUTE)
    shop.sees(signal())
    stored = shop.alert
    shop.after(60).waits()
    first = shop.notices
    shop.alert = stored
    shop.after(7).waits()
    assert [one.key for one in shop.notices] == [one.key for one in first]
    assert first[0].key == f"{stored.id}.repeated.1"


def test_due_tells_when_to_look_again(story, signal, now) -> None:
    """The store need not look at every alert all the time."""
    shop = story(wait=5 * MINUTE, repeat=60 * MINUTE, settle=10 * MINUTE)
    shop.sees(signal())
    assert due(shop.alert, shop.rules, (), now) == now + 5 * MINUTE
    assert due(shop.alert, shop.rules, (), now + 7 * MINUTE) == now + 7 * MINUTE
    shop.after(5).waits()
    assert due(shop.alert, shop.rules, (), shop.at) == now + 65 * MINUTE
    shop.sees(signal(holds=False))
    assert due(shop.alert, shop.rules, (), shop.at) == now + 15 * MINUTE
    shop.after(10).waits()
    assert due(shop.alert, shop.rules, (), shop.at) is None


WHICH = st.integers(0, 2)
RULES = (
    Rule(name="waits", match=Match(ids=("endpoint-*",)), wait=5 * MINUTE, lapse=60 * MINUTE),
    Rule(
        name="all",
        repeat=30 * MINUTE,
        settle=10 * MINUTE,
        escalate=(Escalation(20 * MINUTE, ("lead",)), Escalation(50 * MINUTE, ("head",))),
    ),
)


class Anything(RuleBasedStateMachine):
    """Signals, people, silences and time in any order."""

    def __init__(self, signals, stories) -> None:
        super().__init__()
        self.signals = signals
        self.stories = stories
        self.told = {}
        self.known = {}

    def keep(self, story) -> None:
        """Look at what came out of a story."""
        for notice in story.notices:
            assert not story.silences or not silencing(
                notice.alert.signal, story.silences, story.at
            )
            assert notice.key not in self.told
            self.told[notice.key] = notice
        if story.alert is not None:
            self.known[story.alert.id] = story.alert

    @rule(
        which=WHICH,
        holds=st.booleans(),
        severity=st.sampled_from(list(Severity)),
    )
    def sees(self, which, holds, severity) -> None:
        """A part of the service says what it sees."""
        story = self.stories[which]
        before = story.alert
        story.sees(replace(self.signals[which], holds=holds, severity=severity))
        self.keep(story)
        if not holds and before is not None:
            assert story.alert.state is State.RESOLVED

    @rule(minutes=st.integers(1, 40))
    def passes(self, minutes) -> None:
        """Time passes, and every alert is looked at."""
        for story in self.stories:
            story.after(minutes)
            if story.alert is not None:
                story.waits()
                self.keep(story)
                following = due(story.alert, story.rules, story.silences, story.at)
                assert following is None or following > story.at

    @rule(which=WHICH, minutes=st.integers(1, 90))
    def silence(self, which, minutes) -> None:
        """Somebody silences."""
        self.stories[which].silence(minutes)

    @rule(which=WHICH, act=st.sampled_from([acknowledge, resolve]))
    def person(self, which, act) -> None:
        """Somebody takes care."""
        story = self.stories[which]
        if story.alert is not None and story.alert.state is State.OPEN:
            story.alert = act(story.alert, "ada", story.at)
            self.known[story.alert.id] = story.alert

    @precondition(lambda self: self.told)
    @rule()
    def looks_again(self) -> None:
        """Nothing more comes out of a moment that was dealt with."""
        for story in self.stories:
            if story.alert is not None:
                alert = story.alert
                story.waits()
                assert (story.alert, story.notices) == (alert, ())

    @invariant()
    def one_open_alert(self) -> None:
        """Of one fingerprint at most one alert is not over."""
        open_ones = [
            one.fingerprint for one in self.known.values() if one.state is not State.RESOLVED
        ]
        assert len(open_ones) == len(set(open_ones))

    @invariant()
    def everybody_knows(self) -> None:
        """An open alert was told, or is silenced; what was settled and told open is told over."""
        for story in self.stories:
            alert = story.alert
            if alert is None:
                continue
            silenced = silencing(alert.signal, story.silences, story.at)
            if alert.state is State.OPEN:
                assert alert.told_at is not None or silenced
            told = f"{alert.id}.opened" in self.told
            assert told == (alert.told_at is not None)
            assert (f"{alert.id}.resolved" in self.told) == (alert.settled and told)


def test_no_order_of_events_loses_or_repeats_anything(signal, story) -> None:
    """Hypothesis looks for one that does."""
    signals = (
        signal(),
        signal("endpoint-unreachable", severity=WARNING),
        signal("ct-key-not-pinned", severity=NOTE, organisation="acme"),
    )

    def begin() -> Anything:
        stories = [story() for _ in signals]
        for one in stories:
            one.rules = RULES
        return Anything(signals, stories)

    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=50,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
