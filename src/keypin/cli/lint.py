"""`keypin lint`: what is wrong with a pin set, why, and the cure."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.certs import VerifiedChain
    from keypin.findings import Finding
    from keypin.pins import PinSet

EPILOG = options.examples(
    "keypin lint pins.toml",
    "keypin lint --live pins.toml        also compare with what the hosts show now",
    "keypin lint --fail-on error *.toml",
)


@click.command(
    "lint",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="What is wrong with a pins.toml, and the cure.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--live", is_flag=True, help="Read the pinned hosts too, and judge by their chains.")
@options.fail_on
@options.connection
@options.as_json
def command(
    files: tuple[str, ...],
    *,
    live: bool,
    fail_on: str,
    at: datetime | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Check pin sets by rules, each with an identifier, a reason and a cure.

    Without --live nothing is dialled. With it, the hosts of the policies are read, and rules
    that need to know the deployed chain (is the backup really a backup?) can fire.
    """
    from keypin.cli.pinsets import load_pin_set
    from keypin.pins.lint import lint

    moment = options.moment(at)
    found: tuple[Finding, ...] = ()
    for path in files:
        pin_set = load_pin_set(path)
        observed = _observed(pin_set, at=at, **connection) if live else {}
        found += lint(pin_set, at=moment, observed=observed)
    _print(files, found, as_json=as_json)
    leave(Exit.FINDING if options.any_counts(found, fail_on) else Exit.FINE)


def _observed(pin_set: "PinSet", **connection: Any) -> "dict[str, tuple[VerifiedChain, ...]]":
    """Return the verified chains of the pinned hosts; a host that cannot be read is said so."""
    from keypin.cli.connect import observe_all
    from keypin.cli.pinsets import hosts_of

    observed: dict[str, tuple[VerifiedChain, ...]] = {}
    for observation in observe_all(hosts_of(pin_set), **connection):
        observed[observation.endpoint.host] = observation.chains
        for failure in observation.failures:
            click.echo(f"keypin: {observation.endpoint}: {failure.detail}", err=True)
    return observed


def _print(files: tuple[str, ...], found: "tuple[Finding, ...]", *, as_json: bool) -> None:
    if as_json:
        from keypin.cli import shapes

        click.echo(shapes.document("lint", 1, files=list(files), findings=shapes.findings(found)))
        return
    from keypin.cli.console import out, print_findings

    console = out()
    print_findings(console, found)
    counted = "no findings" if not found else f"{len(found)} finding{'s' * (len(found) > 1)}"
    console.print(f"{', '.join(files)}: {counted}", soft_wrap=True)
