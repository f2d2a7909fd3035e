"""How alembic runs here: on the database it is handed, in one transaction."""

from alembic import context
from sqlalchemy import text

from keypin.watch.store.database import Database
from keypin.watch.store.tables import metadata

# Two processes that start at once: one migrates, the other waits and finds nothing to do.
_LOCK = 7_311_846_201


def run(database: Database) -> None:
    """Apply the steps that are missing."""
    with database.begin_across() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=database.sqlite,
            transaction_per_migration=False,
        )
        context.run_migrations()


run(context.config.attributes["database"])
