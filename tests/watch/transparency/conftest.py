"""A log of the laboratory, and an organisation that watches it: acme with the application shop."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from threading import Event

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from keypin.certs import Certificate, Endpoint
from keypin.inventory import CtWatch
from keypin.inventory.entries import Application, WatchedEndpoint
from keypin.lab.authority import Issued, Key, Request, issue, new_key
from keypin.lab.ct_api import CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.pins import Pin
from keypin.watch.core import Core
from keypin.watch.inventory import applications, ct_watch, endpoints, read_upload
from keypin.watch.inventory.chains import digest_of, keep
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.pushing import push
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import ct_findings, ct_logs, observations, signals
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.transparency.again import Again
from keypin.watch.transparency.asking import Asking
from keypin.watch.transparency.filing import Filing
from keypin.watch.transparency.tailing import Pace, Tailing, begun
from keypin.watch.work.inline import Inline

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOST = "api.example.com"
SEALING = Fernet.generate_key().decode()
FAST = Pace(log=0.01, turn=0.0, look=0.0, mark=0.0)

Rows = list[dict[str, object]]


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at

    def move(self, **span: float) -> datetime:
        """Go on by a span."""
        self.at += timedelta(**span)
        return self.at


@dataclass
class Watching:
    """An installation that watches one log."""

    database: Database
    folder: Path
    root: Issued
    log: CtLog
    server: CtServer
    clock: Clock = field(default_factory=Clock)

    def settings(self, name: str = "data") -> Settings:
        """Return the settings of a process."""
        return Settings(
            data=self.folder / name,
            log_list=str(self.folder / "log_list.json"),
            trust=self.folder / "root.pem",
        )

    def core(self, name: str = "data", **changed: object) -> Core:
        """Return what parts of a process are handed."""
        return replace(
            Core(
                settings=self.settings(name),
                database=self.database,
                sealer=Sealer([SEALING]),
                work=Inline(self.clock),
                clock=self.clock,
            ),
            **changed,
        )

    def filing(self, asking: Asking | None = None) -> Filing:
        """Return what keeps what is found."""
        trust = Trust.of(self.settings()).anchors
        return Filing(self.database, Fields(Shelf()), trust, asking)

    def again(self, asking: Asking | None = None) -> Again:
        """Return what looks again."""
        return Again(self.core(), self.filing(asking))

    def expect(self, *issuers: str, organisation: int = 1, **said: bool) -> None:
        """Say what an organisation expects of all its names."""
        watch = CtWatch(expected_issuers=issuers, **said)
        with self.database.begin(organisation) as scope:
            ct_watch.change(scope, watch, at=self.clock.at)

    def issue(self, *hosts: str, key: str = "new", publish: bool = True) -> Issued:
        """Issue a certificate, whose precertificate the log shows at once."""
        hosts = hosts or (HOST,)
        request = Request(name=hosts[0], hosts=hosts, key=key_of(key), issuer=self.root)
        made = self.log.certify(request, self.clock.at)
        if publish:
            self.log.publish(self.clock.at)
        return made

    def pin(
        self,
        version: str,
        *keys: str,
        share: float | None = None,
        organisation: int = 1,
        host: str = HOST,
    ) -> None:
        """Push a release of the shop that pins keys, the last as backup; its hosts are endpoints.

        Each is a second later than the one before.
        """
        pins = [f'"{Pin.of_key(Certificate.from_der(certificate_of(key).der))}"' for key in keys]
        text = (
            f'version = 1\n[[policy]]\nhost = "{host}"\npins = [{", ".join(pins[:-1])}]\n'
            f"backup_pins = [{pins[-1]}]\n"
        )
        upload = read_upload(BytesIO(text.encode()), "pins.toml", at=self.clock.at)
        with self.database.begin(organisation) as scope:
            push(scope, "shop", version, upload, at=self.clock.at, share=share)
        self.clock.move(seconds=1)

    def endpoint(self, host: str = HOST, organisation: int = 1, port: int = 443) -> int:
        """Add an endpoint."""
        with self.database.begin(organisation) as scope:
            entry = WatchedEndpoint(endpoint=Endpoint(host, port))
            return endpoints.add(scope, entry, at=self.clock.at).id

    def show(self, *chain: Issued, organisation: int = 1) -> None:
        """Have the first endpoint of an organisation show a chain, as the prober saw it now."""
        certificates = tuple(Certificate.from_der(one.der) for one in (*chain, self.root))
        digest = digest_of(certificates)
        with self.database.begin(organisation) as scope:
            keep(scope.connection, {digest: certificates})
            scope.add(
                observations,
                endpoint=scope.value(scope.select(endpoint_table.c.id).limit(1)),
                vantage="here",
                address="192.0.2.1",
                key_type="any",
                chain=digest,
                detail={},
                first_seen_at=self.clock.at,
                last_seen_at=self.clock.at,
            )

    def show_again(self, *chain: Issued) -> None:
        """Have the endpoint show another chain."""
        with self.database.begin(1) as scope:
            scope.execute(scope.update(observations).values(ended_at=self.clock.at))
        self.show(*chain)

    def found(self, organisation: int = 1) -> Rows:
        """Return what was found for an organisation."""
        with self.database.read(organisation) as scope:
            query = scope.select(ct_findings).order_by(ct_findings.c.id)
            return [dict(row) for row in scope.rows(query)]

    def told(self, organisation: int = 1) -> dict[str, dict[str, object]]:
        """Return the signals that hold, by rule."""
        with self.database.read(organisation) as scope:
            rows = scope.rows(scope.select(signals).where(signals.c.holds))
            return {row["rule"]: dict(row) for row in rows}

    def logs(self) -> Rows:
        """Return the logs that are read."""
        with self.database.read_across() as connection:
            return [dict(row) for row in connection.execute(select(ct_logs)).mappings()]

    def until(self, true: Callable[[], object], tailing: Tailing | None = None) -> None:
        """Let logs be read until something is true; by another process unless one is given."""
        waited = Event()
        for _ in range(6000):
            if tailing:
                tailing.turn()
            if true():
                return
            waited.wait(0.005)
        raise AssertionError("it did not come to pass")

    def level(self, tailing: Tailing | None = None) -> None:
        """Let the log be read to its end, and told."""
        size = len(self.log)

        def is_level() -> bool:
            rows = self.logs()
            return bool(rows) and (rows[0]["position"], rows[0]["state"]) == (size, "followed")

        self.until(is_level, tailing)
        if tailing:
            tailing.turn()


_KEYS: dict[str, Key] = {}


def key_of(name: str) -> Key:
    """Return a key by its name, always the same."""
    if name not in _KEYS:
        _KEYS[name] = new_key("ecdsa")
    return _KEYS[name]


def certificate_of(key: str) -> Issued:
    """Return a certificate that has a key."""
    return issue(Request(name="x", hosts=("x.example",), key=key_of(key)), NOON)


@pytest.fixture(scope="session")
def root() -> Issued:
    """Return the CA."""
    return issue(Request(name="Shop CA", key=new_key("ecdsa"), ca=True), NOON)


@pytest.fixture
def watching_on(root, tmp_path) -> Iterator[Callable[[Database], Watching]]:
    """Return a function that makes the installation on a database."""
    with ExitStack() as stack:

        def make(database: Database) -> Watching:
            for organisation in (1, 2):
                with database.begin(organisation) as scope:
                    applications.add(scope, Application(name="shop"), at=NOON)
            log = CtLog("lab log", roots=[root.der])
            server = stack.enter_context(CtServer(CtApi(log)))
            made = Watching(database, tmp_path, root, log, server)
            made.issue("first.example")
            (tmp_path / "log_list.json").write_text(json.dumps(log_list([server], NOON)))
            (tmp_path / "root.pem").write_text(DER_cert_to_PEM_cert(root.der))
            return made

        yield make


@pytest.fixture
def watching(watching_on, database) -> Watching:
    """Return the installation on SQLite."""
    return watching_on(database)


@pytest.fixture
def any_watching(watching_on, any_database) -> Watching:
    """Return the installation on each kind of database in turn."""
    return watching_on(any_database)


@pytest.fixture
def tailing(watching) -> Iterator[Tailing]:
    """Return what reads the log of the installation on SQLite."""
    with begun(watching.core(), watching.filing(), FAST) as one:
        yield one


@pytest.fixture
def watching_again() -> Iterator[Callable[[Core], Tailing]]:
    """Return a function that makes a further process that reads logs."""
    with ExitStack() as stack:

        def make(core: Core) -> Tailing:
            trust = Trust.of(core.settings).anchors
            filing = Filing(core.database, Fields(Shelf()), trust)
            return stack.enter_context(begun(core, filing, FAST))

        yield make
