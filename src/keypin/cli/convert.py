"""`keypin convert`: pins from one form into another."""

import click
from rich_click import RichCommand

from keypin.cli import options

EPILOG = options.examples(
    "keypin convert --to apple network_security_config.xml > Info.plist",
    "keypin convert --to android-nsc Pins.kt --out network_security_config.xml",
)


@click.command(
    "convert", cls=RichCommand, epilog=EPILOG, short_help="Turn pins of one form into another."
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--to", "to", required=True, metavar="FORM", help="The form to write.")
@options.from_form
@options.out_file
def command(
    files: tuple[str, ...], *, to: str, form: str | None, host: str | None, out: str | None
) -> None:
    """Turn pins of one form into another, with the same verdicts.

    Not the syntax is translated but the meaning: what overlapping patterns, subdomains, lists
    and expiry do on one platform is said as the other one needs it, or refused with the reason.
    """
    from keypin.cli.converting import export, tell, together
    from keypin.cli.pinsets import load
    from keypin.formats import form as form_of

    target = form_of(to)
    loaded = [load(path, form=form, host=host) for path in files]
    tell(finding for one in loaded for finding in one.findings)
    export(together(loaded), target, out)
