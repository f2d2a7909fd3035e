"""`keypin export`: a pin set in a platform's own form."""

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.errors import InputError

EPILOG = options.examples(
    "keypin export --to android-nsc pins.toml > network_security_config.xml",
    "keypin export --to okhttp-kotlin pins.toml --out Pins.kt",
    "keypin export --list",
)


@click.command(
    "export", cls=RichCommand, epilog=EPILOG, short_help="Write pins in a platform's own form."
)
@click.argument("file", required=False, metavar="FILE")
@click.option("--to", "to", metavar="FORM", help="The form to write; --list prints all.")
@options.out_file
@options.from_form
@click.option("--list", "listed", is_flag=True, help="Print the forms, and leave.")
def command(
    file: str | None,
    *,
    to: str | None,
    out: str | None,
    form: str | None,
    host: str | None,
    listed: bool,
) -> None:
    """Write the pins of a pins.toml in the form of a platform, on standard output.

    What the form cannot say is told on standard error. A form that would accept more than the
    pins allow, or refuse what they accept, is not written: exit code 2, with the reason and what
    to do. FILE may be in any other form too, or a shipped app.
    """
    from keypin.cli.converting import export
    from keypin.cli.pinsets import load_pin_set
    from keypin.formats import form as form_of

    if listed:
        _print_forms()
        return
    if file is None or to is None:
        raise InputError(
            "what to export is not said" if file is None else "the form is not said",
            expected="keypin export --to FORM FILE",
            next_step="print the forms: keypin export --list",
        )
    target = form_of(to)
    export(load_pin_set(file, form=form, host=host), target, out)


def _print_forms() -> None:
    from rich.table import Table

    from keypin.cli.console import out
    from keypin.formats import FORMS

    table = Table.grid(padding=(0, 2, 0, 0))
    for one in FORMS:
        table.add_row(one.id, one.title)
    out().print(table)
