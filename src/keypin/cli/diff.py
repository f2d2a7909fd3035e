"""`keypin diff`: what hosts would accept or refuse that they did not before."""

from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.findings import Finding

EPILOG = options.examples(
    "keypin diff old/pins.toml pins.toml",
    "keypin diff android/network_security_config.xml ios/Info.plist",
    "keypin diff pins.toml shop.apk --format github",
)


@click.command(
    "diff", cls=RichCommand, epilog=EPILOG, short_help="What changes for whom between two files."
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@options.from_form
@options.fail_on
@options.report
@options.as_json
def command(
    before: str,
    after: str,
    *,
    form: str | None,
    host: str | None,
    fail_on: str,
    report: str,
    as_json: bool,
) -> None:
    """Say what B decides otherwise than A: which hosts would accept or refuse which keys.

    Lines are not compared, verdicts are: two files in different forms that decide the same have
    no difference. What lets more chains pass is an error, what refuses more a warning. Each file
    may be in any form, or a shipped app.
    """
    from keypin.cli.pinsets import load_pin_set
    from keypin.pins.diff import diff

    found = diff(
        load_pin_set(before, form=form, host=host), load_pin_set(after, form=form, host=host)
    )
    _print(before, after, found, "json" if as_json else report)
    leave(Exit.FINDING if options.any_counts(found, fail_on) else Exit.FINE)


def _print(before: str, after: str, found: "tuple[Finding, ...]", report: str) -> None:
    from keypin.cli import reports

    counted = reports.counted(found, "difference")
    reports.print_report(
        "diff", found, report, f"{before} -> {after}: {counted}", before=before, after=after
    )
