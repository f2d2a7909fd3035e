"""How DBOS is set up here: on the database of the installation, with nothing that phones home.

SQLite: a file of its own beside the installation's. PostgreSQL: the schema `dbos` of the same
database. What it keeps is JSON, never pickle, which would run what it reads.
"""

import json
import logging
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event

from keypin.watch.store import Database

if TYPE_CHECKING:
    from dbos import DBOSConfig, Serializer

# Work that an older version left is done by a newer one, so the version never changes.
VERSION = "1"

# Where DBOS's tables are on PostgreSQL.
SCHEMA = "dbos"

_BUSY = 30_000

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # what was submitted is done though the power fails
    "foreign_keys = ON",
    f"busy_timeout = {_BUSY}",
)

# SQLite has it since 3.42, and some platforms are older.
_UNIXEPOCH_SINCE = (3, 42, 0)


def configuration(database: Database, worker: str) -> "DBOSConfig":
    """Return DBOS's configuration.

    Args:
        database: the installation's.
        worker: the name of this process, which no other that runs has.
    """
    # DBOS prints to the terminal unless its logger has a handler; ours hear it at the root.
    logging.getLogger("dbos").addHandler(logging.NullHandler())
    config: DBOSConfig = {
        "name": "keypin",
        "executor_id": worker,
        "application_version": VERSION,
        "serializer": json_serializer(),
        "log_level": "WARNING",
        "dbos_system_schema": SCHEMA,
        "enable_otlp": False,
        "use_listen_notify": False,  # wakes a hundred times a second, for messages that none sends
    }
    path = file_of(database)
    if path is None:
        config["system_database_url"] = database.url.render_as_string(hide_password=False)
        config["sys_db_pool_size"] = 5
        config["db_engine_kwargs"] = {"hide_parameters": True}  # no argument of a job in a log
    else:
        config["system_database_url"] = f"sqlite:///{path}"
        config["system_database_engine"] = _sqlite(f"sqlite:///{path}")
    return config


def launch(config: "DBOSConfig", queues: list[str]) -> None:
    """Start DBOS in this process.

    Args:
        config: from `configuration`.
        queues: those from which this process takes.
    """
    from dbos import DBOS  # noqa: PLC0415 - half a second, and only where work is done

    DBOS(config=config)
    DBOS.listen_queues(queues)
    DBOS.launch()


def destroy(config: "DBOSConfig") -> None:
    """Stop DBOS in this process, and close the connections that it leaves open."""
    from dbos import DBOS  # noqa: PLC0415 - loaded since the launch

    DBOS.destroy(destroy_registry=True)
    engine = config.get("system_database_engine")
    if engine is not None:
        engine.dispose()


def file_of(database: Database) -> Path | None:
    """Return the file that DBOS has beside SQLite's, or None."""
    if database.path is None:
        return None
    return database.path.with_name(f"{database.path.stem}-work.db")


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()  # nobody else has it yet
        raise
    if sqlite3.sqlite_version_info < _UNIXEPOCH_SINCE:
        connection.create_function("unixepoch", -1, _unixepoch)


def _unixepoch(*words: str) -> float:
    """Answer as SQLite does to `unixepoch('now')` and `unixepoch('now', 'subsec')`."""
    now = time.time()
    return now if "subsec" in words or "subsecond" in words else int(now)


def json_serializer() -> "Serializer":
    """Return what writes and reads the arguments of jobs."""
    from dbos import Serializer  # noqa: PLC0415 - half a second, and only where work is done

    class Json(Serializer):
        """Documents; of an error its words alone."""

        def serialize(self, data: Any) -> str:  # noqa: ANN401 - DBOS's own signature
            return json.dumps(data, default=str)

        def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401 - as above
            return json.loads(serialized_data)

        def name(self) -> str:
            return "keypin_json"

    return Json()
