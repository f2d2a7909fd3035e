"""`keypin watch export`: everything of an organisation, to read or to take elsewhere."""

from pathlib import Path
from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "export",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch export main.jsonl", "keypin watch export --organisation acme folder"
    ),
    short_help="Write an organisation's data as JSON Lines.",
)
@watch_settings.installation
@click.option(
    "--organisation",
    default="main",
    show_default=True,
    metavar="NAME",
    help="Whose data it is.",
)
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE|DIR")
def command(*, out: Path, organisation: str, **given: Any) -> None:
    """Write everything of an organisation as JSON Lines, while the service runs.

    A FILE is new, and holds one document a line, with the table's name under "table". In a DIR
    there is a file a table. Secrets, and digests that let somebody in, are left out.
    """
    from keypin.watch.opening import opened
    from keypin.watch.store.exporting import export

    database = opened(watch_settings.read(**given))
    try:
        counts = export(database, organisation, out)
    finally:
        database.close()
    click.echo(f"{out}: {watch_settings.rows(counts)}")
