"""People of the tests: Ada, an owner of acme, and Bob, who belongs to nobody yet."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from keypin.watch.people import accounts, memberships
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.people.roles import Role
from keypin.watch.store import Database, Sealer

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ADA = Actor("ada@example.com", "192.0.2.0/24")
PASSWORD = "seven green bottles"


@dataclass
class People:
    """An installation's people, and a clock that tests move."""

    database: Database
    at: datetime = NOON
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()]))
    acme: int = 1
    rival: int = 2

    def later(self, **units: float) -> datetime:
        """Move the clock, and return what it says."""
        self.at += timedelta(**units)
        return self.at

    def account(self, name: str, *, password: str | None = None) -> int:
        """Make an account of `name@example.com`."""
        with self.database.begin_across() as connection:
            mail = f"{name.lower()}@example.com"
            return accounts.create(connection, mail, name, self.at, password=password)

    def member(self, name: str, role: Role, *, organisation: int = 1) -> int:
        """Make an account that belongs to an organisation."""
        number = self.account(name)
        with self.database.begin(organisation) as scope:
            memberships.add(scope, number, role, SERVICE, self.at)
        return number


@pytest.fixture
def people(database: Database) -> People:
    """Return an installation on SQLite without anybody in it."""
    return People(database)


@pytest.fixture
def any_people(any_database: Database) -> People:
    """Return the same on each kind of database in turn."""
    return People(any_database)


@pytest.fixture
def owner(people: People) -> int:
    """Return the number of Ada's account, an owner of acme."""
    return people.member("Ada", Role.OWNER)
