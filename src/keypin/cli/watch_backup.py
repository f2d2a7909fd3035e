"""`keypin watch backup`: everything in one file, while the service runs."""

from pathlib import Path
from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "backup",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch backup keypin-2026-11-29.backup",
        "keypin watch backup --database postgresql://keypin@db/keypin nightly.backup",
    ),
    short_help="Write everything into one file.",
)
@watch_settings.installation
@click.argument("file", type=click.Path(path_type=Path))
def command(*, file: Path, **given: Any) -> None:
    """Write everything into FILE, as it is at one moment, while the service runs.

    The keys that seal secrets are not in it: keep them elsewhere, or secrets cannot be opened after
    a restore. The file holds a digest of each table; keypin watch restore checks them all.
    """
    from keypin.watch.core import now
    from keypin.watch.opening import opened
    from keypin.watch.store import backup
    from keypin.watch.unsorted import waiting
    from keypin.watch.work.undone import undone

    settings = watch_settings.read(**given)
    database = opened(settings)
    counts: dict[str, int] = {}
    try:
        add, jobs = waiting(database, settings.data), undone(database)
        backup.write(database, file, jobs, now(), counts.__setitem__, add=add)
    finally:
        database.close()
    click.echo(f"{file}: {watch_settings.rows(counts)}, {file.stat().st_size:,} bytes")
