"""The API over SQLite, with an organisation of our own and a rival's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet
from starlette.testclient import TestClient

from keypin.watch.core import Core
from keypin.watch.people import tokens
from keypin.watch.people.audit import SERVICE
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline
from keypin.web.app import FACES, Pages, compose
from keypin.web.look import Look
from keypin.web.statics import Statics

ADDRESS = "https://watch.example"
BASE = f"{ADDRESS}/api/v1"


@dataclass
class Api:
    """The whole application, and a client of it with a token of `acme` that may do everything."""

    database: Database
    at: datetime
    statics: Statics
    settings: Settings = field(default_factory=lambda: Settings(public_url=ADDRESS))
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()]))

    def __post_init__(self) -> None:
        """Put it together."""
        self.core = Core(
            settings=self.settings,
            database=self.database,
            sealer=self.sealer,
            work=Inline(),
            clock=lambda: self.at,
        )
        pages = Pages(self.core, Look(self.statics), self.statics)
        self.app = compose(pages, [route for face in FACES for route in face(pages)])
        self.client = self.of(self.token("admin"))

    def token(self, *scopes: str, organisation: int = 1) -> str:
        """Make a token."""
        with self.database.begin(organisation) as scope:
            return tokens.create(scope, "pipeline", scopes, SERVICE, self.at)

    def of(self, token: str = "") -> TestClient:
        """Return a client with a token, or without one; a failure of ours is raised in the test."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url=BASE, headers=headers, client=("192.0.2.7", 50000))

    def later(self, **units: float) -> None:
        """Move the clock."""
        self.at += timedelta(**units)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Ask as the owner."""
        return self.client.get(path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> httpx2.Response:
        """Send as the owner."""
        return self.client.post(path, json=json, **options)

    def audited(self, organisation: int = 1) -> list[str]:
        """Return what the audit log has, the oldest first."""
        from keypin.watch.store.tables import audit_log  # noqa: PLC0415

        with self.database.read_across() as connection:
            query = audit_log.select().where(audit_log.c.organisation == organisation)
            return [row.action for row in connection.execute(query.order_by(audit_log.c.id))]


@pytest.fixture(scope="session")
def statics() -> Statics:
    """Return the files that pages load."""
    return Statics()


@pytest.fixture
def api(database: Database, statics: Statics) -> Iterator[Api]:
    """Return the API."""
    made = Api(database, datetime.fromisoformat("2026-11-29T12:00:00+00:00"), statics)
    yield made
    made.client.close()
