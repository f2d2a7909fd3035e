"""The root command: finds a verb's module by name, and turns errors into exit codes."""

import sys

import click

from keypin._version import __version__
from keypin.cli.exits import Exit, report_error
from keypin.cli.verbs import Verbs
from keypin.errors import KeypinError

# The order is the order of a newcomer's day; the sentence is what `keypin --help` shows, kept here
# so that help imports no verb.
VERBS: dict[str, str] = {
    "check": "What a server shows, what could be pinned, and whether to.",
    "pin": "Print pins of servers, certificates, keys and signing requests.",
    "verify": "Do live servers match the pins of a file?",
    "gate": "Would deploying this chain brick a release in the field?",
    "export": "Write pins in a platform's own form.",
    "import": "Read pins out of any form, as pins.toml.",
    "convert": "Turn pins of one form into another.",
    "diff": "What changes for whom between two files of pins.",
    "explain": "Which policy decides for a host, and why.",
    "lint": "What is wrong with pins in any form, why, and the cure.",
    "audit": "The pins of a shipped app, Android's or iOS's, without its source.",
    "ct": "Certificate Transparency: SCTs, logs, and what they hold.",
    "exec": "Run a Python program with its TLS connections pinned.",
    "watch": "The service: probes, reads logs, collects reports, and tells people.",
    "release": "Tell a running watch which pins a release ships.",
    "inventory": "What a running watch watches, as code.",
    "lab": "Good and hostile TLS servers that prove what a client does.",
    "completion": "Print the completion script of a shell.",
}


@click.command(
    cls=Verbs,
    verbs=VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Exit codes: 0 fine, 1 a finding, 2 unusable input, 3 could not tell.",
)
@click.version_option(__version__, "-V", "--version", message="keypin %(version)s")
def root() -> None:
    """Certificate pinning that cannot brick you."""


def main() -> None:
    """Run the command line and leave with a documented exit code, never with a traceback."""
    try:
        root.main(prog_name="keypin", standalone_mode=True)
    except KeypinError as error:
        sys.exit(report_error(error))
    except OSError as error:
        # A full disk, or a file that went away: whatever was being done did not come to its end.
        click.echo(f"keypin: {error.strerror or error}: the work is not finished", err=True)
        sys.exit(Exit.COULD_NOT_TELL)
