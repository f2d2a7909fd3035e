"""Where the watch keeps what it knows: SQLite by default, PostgreSQL by one setting.

    database = Database(url)                       one installation; `migrate()` makes its tables
    with database.begin(organisation) as scope:    a transaction of one organisation
    with database.begin_across() as connection:    one of the service itself, over organisations

Every statement of a `Scope` names its organisation, or is refused before it runs
(`keypin.watch.store.guard`). Must not know what any table is for.
"""

from keypin.watch.store.database import Database
from keypin.watch.store.guard import CrossingError
from keypin.watch.store.scope import Scope
from keypin.watch.store.sealing import Purpose, Sealer, SealError

__all__ = ["CrossingError", "Database", "Purpose", "Scope", "SealError", "Sealer"]
