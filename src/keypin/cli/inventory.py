"""`keypin inventory`: what a running watch watches, as code."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand, RichGroup

from keypin.cli import options, watch_client
from keypin.cli.exits import Exit, leave
from keypin.cli.watch_client import part
from keypin.errors import InputError

if TYPE_CHECKING:
    from keypin.cli.watch_client import WatchClient
    from keypin.inventory import Inventory

EPILOG = options.examples(
    "keypin inventory export --watch https://watch.example.com > keypin.toml",
    "keypin inventory plan keypin.toml",
    "keypin inventory secret slack < slack-url",
    "keypin inventory apply keypin.toml --yes",
)

_file = click.argument("file", type=click.Path(), default="keypin.toml")


@click.group(
    "inventory", cls=RichGroup, epilog=EPILOG, short_help="What a running watch watches, as code."
)
def command() -> None:
    """Keep what a running watch watches as code: keypin.toml, compared and applied.

    Pins that stand in files of their own are read here and sent with it. Addresses of routes are
    taken from the variables that the file names. KEYPIN_WATCH and KEYPIN_TOKEN say once what
    --watch and --token say each time.
    """


@command.command("plan", cls=RichCommand, short_help="What applying a file would do.")
@_file
@watch_client.required
@options.as_json
def plan(file: str, *, watch: str, as_json: bool, **more: Any) -> None:
    """Say what applying a file would do; nothing is changed.

    Exit code 0: nothing would be; 1: something would be.
    """
    planned = _plan(watch_client.client(watch, more), _read(file))
    click.echo(json.dumps(planned, ensure_ascii=False) if as_json else planned["text"])
    leave(Exit.FINDING if planned["changes"] else Exit.FINE)


@command.command("apply", cls=RichCommand, short_help="Make the inventory what a file says.")
@_file
@click.option("--yes", is_flag=True, help="Do not ask; what could lock users out is done too.")
@watch_client.required
def apply(file: str, *, yes: bool, watch: str, **more: Any) -> None:
    """Make the inventory what a file says, after showing what that does: all of it, or nothing.

    Without --yes it asks first. What was changed by others in between is not overwritten: the
    watch refuses a plan that is not the newest.
    """
    client, inventory = watch_client.client(watch, more), _read(file)
    planned = _plan(client, inventory)
    click.echo(planned["text"])
    if not planned["changes"]:
        return
    if planned["missing"]:
        leave(Exit.USAGE)
    if not yes and not click.confirm("Apply it?"):
        leave(Exit.FINDING)
    addresses = _addresses(inventory)
    document = {"toml": _written(inventory), "digest": planned["digest"], "addresses": addresses}
    client.ask("POST", "inventory/apply", document=document)
    click.echo(f"Applied: {len(planned['changes'])} changes.")


@command.command("export", cls=RichCommand, short_help="Print the inventory as keypin.toml.")
@watch_client.required
def export(*, watch: str, **more: Any) -> None:
    """Print the inventory that stands, as keypin.toml; its plan is empty.

    The addresses of routes stay where they are. One that was given by hand is said to be a secret:
    on the same watch that means the address as it is, and another watch must be given it, by
    keypin inventory secret.
    """
    answer = watch_client.client(watch, more).ask("GET", "inventory")
    click.echo(answer.body, nl=False)


@command.command("secret", cls=RichCommand, short_help="Keep a secret that a file names.")
@click.argument("name")
@watch_client.required
def secret(name: str, *, watch: str, **more: Any) -> None:
    """Keep a secret under the name by which a file says it, in place of the one that has it.

    What it is, as the address of a route, is read from standard input: no list of processes and no
    history of a shell shows it. The token needs the scope admin.
    """
    client = watch_client.client(watch, more)
    if sys.stdin.isatty():
        value = click.prompt(f"The secret {name}", hide_input=True)
    else:
        value = sys.stdin.read().rstrip("\r\n")
    there = any(one["name"] == name for one in client.pages("secrets"))
    if there:
        client.ask("PUT", f"secrets/{part(name)}", document={"value": value})
    else:
        client.ask("POST", "secrets", document={"name": name, "value": value})
    click.echo(f"The secret {name} is kept{' in place of the one before' if there else ''}.")


def _read(path: str) -> "Inventory":
    from keypin.cli.files import display_name, read_bytes
    from keypin.inventory import loads

    folder = Path(path).parent
    try:
        text = read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8", expected="a keypin.toml") from error
    return loads(text, name=display_name(path), resolve=lambda name: (folder / name).read_bytes())


def _written(inventory: "Inventory") -> str:
    """Return a file with the pins of its releases written in it."""
    from keypin.inventory import dumps

    applications = tuple(
        replace(one, releases=tuple(replace(release, file=None) for release in one.releases))
        for one in inventory.applications
    )
    return dumps(replace(inventory, applications=applications))


def _plan(client: "WatchClient", inventory: "Inventory") -> dict[str, Any]:
    document = {"toml": _written(inventory), "variables": list(_addresses(inventory))}
    planned: dict[str, Any] = client.ask("POST", "inventory/plan", document=document).json()
    return planned


def _addresses(inventory: "Inventory") -> dict[str, str]:
    """Return the addresses of routes that stand in variables here."""
    from keypin.inventory import Kept

    names = {one.url.name for one in inventory.routes if one.url.kept is Kept.ENV}
    return {name: os.environ[name] for name in sorted(names) if name in os.environ}
