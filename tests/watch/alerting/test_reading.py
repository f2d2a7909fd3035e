"""Alerts are listed by what is asked for, and each shows what became of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keypin.alerts import Delivery, State
from keypin.findings import Severity
from keypin.watch.alerting import reading, routes
from keypin.watch.alerting.acting import take_care
from keypin.watch.alerting.reading import Wanted
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.people.audit import Actor


@pytest.fixture
def listed(any_alerted, signal):
    """Return an organisation with three alerts, one of them resolved."""
    any_alerted.see(
        signal("a", owner="payments", application="shop"),
        signal("b", severity=Severity.WARNING, id="key-not-pinned"),
        signal("c"),
    )
    any_alerted.see(signal("c", holds=False))
    return any_alerted


@pytest.mark.parametrize(
    ("wanted", "hosts"),
    [
        pytest.param(Wanted(), "cab", id="all, the gravest first"),
        pytest.param(Wanted(states=reading.ACTIVE), "ab", id="active"),
        pytest.param(Wanted(states=(State.RESOLVED,)), "c", id="resolved"),
        pytest.param(Wanted(severity=Severity.ERROR), "ca", id="errors"),
        pytest.param(Wanted(severity=Severity.WARNING), "cab", id="warnings and worse"),
        pytest.param(Wanted(findings=("key-not-pinned",)), "b", id="finding"),
        pytest.param(Wanted(owner="payments"), "a", id="owner"),
        pytest.param(Wanted(application="shop"), "a", id="application"),
        pytest.param(Wanted(subject="b.example.com:443"), "b", id="subject"),
        pytest.param(Wanted(search="B.EXAMPLE"), "b", id="search"),
        pytest.param(Wanted(search="%"), "", id="no wildcard"),
        pytest.param(Wanted(search="a\0", owner="\0", findings=("\0",)), "", id="no NUL"),
        pytest.param(Wanted(since=datetime(2027, 1, 1, tzinfo=UTC)), "", id="since"),
    ],
)
def test_alerts_are_listed_by_what_is_asked_for(listed, wanted: Wanted, hosts: str) -> None:
    """Each condition narrows the list, and the count agrees with it."""
    with listed.database.read(1) as scope:
        found = reading.listed(scope, wanted)
        assert "".join(one.alert.signal.subject.key[0] for one in found) == hosts
        assert reading.count(scope, wanted) == len(hosts)
        numbers = [row["id"] for row in scope.rows(reading.numbers(scope, wanted))]
        assert set(reading.by_numbers(scope, numbers)) == set(found)


def test_a_list_has_pages(listed) -> None:
    """The next page begins after the last of this one."""
    with listed.database.read(1) as scope:
        first = reading.listed(scope, Wanted(), limit=2)
        after = reading.place(first[-1])
        rest = reading.listed(scope, Wanted(), after=after, limit=2)
    assert [one.id for one in (*first, *rest)] == [3, 1, 2]


def test_alerts_are_counted(listed) -> None:
    """By state, and those that need somebody by how grave they are."""
    with listed.database.read(1) as scope:
        states = reading.by_state(scope)
        severities = reading.by_severity(scope)
    assert (states[State.OPEN], states[State.RESOLVED], states[State.PENDING]) == (2, 1, 0)
    assert severities == {Severity.ERROR: 1, Severity.WARNING: 1, Severity.NOTE: 0}


def test_an_alert_shows_what_became_of_it(alerted, receiver, signal) -> None:
    """Who was told, how it went, and who takes care of it."""
    receiver.answers = [503]
    alerted.route("chat", to=receiver.address)
    alerted.route("daily", delivery=Delivery.DIGEST)
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    with alerted.database.begin(1) as scope:
        actor = Actor("ada@example.com")
        take_care(scope, 1, by=actor, at=alerted.now, note="on it")
        events = reading.history(scope, 1)
        daily, chat = reading.tellings(scope, 1)
        assert reading.not_told(scope) == (chat,)
        assert reading.waiting(scope) == {"chat": {"waiting": 1}, "daily": {"digest": 1}}
    assert [(one.kind, one.by, one.note) for one in events] == [
        ("acknowledged", "ada@example.com", "on it"),
        ("opened", None, None),
    ]
    assert (daily.route, daily.state) == ("daily", "digest")
    assert (chat.route, chat.kind, chat.state, chat.attempts) == ("chat", "opened", "waiting", 1)
    assert "503" in str(chat.failure)
    assert chat.due_at == alerted.now + timedelta(seconds=15)


def test_what_waits_says_for_whom(any_alerted, receiver, signal) -> None:
    """For others of its group, as its rule says; or for its route, which is switched off."""
    any_alerted.rule(window=timedelta(minutes=10))
    any_alerted.route("chat", to=receiver.address)
    any_alerted.see(signal("a"))
    until = any_alerted.now + timedelta(minutes=10)
    with any_alerted.database.begin(1) as scope:
        (chat,) = reading.tellings(scope, 1)
        assert (chat.group_until, chat.due_at, chat.paused) == (until, until, False)
        routes.enable(scope, "chat", enabled=False, at=any_alerted.now)
        (chat,) = reading.tellings(scope, 1)
    assert chat.paused
    any_alerted.deliver(seconds=600)
    with any_alerted.database.begin(1) as scope:
        routes.enable(scope, "chat", enabled=True, at=any_alerted.now)
    any_alerted.deliver(seconds=1)
    with any_alerted.database.read(1) as scope:
        (chat,) = reading.tellings(scope, 1)
    assert (chat.state, chat.group_until) == ("delivered", None)


def test_another_organisation_has_no_alerts(listed) -> None:
    """What is not theirs is not there."""
    with listed.database.read(2) as scope:
        assert reading.listed(scope, Wanted()) == ()
        assert reading.history(scope, 1) == reading.tellings(scope, 1) == ()
        with pytest.raises(UnknownError):
            reading.find(scope, 1)


def test_one_is_found_by_its_number(listed, signal) -> None:
    """An alert is as it is kept."""
    with listed.database.read(1) as scope:
        assert replace(reading.find(scope, 1).alert.signal, holds=True).title == signal("a").title
