"""Observations that ended long ago are forgotten, as the settings say; what is open stays."""

from sqlalchemy import delete, select

from keypin.watch.core import Core
from keypin.watch.store.tables import observations

# Rows in one transaction: a writer on SQLite keeps all others waiting.
_MANY = 2000


def forget(core: Core) -> None:
    """Remove what ended before the time that is kept."""
    before = core.clock() - core.settings.keep_observations
    while True:
        with core.database.begin_across() as connection:
            old = select(observations.c.id).where(observations.c.ended_at < before).limit(_MANY)
            numbers = list(connection.execute(old).scalars())
            connection.execute(delete(observations).where(observations.c.id.in_(numbers)))
        if len(numbers) < _MANY:
            return
