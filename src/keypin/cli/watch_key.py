"""`keypin watch key`: a new key for secrets at rest."""

from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "key",
    cls=RichCommand,
    epilog=options.examples("keypin watch key --data /var/lib/keypin"),
    short_help="Make a new key for secrets, and seal them again.",
)
@watch_settings.installation
def command(**given: Any) -> None:
    """Make a new key, seal every secret by it, and forget the old one.

    The service must not run: a process that has the old key alone opens nothing any more. Secrets
    in older backups open with the old key, so keep that as long as those.
    """
    from keypin.watch.keys import renew

    settings = watch_settings.read(**given)
    number = renew(settings)
    click.echo(f"{number} secrets are sealed by the new key in {settings.key_file}.")
