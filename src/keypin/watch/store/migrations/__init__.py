"""The tables' history: each version is a step that alembic applies."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from keypin.watch.store.database import Database, NewerError

# Where the steps stand.
VERSIONS = Path(__file__).parent / "versions"


def configuration(database: Database) -> Config:
    """Return alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(VERSIONS))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Apply the steps that are missing, in one transaction, and one process at a time.

    Raises:
        NewerError: the last step that was applied is none of these.
    """
    try:
        command.upgrade(configuration(database), "head")
    except CommandError as error:
        raise NewerError(
            "was made by a newer version of keypin, or by another program; install that version, "
            "restore a backup of this one into another database, or name another"
        ) from error
