"""An installation whose organisation acme has the application `shop`, and reports for it."""

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from keypin.inventory.entries import Application
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.reports import skim
from keypin.watch.collecting.batch import Entry, Kind
from keypin.watch.core import Core
from keypin.watch.inventory import applications
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOST = "api.example.com"
DEVICE = "599F9C00-92DC-4B5C-9464-7971F01F8370"


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
class Field:
    """What is out there: an authority, and clients that are refused."""

    root: Issued
    leaves: dict[str, Issued] = field(default_factory=dict)

    def leaf(self, host: str = HOST) -> Issued:
        """Return the certificate of a host, always the same."""
        if host not in self.leaves:
            request = Request(name=host, hosts=(host,), key=new_key("ecdsa"), issuer=self.root)
            self.leaves[host] = issue(request, NOON)
        return self.leaves[host]

    def report(self, host: str = HOST, **members: object) -> bytes:
        """Return a report of TrustKit's."""
        pems = [ssl.DER_cert_to_PEM_cert(one.der) for one in (self.leaf(host), self.root)]
        document = {
            "app-bundle-id": "com.example.shop",
            "app-version": "3.2",
            "app-vendor-id": DEVICE,
            "app-platform": "IOS",
            "hostname": host,
            "date-time": "2026-11-29T11:59:00Z",
            "known-pins": ['pin-sha256="KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="'],
            "validated-certificate-chain": pems,
            **members,
        }
        return json.dumps(document).encode()

    def entry(
        self,
        at: datetime = NOON,
        *,
        source: int = 1,
        application: int = 1,
        host: str = HOST,
        **members: object,
    ) -> Entry:
        """Return what the door makes of a report."""
        seen = skim(self.report(host, **members))
        return Entry(
            kind=Kind.REPORT,
            application=application,
            at=int(at.timestamp() * 1_000_000),
            source=source.to_bytes(16, "big"),
            network=f"192.0.{source % 256}.0/24",
            country="DE",
            fingerprint=seen.fingerprint,
            body=seen.kept,
        )


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture(scope="session")
def field_() -> Field:
    """Return what is out there."""
    return Field(issue(Request(name="a root", key=new_key("ecdsa"), ca=True), NOON))


@pytest.fixture
def make_core(tmp_path: Path, clock: Clock) -> Callable[..., Core]:
    """Return a function that makes an installation of a database."""

    def make(database: Database, **settings: object) -> Core:
        with database.begin(1) as scope:
            applications.add(scope, Application(name="shop"), at=NOON)
        return Core(
            settings=Settings(data=tmp_path, **settings),
            database=database,
            sealer=Sealer([Fernet.generate_key().decode()]),
            work=Inline(clock=clock),
            clock=clock,
        )

    return make


@pytest.fixture
def core(make_core: Callable[..., Core], database: Database) -> Core:
    """Return an installation on SQLite."""
    return make_core(database)


@pytest.fixture
def any_core(make_core: Callable[..., Core], any_database: Database) -> Core:
    """Return an installation on each kind of database in turn."""
    return make_core(any_database)
