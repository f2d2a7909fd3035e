"""`keypin lint`: what is wrong with pins in any form, why, and the cure."""

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
    "keypin lint app/src/main/res/xml/network_security_config.xml",
    "keypin lint --format sarif pins.toml > keypin.sarif",
)


@click.command(
    "lint",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="What is wrong with pins in any form, and the cure.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--live", is_flag=True, help="Read the pinned hosts too, and judge by their chains.")
@options.from_form
@options.fail_on
@options.connection
@options.report
@options.as_json
def command(
    files: tuple[str, ...],
    *,
    live: bool,
    form: str | None,
    host: str | None,
    fail_on: str,
    at: datetime | None,
    report: str,
    as_json: bool,
    **connection: Any,
) -> None:
    """Check pins by rules, each with an identifier, a reason and a cure.

    A FILE is a pins.toml or any other form: each platform has rules of its own besides. Without
    --live nothing is dialled. With it, the hosts of the policies are read, and rules that need
    to know the deployed chain (is the backup really a backup?) can fire.
    """
    from keypin.cli import reports
    from keypin.cli.pinsets import load
    from keypin.pins.lint import lint

    moment = options.moment(at)
    found: tuple[Finding, ...] = ()
    for path in files:
        loaded = load(path, form=form, host=host)
        observed = _observed(loaded.pin_set, at=at, **connection) if live else {}
        found += loaded.findings + lint(loaded.pin_set, at=moment, observed=observed)
    found = tuple(dict.fromkeys(found))
    last = f"{', '.join(files)}: {reports.counted(found)}"
    reports.print_report("lint", found, "json" if as_json else report, last, files=list(files))
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
