"""The exit codes, and the one way in which an error reaches a person."""

from enum import IntEnum
from typing import NoReturn

import click

from keypin.errors import InputError, KeypinError


class Exit(IntEnum):
    """What the exit code says. Documented in the reference; scripts depend on it."""

    FINE = 0
    FINDING = 1
    USAGE = 2
    COULD_NOT_TELL = 3


def report_error(error: KeypinError) -> Exit:
    """Print one error as one sentence on standard error and return the exit code it means."""
    click.echo(f"keypin: {error}", err=True)
    return Exit.USAGE if isinstance(error, InputError) else Exit.COULD_NOT_TELL


def leave(code: Exit) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)
