"""The shop's inventory, as a visitor of the demonstration has it as code."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from keypin.inventory import diff, dumps, loads
from keypin.watch.alerting.as_code import handlers, standing_routes
from keypin.watch.core import Core
from keypin.watch.demonstration.stage import Stage
from keypin.watch.demonstration.stock import ENDPOINTS, Stock
from keypin.watch.inventory.apply import apply
from keypin.watch.inventory.standing import standing
from keypin.watch.people import organisations
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.first import NAME
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Scope, Sealer
from keypin.watch.work.inline import Inline

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
SEALER = Sealer([Fernet.generate_key().decode()])
MAILBOX = "ntfys://mailbox"


@pytest.fixture
def elsewhere(_empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    """Return an installation that has an organisation of the shop's name, and nothing else."""
    database = Database(f"sqlite:///{shutil.copy(_empty_database, tmp_path / 'other.db')}")
    with database.begin_across() as connection:
        organisations.create(connection, NAME, "Shop", SERVICE, NOON)
    yield database
    database.close()


def _exported(scope: Scope) -> str:
    return dumps(standing(scope, routes=standing_routes(scope, SEALER)))


def test_it_is_exported_whole(database: Database, elsewhere: Database, tmp_path: Path) -> None:
    """Its plan is empty, and elsewhere it makes the same file."""
    core = Core(
        settings=Settings(),
        database=database,
        sealer=SEALER,
        work=Inline(),
        clock=lambda: NOON,
    )
    with Stage(tmp_path / "stage") as stage:
        number = Stock(core, stage, MAILBOX).fill()
    with database.read(number) as scope:
        text = _exported(scope)
        wanted = loads(text)
        there = standing(scope, wanted, routes=standing_routes(scope, SEALER, wanted.routes))
        assert diff(there, wanted) == ()
    assert text.count("[[endpoint]]") == len(ENDPOINTS)
    with elsewhere.begin(1) as scope:
        others = handlers(SEALER, lambda _: MAILBOX)
        apply(scope, diff(standing(scope), wanted), wanted, at=NOON, others=others)
        assert _exported(scope) == text
