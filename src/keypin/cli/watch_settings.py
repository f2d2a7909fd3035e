"""Which installation a verb works on: options that say what `KEYPIN_…` variables say too."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keypin.cli import options

if TYPE_CHECKING:
    from keypin.watch.settings import Settings

_PATH = click.Path(path_type=Path)

# The settings that say which installation it is.
installation = options.stacked(
    click.option(
        "--data",
        type=_PATH,
        metavar="DIR",
        help="The folder of the installation. Default: keypin-data.",
    ),
    click.option(
        "--database",
        metavar="URL",
        help="postgresql://USER@HOST/NAME. Default: SQLite in the folder.",
    ),
    click.option(
        "--keys",
        type=_PATH,
        metavar="FILE",
        help="The keys that seal secrets. Default: keys in the folder.",
    ),
)

# Where links lead to, for the verbs that print some.
public_url = click.option(
    "--public-url",
    metavar="URL",
    help="Where people and clients reach it, for links. Default: made of host and port.",
)


def read(**given: Any) -> "Settings":
    """Return the settings of the options, and of the environment where those are silent.

    Raises:
        InputError: a value cannot be used.
    """
    from keypin.watch.settings import Settings

    return Settings.read(os.environ, **given)


def rows(counts: Mapping[str, int]) -> str:
    """Return how much was written, as a person reads it."""
    return f"{sum(counts.values()):,} rows of {len(counts)} tables"
