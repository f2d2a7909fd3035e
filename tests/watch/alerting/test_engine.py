"""The engine makes one alert of what is told again and again, and writes down who is told."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from keypin.alerts import Delivery, Escalation, Match
from keypin.findings import Severity
from keypin.watch.alerting.acting import decide_anew
from keypin.watch.alerting.engine import Engine
from keypin.watch.alerting.signals import tell
from keypin.watch.store import Database
from keypin.watch.store.tables import alert_routes, alert_rules, signals


def test_a_signal_becomes_an_alert_that_routes_are_told(any_alerted, signal) -> None:
    """What is seen for the first time opens, and each route that wants it has a delivery."""
    any_alerted.route("chat")
    any_alerted.route("mail")
    any_alerted.see(signal("a"))
    (alert,) = any_alerted.alerts()
    assert (alert["state"], alert["severity"], alert["episode"]) == ("open", "error", 1)
    assert (alert["opened_at"], alert["since"]) == (any_alerted.now, any_alerted.now)
    assert any_alerted.history() == ["opened"]
    rows = any_alerted.deliveries()
    assert [row["state"] for row in rows] == ["waiting", "waiting"]
    window = timedelta(seconds=20)
    assert {row["due_at"] for row in rows} == {any_alerted.now + window}


def test_the_same_again_is_told_once(alerted, signal) -> None:
    """What is told again, and what says a little else, stays the alert that it was."""
    alerted.route()
    alerted.see(signal("a"))
    alerted.see(signal("a"))
    alerted.see(signal("a", evidence=("no pin matches at 192.0.2.1",)))
    assert len(alerted.alerts()) == len(alerted.deliveries()) == 1


def test_what_cleared_is_told_when_it_stayed_so(alerted, signal) -> None:
    """The end of an alert is told once it has settled."""
    alerted.route()
    alerted.see(signal("a"))
    alerted.see(signal("a", holds=False))
    assert alerted.history() == ["opened"]
    alerted.pass_time(minutes=10)
    assert alerted.history() == ["opened", "resolved"]
    (alert,) = alerted.alerts()
    assert (alert["state"], alert["due_at"]) == ("resolved", None)


def test_trouble_that_comes_back_later_is_another(alerted, signal) -> None:
    """After an alert has settled, the same trouble is its next episode, in a row of its own."""
    alerted.see(signal("a"))
    alerted.see(signal("a", holds=False))
    alerted.pass_time(minutes=11)
    alerted.see(signal("a"))
    states = [(row["episode"], row["state"]) for row in alerted.alerts()]
    assert states == [(1, "resolved"), (2, "open")]


def test_what_waits_opens_without_another_word(alerted, signal) -> None:
    """A rule's wait passes by itself."""
    alerted.rule(wait=timedelta(minutes=5))
    alerted.see(signal("a"))
    (alert,) = alerted.alerts()
    assert (alert["state"], alert["opened_at"]) == ("pending", None)
    alerted.pass_time(minutes=5)
    assert alerted.alerts()[0]["state"] == "open"


def test_who_does_not_answer_is_told_again(alerted, signal) -> None:
    """A repetition and an escalation come due by themselves, each to its routes."""
    alerted.route("chat")
    alerted.route("boss", match=Match(owners=("nobody",)))
    step = Escalation(timedelta(minutes=30), ("boss",))
    alerted.rule(routes=("chat",), repeat=timedelta(hours=1), escalate=(step,))
    alerted.see(signal("a"))
    alerted.pass_time(minutes=30)
    alerted.pass_time(minutes=30)
    assert alerted.history() == ["opened", "escalated", "repeated"]
    assert [row["route"] for row in alerted.deliveries()] == [1, 2, 1]


def test_what_is_seen_again_and_again_does_not_lapse(alerted, signal) -> None:
    """A rule's lapse counts from when the signal was last told, news or none."""
    alerted.rule(lapse=timedelta(hours=2))
    alerted.see(signal("a"))
    for _ in range(4):
        alerted.pass_time(hours=1)
        alerted.tell(signal("a"))
    alerted.pass_time(hours=1)
    assert alerted.alerts()[0]["state"] == "open"


def test_what_lapsed_and_is_seen_again_is_news(alerted, signal) -> None:
    """What was told no more is over; told again as it was, it is there again."""
    alerted.rule(lapse=timedelta(hours=2))
    alerted.see(signal("a"))
    alerted.pass_time(hours=3)
    assert alerted.alerts()[0]["state"] == "resolved"
    alerted.pass_time(hours=3)
    alerted.see(signal("a"))
    assert [row["state"] for row in alerted.alerts()] == ["resolved", "open"]


