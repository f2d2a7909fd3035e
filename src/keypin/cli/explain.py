"""`keypin explain`: which policy decides for a host, and why. No connection is made."""

from datetime import datetime

import click
from rich_click import RichCommand

from keypin.cli import options

EPILOG = options.examples(
    "keypin explain --pins pins.toml api.example.com",
    "keypin explain --pins pins.toml api.example.com --at 2027-06-02 --json",
)


@click.command(
    "explain",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="Which policy decides for a host, and why.",
)
@click.argument("name", metavar="HOST")
@options.pins_file
@options.from_form
@options.at
@options.as_json
def command(
    name: str,
    *,
    pins_path: str,
    form: str | None,
    host: str | None,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Say which policy of a file of pins decides for HOST, and why.

    Tells which pins it accepts at a time, whether they are enforced, and why this policy and no
    other. Nothing is dialled.
    """
    from keypin.cli import shapes
    from keypin.cli.converting import tell_grave
    from keypin.cli.pinsets import load
    from keypin.pins import explain

    loaded = load(pins_path, form=form, host=host)
    tell_grave(loaded)
    answer = explain(loaded.pin_set, name, options.moment(at))
    if as_json:
        click.echo(
            shapes.document(
                "explain",
                1,
                host=answer.host,
                outcome=answer.outcome,
                policy=answer.policy,
                pins=list(answer.pins),
                enforced=answer.enforced,
                expires=shapes.time(answer.expires) if answer.expires else None,
                reason=answer.reason,
            )
        )
        return
    click.echo(f"{answer.host}: {answer.outcome}")
    click.echo(f"  {answer.reason}")
    for pin in answer.pins:
        click.echo(f"  {pin}")
