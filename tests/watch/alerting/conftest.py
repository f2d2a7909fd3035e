"""An organisation whose parts see trouble, and an engine that makes alerts of it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from ssl import SSLContext

import pytest
from cryptography.fernet import Fernet
from httpx2 import create_ssl_context
from sqlalchemy import Table, insert, select

from keypin.alerts import Route, Rule, Signal, Subject
from keypin.alerts.toml import table_of
from keypin.findings import Severity
from keypin.inventory import Owner
from keypin.watch.alerting import routes
from keypin.watch.alerting.delivering import Deliverer
from keypin.watch.alerting.engine import Engine
from keypin.watch.alerting.sending import Post
from keypin.watch.alerting.signals import tell
from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.inventory import owners
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import (
    alert_history,
    alert_rules,
    alerts,
    deliveries,
    signals,
)
from keypin.watch.work.inline import Inline

SEALING = Fernet.generate_key().decode()
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
class Receiver:
    """A webhook on loopback that keeps what it is sent, and answers as it is told."""

    answers: list[int] = field(default_factory=list[int])
    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    hanging: threading.Event | None = None
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    port: int = 0

    @property
    def address(self) -> str:
        """Its address, with the key that it knows."""
        return f"http://127.0.0.1:{self.port}/hook#{KEY}"

    @property
    def keys(self) -> list[str]:
        """The idempotency keys of what was sent, in order."""
        return [headers["Idempotency-Key"] for headers, _ in self.requests]

    def documents(self) -> list[dict[str, object]]:
        """Return what was sent."""
        return [json.loads(body) for _, body in self.requests]

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Keep a request, and return the answer's status."""
        self.arrived.release()
        if self.hanging is not None:
            self.hanging.wait(10)
        self.requests.append((headers, body))
        return self.answers.pop(0) if self.answers else 204


KEY = "k" * 32


@cache
def _roots() -> SSLContext:
    """Return what verifies certificates; to read the roots takes a quarter of a second."""
    return create_ssl_context()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a webhook."""
    with _serving() as one:
        yield one


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    """Return two webhooks."""
    with _serving() as one, _serving() as other:
        yield one, other


@contextmanager
def _serving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(dict(self.headers), body)
            with suppress(OSError):  # whoever sent it may be dead
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    if receiver.hanging is not None:
        receiver.hanging.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Alerted:
    """The organisation `acme`, and the time there."""

    database: Database
    now: datetime = NOON
    key: str = SEALING
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.database)
        self.core = Core(
            settings=Settings(public_url="https://keypin.example"),
            database=self.database,
            sealer=Sealer([self.key]),
            work=Inline(),
            clock=lambda: self.now,
        )
        self.post = Post(Guard((ip_network("127.0.0.0/8"),)), _roots())
        self.deliverer = Deliverer(self.core, self.post)

    def deliver(self, **later: float) -> None:
        """Tell what is to be told, after a while, and wait until it was."""
        self.now += timedelta(**later)
        self.deliverer.turn()
        self.deliverer.wait(10)

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

    def route(
        self, name: str = "chat", to: str = f"https://192.0.2.1/#{KEY}", **given: object
    ) -> int:
        """Add a route, with the owners that it names."""
        route = Route(name=name, **given)
        with self.database.begin(1) as scope:
            for one in route.match.owners:
                owners.add(scope, Owner(name=one))
            return routes.add(scope, self.core.sealer, route, to, at=self.now).id

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
