"""`keypin watch invite`: a link that makes an owner, printed on the machine itself."""

from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings


@click.command(
    "invite",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch invite --data /var/lib/keypin --public-url https://keypin.example.com",
        "keypin watch invite --database postgresql://keypin@db/keypin --organisation acme",
    ),
    short_help="Print a link that makes an owner.",
)
@watch_settings.installation
@click.option(
    "--organisation",
    default="main",
    show_default=True,
    metavar="NAME",
    help="What the link makes an owner of.",
)
@watch_settings.public_url
def command(*, organisation: str, **given: Any) -> None:
    """Print a link that makes whoever opens it first an owner, where no owner can get in any more.

    It works once, for 24 hours, and needs an account with a mail of its own. The service may run
    meanwhile. The audit log has it as done by the machine's operator.
    """
    from keypin.watch.core import now
    from keypin.watch.opening import opened
    from keypin.watch.people.first import owner_link

    settings = watch_settings.read(**given)
    database = opened(settings)
    try:
        link = owner_link(database, settings, organisation, now())
    finally:
        database.close()
    click.echo(link)
    click.echo(
        f"Whoever opens it first becomes an owner of {organisation}; it works once, for 24 hours.",
        err=True,
    )
    if not settings.public_url:
        click.echo(
            f"The watch is taken to be at {settings.base_url}: give --public-url if it is not.",
            err=True,
        )
