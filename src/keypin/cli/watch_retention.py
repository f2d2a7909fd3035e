"""`keypin watch retention`: what is old goes now, and not within the hour."""

from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "retention",
    cls=RichCommand,
    epilog=options.examples("KEYPIN_KEEP_REPORTS=30 keypin watch retention"),
    short_help="Remove what is older than the settings keep.",
)
@watch_settings.installation
def command(**given: Any) -> None:
    """Remove what is older than KEYPIN_KEEP_REPORTS, _OBSERVATIONS and _FINDINGS say, in days.

    Chains and certificates that nothing refers to any more go, too. The service does so every hour,
    and once a day; this does it now, beside it or alone.
    """
    from keypin.watch.core import now
    from keypin.watch.opening import opened
    from keypin.watch.retention import apply

    settings = watch_settings.read(**given)
    database = opened(settings)
    try:
        removed = apply(database, settings, now())
    finally:
        database.close()
    for name, number in removed.items():
        click.echo(f"{name}: {number:,} removed")
    if not removed:
        click.echo("Nothing is older than it may be.")
