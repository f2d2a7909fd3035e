"""An organisation with one application, and pins to release."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import pytest

from keypin.inventory.entries import Application
from keypin.watch.inventory import Upload, applications, read_upload
from keypin.watch.store import Database

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _pin(name: str) -> str:
    """Return a pin of nothing in particular."""
    return "sha256/" + base64.b64encode(sha256(name.encode()).digest()).decode()


def _toml(*hosts: str, key: str = "a") -> str:
    """Return a pins.toml for host patterns."""
    tables = [
        f'[[policy]]\nhost = "{host}"\npins = ["{_pin(key)}"]\nbackup_pins = ["{_pin("spare")}"]\n'
        for host in hosts
    ]
    return "version = 1\n" + "".join(tables)


@pytest.fixture
def upload() -> Callable[..., Upload]:
    """Return a function that uploads pins for host patterns."""

    def make(*hosts: str, key: str = "a") -> Upload:
        return read_upload(BytesIO(_toml(*hosts, key=key).encode()), "pins.toml", at=NOON)

    return make


def _with_shop(database: Database) -> Database:
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop", tags=("store",)), at=NOON)
    return database


@pytest.fixture
def shop(database: Database) -> Database:
    """Return a database in which acme has the application `shop`."""
    return _with_shop(database)


@pytest.fixture
def any_shop(any_database: Database) -> Database:
    """Return the same on each kind of database in turn."""
    return _with_shop(any_database)


@pytest.fixture
def pin() -> Callable[[str], str]:
    """Return a function that makes a pin of nothing in particular."""
    return _pin


@pytest.fixture(scope="session")
def toml() -> Callable[..., str]:
    """Return a function that writes a pins.toml for host patterns."""
    return _toml
