"""Of thousands of messages that wait for a later try, none keeps one back that is due now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text

from keypin.watch.alerting import outbox
from keypin.watch.store import Database
from keypin.watch.store.tables import alert_history, alert_routes, alerts, deliveries

ORGANISATION, ROUTE = 1, 1
MANY = 4000


class Waiting:
    """A route with messages that wait: each is its key, what it tells of, and how it stands."""

    def __init__(self, database: Database, at: datetime) -> None:
        self.database = database
        self.at = at
        usual = {"definition": {}, "sealed": b"x", "shown": "x", "enabled": True}
        with database.begin(ORGANISATION) as scope:
            scope.add(alert_routes, name="hook", created_at=at, **usual)

    def of(self, rows: Sequence[tuple[str, int]], **stand: object) -> None:
        """Add messages, of which each row tells of an alert."""
        with self.database.begin(ORGANISATION) as scope:
            known = {row["id"] for row in scope.rows(scope.select(alerts.c.id))}
            new = dict.fromkeys(alert for _, alert in rows if alert not in known)
            scope.add_all(alerts, [self._alert(number) for number in new])
            begin = scope.value(
                scope.select(alert_history.c.id).order_by(alert_history.c.id.desc())
            )
            numbers = range((begin or 0) + 1, (begin or 0) + len(rows) + 1)
            history = {"at": self.at, "kind": "opened", "notice": {}}
            scope.add_all(
                alert_history,
                [
                    {"id": number, "alert": alert, "key": f"k{number}", **history}
                    for number, (_, alert) in zip(numbers, rows, strict=True)
                ],
            )
            usual = {"route": ROUTE, "state": "waiting", "created_at": self.at, "attempts": 0}
            scope.add_all(
                deliveries,
                [
                    {"key": f"d{number}", "entry": number, "bundle": key, **usual, **stand}
                    for number, (key, _) in zip(numbers, rows, strict=True)
                ],
            )

    def _alert(self, number: int) -> Mapping[str, object]:
        times = dict.fromkeys(("since", "opened_at", "seen_at", "looked_at"), self.at)
        texts = dict.fromkeys(("finding", "rule", "state", "subject", "title"), "x")
        known = {"id": number, "fingerprint": f"f{number}", "episode": 1, "rank": 0}
        return {**times, **texts, **known, "severity": "error", "document": {}}

    def due(self) -> list[str]:
        """Return the keys of what is to be sent now."""
        with self.database.read(ORGANISATION) as scope:
            return [parcel.key for parcel in outbox.due(scope, ROUTE, self.at)]


@pytest.fixture
def waiting(any_database: Database, now: datetime) -> Waiting:
    """Return a route for which nothing waits yet."""
    return Waiting(any_database, now)


@pytest.fixture
def now() -> datetime:
    """Return the time."""
    return datetime.fromisoformat("2026-11-29T12:00:00Z")


@pytest.fixture
def later(now: datetime) -> dict[str, object]:
    """Return how a message stands that is tried again in hours."""
    tried = {"tried_at": now - timedelta(seconds=1), "attempts": 12}
    return {**tried, "due_at": now + timedelta(hours=4)}


def test_what_is_due_is_found_among_thousands_that_wait(waiting, later, now) -> None:
    """It was made after all of them, and is sent now; the other is of an alert that waits."""
    waiting.of([(f"b{number // 10}", number) for number in range(1, MANY)], **later)
    waiting.of([("new", MANY), ("over", 7)], due_at=now)
    assert waiting.due() == ["new"]


def test_what_waits_for_older_ones_keeps_nothing_back(waiting, later, now) -> None:
    """Thousands that were never tried, each of an alert with an older message, and one alone."""
    waiting.of([(f"b{number}", number) for number in range(1, MANY)], **later)
    waiting.of([(f"over{number}", number) for number in range(1, MANY)], due_at=now)
    waiting.of([("new", MANY)], due_at=now)
    assert waiting.due() == ["new"]


def test_of_two_messages_one_goes_first(waiting, now) -> None:
    """Where each has an alert that the other has too, it is the one that begins first."""
    rows = [("opened", 1), ("resolved", 2), ("resolved", 1), ("opened", 2)]
    waiting.of(rows, due_at=now)
    assert waiting.due() == ["opened"]


def test_the_oldest_come_first_and_some_at_a_time(waiting, now) -> None:
    """The next ones are looked for when these were sent."""
    waiting.of([(f"b{number:04}", number) for number in range(1, MANY)], due_at=now)
    found = waiting.due()
    assert found == [f"b{number:04}" for number in range(1, len(found) + 1)]
    assert 0 < len(found) < MANY / 2


def test_another_route_keeps_nothing_back(waiting, later, now) -> None:
    """What one route was not told yet is no matter of another."""
    with waiting.database.begin(ORGANISATION) as scope:
        usual = {"definition": {}, "sealed": b"x", "shown": "x", "enabled": True}
        other = scope.add(alert_routes, name="other", created_at=now, **usual)
    waiting.of([("theirs", 1)], **{**later, "route": other})
    waiting.of([("ours", 1)], due_at=now)
    assert waiting.due() == ["ours"]


def test_what_is_due_is_found_by_indices(waiting, later) -> None:
    """No table is read from one end to the other, where most of it is about something else."""
    waiting.of([(f"b{number // 2}", number) for number in range(1, 100)], **later)
    asked = []
    engine = waiting.database.engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
    waiting.due()
    ((statement, parameters),) = [one for one in asked if "leader" in one[0]]
    with waiting.database.read_across() as connection:
        if waiting.database.sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [row[3] for row in rows]
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # there are few rows here
            plan = [
                row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            ]
    assert [line for line in plan if "ix_deliveries_route" in line]
    whole = ("SCAN deliveries", "SCAN alert_history", "Seq Scan")
    assert not [line for line in plan if any(one in line for one in whole)]
