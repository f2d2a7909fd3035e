"""`keypin ct`: Certificate Transparency, verb by verb."""

from typing import Any

import click

from keypin.cli import options
from keypin.cli.exits import Exit, leave
from keypin.cli.verbs import Verbs
from keypin.errors import InputError

# What `keypin ct --help` shows, kept here so that help imports no verb.
VERBS: dict[str, str] = {
    "verify": "The SCTs of a server or file: whose, good or not, and for whom.",
    "watch": "Tell of every certificate that logs publish for your names.",
    "prove": "Verify evidence out of logs offline, or get it from them.",
    "logs": "The logs of a list: who runs them, their states, and how far they are.",
    "heads": "The tree heads that a monitor keeps, and those of others beside them.",
    "audit": "Read a log anew: is it what the log signed?",
    "stream": "A WebSocket feed of what logs publish, for certstream's clients.",
}

# The modules of the extra `ct`.
_EXTRA = frozenset(
    {
        "ahocorasick_rs",
        "confusable_homoglyphs",
        "dns",
        "httpx2",
        "msgspec",
        "pybase64",
        "websockets",
    }
)


class _Verbs(Verbs):
    """The verbs, with what they have in common: their extra, and how Ctrl-C ends them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb.

        Raises:
            InputError: it needs the extra `ct`.
        """
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if error.name not in _EXTRA:
                raise
            raise InputError(
                f"{error.name} is not installed", next_step="pip install 'keypin[ct]'"
            ) from error
        except KeyboardInterrupt:
            click.echo("keypin: stopped", err=True)
            leave(Exit.COULD_NOT_TELL)


@click.group(
    "ct",
    cls=_Verbs,
    verbs=VERBS,
    prefix="ct_",
    epilog=options.examples(
        "keypin ct watch --domains example.com", "keypin ct verify example.com", "keypin ct logs"
    ),
    short_help="Certificate Transparency: SCTs, logs, and what they hold.",
)
def command() -> None:
    """Certificate Transparency: what logs promise, and whether they keep it.

    A log is a public, append-only list of certificates. A certificate comes with SCTs, promises of
    logs to publish it; browsers refuse one without them.
    """
