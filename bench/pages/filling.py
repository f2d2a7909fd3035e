"""An installation with years behind it, made by SQL within minutes."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy.engine.interfaces import DBAPICursor
from starlette.testclient import TestClient

from keypin.alerts import Alert, Signal, State, Subject
from keypin.certs import Certificate
from keypin.findings import Severity
from keypin.inventory.entries import Application, Platform
from keypin.lab.cast import Cast
from keypin.pins import Pin
from keypin.reports import Arrival, Form, Group, GroupKey, Report, dumps
from keypin.watch.alerting.documents import written
from keypin.watch.core import Core
from keypin.watch.inventory import applications, chains, read_upload, releases
from keypin.watch.people import accounts, memberships, sessions
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import organisations
from keypin.watch.work.inline import Inline
from keypin.web import app
from keypin.web.look import Look
from keypin.web.pages import routes
from keypin.web.statics import Statics

NOW = datetime.now(UTC).replace(microsecond=0)
ADDRESS = "https://watch.example"

ENDPOINTS, HISTORY = 100_000, 100
REPORTS, GROUPS = 10_000_000, 500
ALERTS, OPEN, FOUND, AUDIT = 50_000, 5_000, 50_000, 100_000
GROUPS_OF_HOSTS, PIN_SETS, RELEASES = 100, 50, 100
# Chains that each host shows in turn.
CHAINS = 4
APPLICATIONS = 10

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


def fill(path: Path, scale: float) -> None:
    """Make a database and fill it.

    Args:
        path: its file.
        scale: how much of everything there is.
    """
    database = Database(f"sqlite:///{path}")
    database.migrate()
    cast = Cast(NOW)
    (path.parent / "roots.pem").write_bytes(cast.trusted_pem())
    with database.begin_across() as connection:
        values = {"name": "acme", "title": "Acme", "created_at": NOW}
        connection.execute(organisations.insert().values(**values))
    _inventory(database, cast)
    digests = _chains(database, cast)
    with database.engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("BEGIN")
        kept = _without_indexes(raw)
        raw.execute("CREATE TEMP TABLE shown (n INTEGER PRIMARY KEY, digest BLOB)")
        raw.executemany("INSERT INTO shown VALUES (?, ?)", list(enumerate(digests)))
        for statement in _rows(scale):
            raw.execute(*statement)
        for statement in kept:
            raw.execute(statement)
        raw.execute("COMMIT")
    database.analyse()
    database.close()


def opened(path: Path) -> TestClient:
    """Return a browser of an owner at the service of a database, as a fresh process has it."""
    database = Database(f"sqlite:///{path}")
    settings = Settings(public_url=ADDRESS, trust=path.parent / "roots.pem")
    core = Core(
        settings=settings,
        database=database,
        sealer=Sealer([Fernet.generate_key().decode()]),
        work=Inline(lambda: NOW),
        clock=lambda: NOW,
    )
    statics = Statics()
    look = Look(statics)
    shown = app.Pages(core, look, statics)
    answers = app.compose(shown, [*routes(core, look), statics.route()])
    with database.begin(1) as scope:
        number = accounts.create(scope.connection, "ada@shop.example", "Ada", NOW)
        memberships.add(scope, number, Role.OWNER, SERVICE, NOW)
    with database.begin_across() as connection:
        token = sessions.create(connection, number, NOW)
    client = TestClient(answers, base_url=ADDRESS)
    client.cookies.set("__Host-keypin", token, domain="watch.example", path="/")
    return client


def _inventory(database: Database, cast: Cast) -> None:
    """Make applications and releases; each pin set pins a fifth of the hosts."""
    for number in range(RELEASES):
        pin_set = number % PIN_SETS
        hosts = range(pin_set % 5, GROUPS_OF_HOSTS, 5)
        key = cast.pin("active" if pin_set % 10 else "renewed")
        policies = "".join(
            f'[[policy]]\nhost = "**.g{host}.example"\npins = ["{key}"]\n'
            f'backup_pins = ["{cast.pin("backup")}"]\ncomment = "{pin_set}"\n'
            for host in hosts
        )
        source = BytesIO(f"version = 1\n{policies}".encode())
        upload = read_upload(source, "pins.toml", at=NOW)
        name = f"app-{number % APPLICATIONS}"
        with database.begin(1) as scope:
            if number < APPLICATIONS:
                entry = Application(name=name, platform=Platform.ANDROID)
                applications.add(scope, entry, at=NOW)
            releases.add(scope, name, f"{number}.0", upload, at=NOW, share=0.05)


def _chains(database: Database, cast: Cast) -> list[bytes]:
    """Keep real chains of the laboratory's CA, and return their digests."""
    above = Certificate.from_der(cast.authority("intermediate").der)
    found: dict[bytes, tuple[Certificate, ...]] = {}
    for number in range(GROUPS_OF_HOSTS * CHAINS):
        hosts = (f"*.g{number // CHAINS}.example", f"g{number // CHAINS}.example")
        leaf = cast.leaf("active", name=hosts[1], hosts=hosts, days=30 + number % 60)
        chain = (Certificate.from_der(leaf.der), above)
        found[chains.digest_of(chain)] = chain
    with database.begin_across() as connection:
        chains.keep(connection, found)
    return list(found)


