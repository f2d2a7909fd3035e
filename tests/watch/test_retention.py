"""What is old goes, what is not stays, and the settings say which is which."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Table, func, insert, select

from keypin.inventory import Application
from keypin.watch import retention
from keypin.watch.core import Core
from keypin.watch.inventory import applications
from keypin.watch.retention import RULES, apply, declare
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import (
    accounts,
    alert_history,
    alert_routes,
    alerts,
    ct_findings,
    deliveries,
    idempotency,
    report_counts,
    report_groups,
    reports,
    sessions,
    signals,
    silences,
)
from keypin.watch.work import Inline

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _silence(database: Database, until: datetime) -> None:
    with database.begin(1) as scope:
        values = {"definition": {}, "reason": "", "created_by": "ada", "created_at": NOON}
        scope.add(silences, **values, until=until)


def _count(database: Database, table: Table) -> int:
    with database.read_across() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_what_is_older_than_the_settings_keep_is_removed(any_database: Database) -> None:
    """To the day."""
    settings = Settings(keep_reports=30 * DAY)
    for age in (29, 31, 400):
        _silence(any_database, NOON - age * DAY)
    assert apply(any_database, settings, NOON) == {"silences": 2}
    assert apply(any_database, settings, NOON) == {}


def test_many_rows_go_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody waits for long; what is left goes an hour later."""
    monkeypatch.setattr(retention, "_BATCH", 2)
    monkeypatch.setattr(retention, "_MOST", 4)
    for _ in range(5):
        _silence(database, NOON - 400 * DAY)
    assert apply(database, Settings(), NOON) == {"silences": 4}
    assert apply(database, Settings(), NOON) == {"silences": 1}


def test_what_holds_still_stays_however_old_it_is(database: Database) -> None:
    """A signal that was seen long ago and has not cleared is no past."""
    row = {"severity": "error", "subject": "", "title": "", "document": {}, "rule": "expiry"}
    with database.begin(1) as scope:
        for name, holds, taken in (("a", True, True), ("b", False, False), ("c", False, True)):
            state = {"fingerprint": name, "holds": holds, "taken": taken}
            scope.add(signals, **row, **state, since=NOON - 900 * DAY, seen_at=NOON - 900 * DAY)
    assert apply(database, Settings(), NOON) == {"signals": 1}
    assert _count(database, signals) == 2


def test_what_a_route_was_told_goes_with_its_day_though_the_route_is_gone(
    any_database: Database,
) -> None:
    """What was delivered, withdrawn or given up; what is on its way stays."""
    long_ago = NOON - 900 * DAY
    with any_database.begin(1) as scope:
        shown = {"definition": {}, "sealed": b"", "shown": "", "created_at": long_ago}
        route = scope.add(alert_routes, name="chat", **shown)
        for number, (of, state, at) in enumerate(
            (
                (route, "waiting", None),
                (route, "delivered", long_ago),
                (None, "delivered", long_ago),
                (None, "withdrawn", None),
                (route, "given-up", None),
            )
        ):
            row = {"key": str(number), "route": of, "state": state, "delivered_at": at}
            scope.add(deliveries, **row, created_at=long_ago, due_at=long_ago)
    assert apply(any_database, Settings(), NOON) == {"deliveries": 4}


def test_an_alert_of_which_somebody_is_still_to_be_told_stays(any_database: Database) -> None:
    """However long it is resolved: its deliveries would go with it."""
    long_ago = NOON - 900 * DAY
    words = dict.fromkeys(("finding", "rule", "severity", "subject", "title"), "")
    row = {**words, "episode": 1, "rank": 0, "state": "resolved", "document": {}}
    row |= {"since": long_ago, "seen_at": long_ago, "resolved_at": long_ago, "looked_at": long_ago}
    with any_database.begin(1) as scope:
        shown = {"definition": {}, "sealed": b"", "shown": "", "created_at": long_ago}
        route = scope.add(alert_routes, name="chat", **shown)
        for state in ("waiting", "digest", "delivered", "given-up", "withdrawn"):
            alert = scope.add(alerts, **row, fingerprint=state)
            for number in range(2):
                told = {
                    "alert": alert,
                    "key": f"{state} {number}",
                    "at": long_ago,
                    "kind": "opened",
                }
                entry = scope.add(alert_history, **told)
            moments = {"created_at": NOON, "due_at": NOON}
            scope.add(deliveries, key=state, route=route, entry=entry, state=state, **moments)
        scope.add(alerts, **row, fingerprint="untold")
    assert apply(any_database, Settings(), NOON) == {"alerts": 4}
    assert (_count(any_database, alerts), _count(any_database, deliveries)) == (2, 2)


