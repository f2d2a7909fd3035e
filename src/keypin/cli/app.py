"""The root command: finds a verb's module by name, and turns errors into exit codes."""

import sys
from importlib import import_module

import click
from rich_click import RichGroup

from keypin._version import __version__
from keypin.cli.exits import Exit, report_error
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
    "exec": "Run a Python program with its TLS connections pinned.",
    "lab": "Good and hostile TLS servers that prove what a client does.",
    "completion": "Print the completion script of a shell.",
}

# Verbs that cannot be the name of a module.
_MODULES = {"import": "import_"}


class Verbs(RichGroup):
    """A group whose commands are imported when they are run, never before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order of a newcomer's day."""
        return list(VERBS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a verb's module and return its command."""
        if cmd_name not in VERBS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"keypin.cli.{module}").command
        return command


@click.command(
    cls=Verbs,
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
