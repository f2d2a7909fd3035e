"""`keypin watch restore`: an installation comes back from a backup."""

from pathlib import Path
from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "restore",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch restore keypin-2026-11-29.backup --data /var/lib/keypin",
        "keypin watch restore nightly.backup --database postgresql://keypin@db/new",
    ),
    short_help="Bring back what a backup holds.",
)
@watch_settings.installation
@click.option(
    "--replace",
    is_flag=True,
    help="Put aside what is there, as keypin.db.replaced. SQLite alone.",
)
@click.argument("file", type=click.Path(path_type=Path))
def command(*, file: Path, replace: bool, **given: Any) -> None:
    """Bring back what FILE holds, once all of it was read and found whole.

    The service must not run. A backup may be restored into the other kind of database, too.
    """
    from keypin.watch.restoring import restore

    settings = watch_settings.read(**given)
    counts: dict[str, int] = {}
    said = restore(settings, file, counts.__setitem__, replace=replace)
    click.echo(f"Restored as of {said['written_at']}: {watch_settings.rows(counts)}.")
    click.echo(f"Secrets open with the keys of then: put them into {settings.key_file}.")
