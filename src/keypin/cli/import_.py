"""`keypin import`: pins out of any form, as a pins.toml."""

import click
from rich_click import RichCommand

from keypin.cli import options

EPILOG = options.examples(
    "keypin import network_security_config.xml > pins.toml",
    "keypin import app/src/main/java/com/example/Http.kt --json",
    "curl -sI https://example.com | keypin import --from hpkp --for example.com -",
)


@click.command(
    "import", cls=RichCommand, epilog=EPILOG, short_help="Read pins out of any form, as pins.toml."
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.from_form
@options.out_file
@options.as_json
def command(
    files: tuple[str, ...],
    *,
    form: str | None,
    host: str | None,
    out: str | None,
    as_json: bool,
) -> None:
    """Read the pins of files in any form and print them as one pins.toml.

    The form is recognised by its content. A file that its own platform would refuse is refused,
    with the place; what the platform does that few expect, and what could not be followed, is
    told on standard error. --json prints keypin's own JSON form.
    """
    from keypin.cli.converting import export, tell, together
    from keypin.cli.pinsets import load
    from keypin.formats import form as form_of

    loaded = [load(path, form=form, host=host) for path in files]
    tell(finding for one in loaded for finding in one.findings)
    export(together(loaded), form_of("keypin-json" if as_json else "keypin-toml"), out)
