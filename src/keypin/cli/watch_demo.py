"""`--demo`: the laboratory plays a shop to watch, where nothing is watched yet."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from keypin.watch.demonstration import Demonstration
    from keypin.watch.settings import Settings


def played(settings: "Settings") -> "Demonstration | None":
    """Return the demonstration of an installation, not yet begun, or None.

    None is for one where nobody wants it, and for one with work of its own.

    Raises:
        FolderError: the folder cannot be used.
        OpenError: the database cannot be.
    """
    if not settings.demonstration:
        if settings.stage.is_dir():
            click.echo(f"{settings.data} holds a demonstration: --demo plays it", err=True)
        return None

    from keypin.watch.demonstration import Demonstration, fitting

    if not fitting(settings):
        click.echo(f"{settings.data} watches something real: no demonstration there", err=True)
        return None
    click.echo("The laboratory plays a shop: within a minute, every page has something.", err=True)
    return Demonstration(settings)