def test_reports_that_nobody_judged_yet_stay(any_database: Database) -> None:
    """The judge was away for longer than they are kept; once it has seen them, they go."""
    came = NOON - 100 * DAY
    with any_database.begin(1) as scope:
        shop = applications.add(scope, Application(name="shop"), at=came).id
        words = dict.fromkeys(("host", "classification", "severity", "message"), "")
        row = {**words, "application": shop, "document": {}, "folded": b"", "count": 1}
        for name, judged in (("new", None), ("known", came - DAY), ("judged", came + DAY)):
            moments = {"first_at": came, "last_at": came, "judged_at": judged}
            group = scope.add(report_groups, **row, **moments, fingerprint=name)
            of = {"application": shop, "report_group": group}
            scope.add(reports, **of, received_at=came, form="", host=name)
            scope.add(report_counts, **of, minute=came, count=1)
    assert apply(any_database, Settings(), NOON) == {"reports": 1, "report_counts": 1}
    with any_database.begin(1) as scope:
        left = scope.execute(scope.select(reports.c.host).order_by(reports.c.host)).scalars()
        assert list(left) == ["known", "new"]
        scope.execute(scope.update(report_groups).values(judged_at=NOON))
    assert apply(any_database, Settings(), NOON) == {"reports": 2, "report_counts": 2}


def test_what_logs_hold_goes_long_after_it_expired(any_database: Database) -> None:
    """What nobody can read goes long after it was found; what is valid stays."""
    words = dict.fromkeys(("rule", "severity", "message", "issuer", "log"), "")
    row = {**words, "names": [], "position": 0, "document": {"chain": []}}
    with any_database.begin(1) as scope:
        for number, (known, ends) in enumerate(
            ((900, 5), (900, None), (900, 31), (5, None), (900, -5))
        ):
            moments = {"logged_at": NOON, "known_at": NOON - known * DAY}
            ended = None if ends is None else NOON - ends * DAY
            scope.add(ct_findings, **row, **moments, identity=str(number), not_after=ended)
    settings = Settings(keep_findings=30 * DAY)
    assert apply(any_database, settings, NOON) == {"ct_findings": 2}
    with any_database.read(1) as scope:
        left = scope.execute(scope.select(ct_findings.c.identity)).scalars()
        assert sorted(left) == ["0", "3", "4"]


def test_sessions_go_when_they_end(database: Database) -> None:
    """Their key is a digest, and no number."""
    with database.begin_across() as connection:
        person = {"id": 1, "mail": "ada@example.com", "name": "Ada", "created_at": NOON}
        connection.execute(insert(accounts).values(**person))
        row = {"account": 1, "stage": "whole", "created_at": NOON, "seen_at": NOON}
        for byte, ends in ((1, NOON - DAY), (2, NOON + DAY)):
            one = {"digest": bytes([byte]) * 32, "expires_at": ends}
            connection.execute(insert(sessions).values(**row, **one))
    assert apply(database, Settings(), NOON) == {"sessions": 1}


def test_it_is_done_every_hour(database: Database, tmp_path, caplog) -> None:
    """And said, with what went."""
    caplog.set_level("INFO")
    work = Inline(lambda: NOON)
    core = Core(
        settings=Settings(),
        database=database,
        sealer=Sealer.at(tmp_path / "keys"),
        work=work,
        clock=lambda: NOON,
    )
    declare(core)
    _silence(database, NOON - 400 * DAY)
    assert work.run_due() == 3
    assert "what was old is removed" in caplog.text
    assert caplog.records[-1].rows == {"silences": 1}


def test_every_rule_compares_what_can_be_compared() -> None:
    """Each table is in one rule, by its one key."""
    names = [rule.table.name for rule in RULES]
    assert len(names) == len(set(names))
    assert all(len(rule.table.primary_key) == 1 for rule in RULES)
    assert idempotency.name in names
