"""An organisation whose parts see trouble, and an engine that makes alerts of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Table, insert, select

from keypin.alerts import Route, Rule, Signal, Subject
from keypin.alerts.toml import route_table_of, table_of
from keypin.findings import Severity
from keypin.watch.alerting.engine import Engine
from keypin.watch.alerting.signals import tell
from keypin.watch.store import Database
from keypin.watch.store.tables import (
    alert_history,
    alert_routes,
    alert_rules,
    alerts,
    deliveries,
    signals,
)

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

Rows = list[Mapping[str, object]]


def _signal(host: str, **changed: object) -> Signal:
    usual = Signal(
        id="chain-refused",
        severity=Severity.ERROR,
        subject=Subject("endpoint", f"{host}.example.com:443"),
        title=f"shop 3.2 refuses what {host}.example.com:443 serves",
        organisation="acme",
        evidence=("no pin matches",),
        next_step="Serve the chain before.",
        link="/endpoints/7",
    )
    return replace(usual, **changed)


@pytest.fixture
def signal() -> Callable[..., Signal]:
    """Return a function that makes the signal that a release refuses what a host serves."""
    return _signal


@dataclass
class Alerted:
    """The organisation `acme`, and the time there."""

    database: Database
    now: datetime = NOON
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.database)

    def pass_time(self, **span: float) -> None:
        """Let time pass, and the engine look."""
        self.now += timedelta(**span)
        self.engine.turn(self.now)

    def see(self, *several: Signal) -> None:
        """Have some part of the service say what it sees, and the engine take it."""
        self.tell(*several)
        self.engine.turn(self.now)

    def tell(self, *several: Signal) -> None:
        """Have some part of the service say what it sees."""
        with self.database.begin(1) as scope:
            tell(scope, several, self.now)

    def route(self, name: str = "chat", **given: object) -> int:
        """Add a route."""
        definition = _json(route_table_of(Route(name=name, **given)))
        values = {"definition": definition, "sealed": b"", "shown": "", "created_at": self.now}
        with self.database.begin(1) as scope:
            return scope.add(alert_routes, name=name, **values)

    def rule(self, name: str = "mine", **given: object) -> None:
        """Add a rule."""
        definition = _json(table_of(Rule(name=name, **given)))
        with self.database.begin(1) as scope:
            scope.add(alert_rules, name=name, place=1, definition=definition)

    def alerts(self) -> Rows:
        """Return all alerts."""
        return self._rows(alerts)

    def history(self) -> list[str]:
        """Return what became of alerts, in order."""
        return [str(row["kind"]) for row in self._rows(alert_history)]

    def deliveries(self) -> Rows:
        """Return what is to be told, and was."""
        return self._rows(deliveries)

    def has_signals(self) -> bool:
        """Say whether a signal was not taken."""
        return any(not row["taken"] for row in self._rows(signals))

    def execute(self, statement: object) -> None:
        """Change what is stored."""
        with self.database.begin_across() as connection:
            connection.execute(statement)

    def add(self, table: Table, **values: object) -> None:
        """Store a row."""
        self.execute(insert(table).values(organisation=1, **values))

    def _rows(self, table: Table) -> Rows:
        with self.database.read_across() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)).mappings())


def _json(document: object) -> object:
    return json.loads(json.dumps(document))


@pytest.fixture
def alerted(database: Database) -> Alerted:
    """Return an organisation, on SQLite."""
    return Alerted(database)


@pytest.fixture
def any_alerted(any_database: Database) -> Alerted:
    """Return the same on each kind of database in turn."""
    return Alerted(any_database)


@pytest.fixture
def shared_alerted(postgresql: Database) -> Alerted:
    """Return the same on PostgreSQL, where several machines share it."""
    return Alerted(postgresql)