def _without_indexes(raw: DBAPICursor) -> list[str]:
    """Drop the indexes that only speed queries up, and return what makes them again."""
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    found = raw.execute(named).fetchall()
    for name, _ in found:
        raw.execute(f'DROP INDEX "{name}"')
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for (name,) in raw.execute(triggers).fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in found]


def _rows(scale: float) -> list[tuple[str, dict[str, Any]]]:
    """Return the statements that make all rows."""
    count = {
        "now": int(NOW.timestamp()) * _SECOND,
        "day": _DAY,
        "hour": _DAY // 24,
        "endpoints": int(ENDPOINTS * scale),
        "history": HISTORY,
        "reports": int(REPORTS * scale),
        "groups": max(10, int(GROUPS * min(1, scale * 10))),
        "alerts": int(ALERTS * scale) + 100,
        "open": int(OPEN * scale) + 50,
        "found": int(FOUND * scale) + 100,
        "audit": int(AUDIT * scale) + 100,
        "alert": json.dumps(written(_alert())),
        "folded": dumps(_group()),
    }
    text = (Path(__file__).parent / "filling.sql").read_text(encoding="utf-8")
    return [(statement, count) for statement in text.split(";\n") if statement.strip()]


def _alert() -> Alert:
    signal = Signal(
        id="chain-refused",
        severity=Severity.ERROR,
        subject=Subject("endpoint", "h17.g17.example:443"),
        title="h17.g17.example breaks now for 5% of users: the chain has none of the keys",
        organisation="acme",
        owner="mobile",
        evidence=tuple(f"sha256/{'A' * 43}= number {number}" for number in range(6)),
        facts=(("hits", "5% of users of app-1"),),
        next_step="Renew with the pinned key.",
        link="/endpoints/17",
    )
    return Alert(
        signal=signal,
        rule="users-refused",
        severity=Severity.ERROR,
        group="",
        state=State.OPEN,
        since=NOW - timedelta(days=1),
        last_seen=NOW,
    )


def _group() -> Group:
    """Return a group whose tallies are full, as those of a large application are."""
    report = Report(
        form=Form.TRUSTKIT_ANDROID,
        host="h17.g17.example",
        application="app-1",
        version="3.1",
        platform="android",
        pins=(Pin.parse(f"sha256/{'A' * 43}="),),
    )
    arrivals = [
        Arrival(
            report,
            NOW - timedelta(hours=number % 300),
            source=number.to_bytes(8, "big"),
            network=f"AS{64496 + number % 300}",
            country="DE" if number % 3 else "FR",
        )
        for number in range(2000)
    ]
    return Group.of(GroupKey.of(report), arrivals)
