"""How logs are followed, for the verbs that do: where to begin, and how often to look."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from keypin.cli import options
from keypin.cli.options import Function


class Start(click.ParamType[datetime | None]):
    """Where to begin in a log: `now` (None), `beginning`, or a moment."""

    name = "start"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | None:
        """Return the moment; the beginning is before every log."""
        if value == "now" or value is None:
            return None
        if value == "beginning":
            return datetime.fromtimestamp(0, UTC)
        return options.Time().convert(value, param, ctx)


start = click.option(
    "--start",
    type=Start(),
    default="now",
    metavar="now|beginning|TIME",
    help="Where to begin in a log that the state does not know. Default: now.",
)

interval = click.option(
    "--interval",
    type=click.FloatRange(min=1, max=86400),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look at a log that has nothing new.",
)


def state(use: str) -> Callable[[Function], Function]:
    """Return the option that names the state.

    Args:
        use: what is kept there, and where without it.
    """
    return click.option(
        "--state",
        "directory",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help=use,
    )