def test_what_an_alert_is_about_may_go(alerted, signal) -> None:
    """Where the row of a signal went with its endpoint, its alert is over."""
    alerted.rule(repeat=timedelta(hours=1))
    alerted.see(signal("a"))
    alerted.execute(delete(signals))
    alerted.pass_time(hours=1)
    assert alerted.alerts()[0]["state"] == "resolved"


def test_a_new_rule_counts_for_what_is_there(alerted, signal) -> None:
    """An alert whose signals are to be ignored ends, and is there again when the rule goes."""
    alerted.see(signal("a"))
    alerted.rule(ignore=True)
    _decide_anew(alerted)
    assert alerted.alerts()[0]["state"] == "resolved"
    alerted.pass_time(minutes=11)
    alerted.execute(delete(alert_rules))
    _decide_anew(alerted)
    assert [row["state"] for row in alerted.alerts()] == ["resolved", "open"]


def _decide_anew(alerted) -> None:
    with alerted.database.begin(1) as scope:
        decide_anew(scope, alerted.now)
    alerted.engine.turn(alerted.now)


def test_a_route_outside_its_match_or_switched_off_is_not_told(alerted, signal) -> None:
    """Nobody is told of what they did not ask for."""
    alerted.route("theirs", match=Match(severity=Severity.WARNING, owners=("web",)))
    off = alerted.route("off")
    alerted.execute(alert_routes.update().where(alert_routes.c.id == off).values(enabled=False))
    alerted.see(signal("a"))
    assert alerted.history() == ["opened"]
    assert alerted.deliveries() == []


def test_a_failing_route_is_not_told_that_it_fails(alerted, signal) -> None:
    """That a route fails is told by the others."""
    for name in ("broken", "other"):
        alerted.route(name)
    failed = signal("a", id="delivery-failed")
    alerted.see(replace(failed, subject=replace(failed.subject, kind="route", key="broken")))
    assert [row["route"] for row in alerted.deliveries()] == [2]


def test_a_digest_route_is_told_later(alerted, signal) -> None:
    """What a route takes in digests waits for one."""
    alerted.route(delivery=Delivery.DIGEST)
    alerted.see(signal("a"))
    assert [row["state"] for row in alerted.deliveries()] == ["digest"]


@pytest.mark.parametrize("days", [pytest.param(1, id="ahead"), pytest.param(-1, id="back")])
def test_a_clock_that_jumps_stops_nothing(alerted, signal, days: int) -> None:
    """Alerts that were looked at by a wrong clock are looked at again by the right one."""
    alerted.rule(repeat=timedelta(hours=1))
    alerted.see(signal("a"))
    alerted.pass_time(days=days)
    alerted.pass_time(days=-days)
    told = len(alerted.history())
    alerted.pass_time(hours=1)
    assert len(alerted.history()) == told + 1


def test_what_cannot_be_read_of_one_keeps_no_other(alerted, signal) -> None:
    """A row that another version wrote stops its organisation alone, and nothing is lost."""
    alerted.tell(signal("a"))
    alerted.add(alert_rules, name="newer", place=1, definition={"name": "newer", "sing": True})
    with alerted.database.begin(2) as scope:
        tell(scope, [signal("b")], alerted.now)
    assert alerted.engine.turn(alerted.now) == 1
    assert [row["organisation"] for row in alerted.alerts()] == [2]
    alerted.execute(delete(alert_rules))
    assert alerted.engine.turn(alerted.now) == 1
    assert len(alerted.alerts()) == 2


def test_more_than_a_batch_is_done_in_turns(database: Database, alerted, signal) -> None:
    """A storm is taken a batch at a time, until nothing is left."""
    alerted.tell(*(signal(f"host{number}") for number in range(5)))
    small = Engine(database, batch=2)
    assert [small.turn(alerted.now) for _ in range(4)] == [2, 2, 1, 0]
    assert len(alerted.alerts()) == 5


def test_two_engines_make_each_alert_once(shared_alerted, signal) -> None:
    """Of engines on several machines each takes what no other has."""
    alerted, database = shared_alerted, shared_alerted.database
    many = [signal(f"host{number}") for number in range(60)]
    alerted.route()
    alerted.tell(*many)
    with database.begin(2) as scope:
        tell(scope, many, alerted.now)
    engines = [Engine(database, batch=7) for _ in range(2)]

    def work(engine: Engine) -> None:
        while alerted.has_signals():
            engine.turn(alerted.now)

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["state"] for row in alerted.alerts()] == ["open"] * 120
    assert len(alerted.deliveries()) == 60
    assert alerted.history() == ["opened"] * 120
