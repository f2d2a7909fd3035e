"""`keypin watch migrate-to`: a live installation moves to another database."""

from typing import Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_settings
from keypin.errors import InputError


@click.command(
    "migrate-to",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch migrate-to postgresql://keypin@db/keypin",
        "keypin watch migrate-to --give-up",
    ),
    short_help="Move the installation to another database.",
)
@watch_settings.installation
@click.option("--give-up", is_flag=True, help="Stay: processes may start here again.")
@click.argument("url", required=False)
def command(*, url: str | None, give_up: bool, **given: Any) -> None:
    """Move the installation to the database at URL, which must be empty.

    Processes that run end by themselves within seconds, and none starts here any more. Rows keep
    their numbers; each table is read again on both sides and must be the same. What is interrupted
    goes on with the same command.
    """
    from keypin.watch.moving import give_up as stay
    from keypin.watch.moving import move
    from keypin.watch.store.moved import place

    settings = watch_settings.read(**given)
    if give_up:
        begun = stay(settings)
        click.echo(f"{'' if begun else 'No move was begun. '}The installation stays where it is.")
        return
    if url is None:
        raise InputError("no database is named", expected="postgresql://USER@HOST/NAME")
    counts: dict[str, int] = {}
    move(settings, url, counts.__setitem__)
    click.echo(f"Moved: {watch_settings.rows(counts)}.")
    click.echo(f"Start it with --database {place(url)} and the same keys: {settings.key_file}.")
