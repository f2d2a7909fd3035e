"""`keypin exec`: run a Python program that knows nothing of pins with its connections pinned."""

import os
import subprocess
import sys
from pathlib import Path

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.errors import InputError

EPILOG = options.examples(
    "keypin exec --pins pins.toml -- python app.py",
    "keypin exec --pins pins.toml --unpinned allow -- gunicorn app:app",
)


@click.command(
    "exec",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="Run a Python program with its TLS connections pinned.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--pins", required=True, metavar="FILE", help="The pins.toml; read again on change.")
@click.option(
    "--unpinned",
    type=click.Choice(["refuse", "allow"]),
    default="refuse",
    show_default=True,
    help="What becomes of a host without a policy.",
)
@click.argument("command_line", nargs=-1, required=True, metavar="COMMAND...")
def command(command_line: tuple[str, ...], *, pins: str, unpinned: str) -> None:
    """Run a Python program, and the Python programs that it starts, with pins on every connection.

    Nothing in the program is changed. Every connection through Python's ssl is judged at the end
    of its handshake, as by a context of keypin. Libraries with a TLS of their own go past it; each
    is named in a warning when it is imported. The exit code is the program's own.
    """
    from keypin.cli.pinsets import load_pin_set
    from keypin.tls.environment import environment, executable

    if pins == "-":
        raise InputError("standard input as pins", expected="a file, which children read again")
    load_pin_set(pins, form="keypin-toml")
    program, is_python = executable(command_line)
    if not is_python:
        click.echo(
            f"keypin: {command_line[0]} is no Python program: only the Python programs that it "
            "starts are pinned",
            err=True,
        )
    variables = environment(Path(pins), unpinned=unpinned, inherited=os.environ)
    if sys.platform == "win32":
        done = subprocess.run([program, *command_line[1:]], env=variables, check=False)  # noqa: S603
        sys.exit(done.returncode)
    os.execve(program, command_line, variables)  # noqa: S606 - the user's own command is the point
