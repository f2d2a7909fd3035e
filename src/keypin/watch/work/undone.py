"""Jobs that were submitted and are not done: read from one place, handed over to another.

An installation that moves, or comes back from a backup, would lose them otherwise: they are in
DBOS's tables, which are not the same on both kinds of database.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, inspect

from keypin.watch.store import Database
from keypin.watch.work.dbos_engine import (
    SCHEMA,
    VERSION,
    configuration,
    destroy,
    file_of,
    json_serializer,
    launch,
)

if TYPE_CHECKING:
    from dbos import EnqueueOptions

_UNDONE = ("ENQUEUED", "PENDING", "DELAYED")

# A job on its way: its identifier, its queue, and its name and argument.
Undone = Mapping[str, Any]


def undone(database: Database) -> list[Undone]:
    """Return the jobs that are not done.

    Args:
        database: the installation's. What is submitted meanwhile may be missed.
    """
    path = file_of(database)
    if not _has_tables(database) if path is None else not path.exists():
        return []
    from dbos import DBOSClient  # noqa: PLC0415 - half a second

    config = configuration(database, "reader")
    engine = config.get("system_database_engine") or create_engine(
        database.url, hide_parameters=True
    )
    client = DBOSClient(system_database_engine=engine, serializer=json_serializer())
    try:
        return [
            {"id": one.workflow_id, "queue": one.queue_name, "arguments": _arguments(one.input)}
            for one in client.list_workflows(status=list(_UNDONE), name="job")
        ]
    finally:
        client.destroy()
        engine.dispose()


def hand_over(database: Database, jobs: Iterable[Undone]) -> None:
    """Have jobs done by whoever works on a database; those that are there already are left.

    Args:
        database: of another installation, or of the same one later.
        jobs: from `undone`.
    """
    waiting = list(jobs)
    if not waiting:
        return
    from dbos import DBOS  # noqa: PLC0415 - half a second

    config = configuration(database, "mover")
    try:
        launch(config, [])
        for job in waiting:
            options: EnqueueOptions = {
                "workflow_name": "job",
                "queue_name": job["queue"],
                "workflow_id": job["id"],
                "app_version": VERSION,
            }
            DBOS.enqueue_workflow_with_options(options, *job["arguments"])
    finally:
        destroy(config)


def _has_tables(database: Database) -> bool:
    with database.read_across() as connection:
        return inspect(connection).has_table("workflow_status", schema=SCHEMA)


def _arguments(inputs: Mapping[str, Any] | None) -> list[Any]:
    return list(inputs["args"]) if inputs else []
