"""The tables' history: each version is a step that alembic applies."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from keypin.watch.store.database import Database


def configuration(database: Database) -> Config:
    """Return alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Apply the steps that are missing, in one transaction each, and one process at a time."""
    command.upgrade(configuration(database), "head")
