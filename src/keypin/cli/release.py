"""`keypin release`: the releases of a running watch, from a pipeline."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich_click import RichCommand, RichGroup

from keypin.cli import options, watch_client
from keypin.cli.exits import Exit, leave
from keypin.cli.watch_client import part
from keypin.errors import InputError, Place

EPILOG = options.examples(
    "keypin release push shop-ios 3.2 pins.toml --watch https://watch.example.com",
    "keypin release push shop-android 3.2 app-release.apk --share 0.05",
    "keypin release list --application shop-ios",
    "keypin release retire shop-ios 2.9",
)


@click.group(
    "release",
    cls=RichGroup,
    epilog=EPILOG,
    short_help="Tell a running watch which pins a release ships.",
)
def command() -> None:
    """Tell a running watch which pins a release ships, and when nobody uses it any more.

    The token needs the scope releases:write; for listing, read. KEYPIN_WATCH and KEYPIN_TOKEN say
    once what --watch and --token say each time.
    """


@command.command("push", cls=RichCommand, short_help="Add a release with the pins that ship in it.")
@click.argument("application")
@click.argument("version")
@click.argument("file", type=click.Path())
@click.option("--form", metavar="FORM", help="The form of the file, where it is not recognised.")
@click.option("--host", metavar="HOST", help="The host, where the form does not say it.")
@click.option("--share", type=float, metavar="SHARE", help="Of the users, from 0 to 1.")
@click.option(
    "--released", type=options.Time(), metavar="TIME", help="When users could first have it."
)
@watch_client.required
@options.as_json
def push(
    application: str,
    version: str,
    file: str,
    *,
    watch: str,
    released: datetime | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Add a release with the pins that ship in it: a file of pins in any form, or the app itself.

    Pushed again with the same pins it changes nothing, so a pipeline may repeat it; with others it
    is refused, for what was shipped does not change. What it pins is judged at once. Where --share
    makes more than 1 with the shares of other releases, these are lowered in proportion.
    """
    client = watch_client.client(watch, more)
    query = {
        "name": Path(file).name[-200:],
        "released_at": released.isoformat() if released else None,
        **{name: more[name] for name in ("form", "host", "share")},
    }
    path = f"applications/{part(application)}/releases/{part(version)}"
    try:
        with Path(file).open("rb") as opened:
            answer = client.ask("PUT", path, query=query, body=opened)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", place=Place(file=file)
        ) from error
    if as_json:
        click.echo(answer.body)
        return
    said = answer.json()
    did = "is there now" if said["new"] else "was there, with the same pins"
    click.echo(
        f"{application} {version} {did}: {said['endpoints']} endpoints are new, "
        f"{said['judged']} are judged anew"
    )
    for one in said["lowered"]:
        click.echo(
            f"{application} {one['version']}: its share becomes {100 * one['after']:.4g}%, "
            f"it was {100 * one['before']:.4g}%: the shares of all make 100%"
        )
    for one in said["release"]["remarks"]:
        click.echo(f"{one['severity']} {one['id']}: {one['message']}")


@command.command("list", cls=RichCommand, short_help="The releases in the field.")
@click.option("--application", metavar="NAME", help="Of this application alone.")
@click.option("--retired", is_flag=True, help="Those that are retired, too.")
@watch_client.required
@options.as_json
def list_(
    *, application: str | None, retired: bool, watch: str, as_json: bool, **more: Any
) -> None:
    """List the releases in the field, with their shares of users."""
    import json

    client = watch_client.client(watch, more)
    query = {"application": application, "retired": str(retired).lower()}
    found = list(client.pages("releases", **query))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        share = one["measured"] if one["share"] is None else one["share"]
        users = "share unknown" if share is None else f"{share:.1%} of users"
        state = ", retired" if one["retired_at"] else ""
        click.echo(f"{one['application']} {one['version']}  {users}{state}")


@command.command("retire", cls=RichCommand, short_help="Nobody uses a release any more.")
@click.argument("application")
@click.argument("version")
@watch_client.required
def retire(application: str, version: str, *, watch: str, **more: Any) -> None:
    """Say that nobody uses a release any more: nothing is judged by it from now on."""
    client = watch_client.client(watch, more)
    path = f"applications/{part(application)}/releases/{part(version)}"
    client.ask("PATCH", path, document={"retired": True})
    click.echo(f"{application} {version} is retired")
    leave(Exit.FINE)
