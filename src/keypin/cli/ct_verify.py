"""`keypin ct verify`: the SCTs of a server or file: whose, good or not, and for which browser."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import log_lists, options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keypin.certs import Certificate
    from keypin.cli import ct_verify_view as view
    from keypin.cli.transparency import Examined
    from keypin.monitor.inclusion import Inclusion

EPILOG = options.examples(
    "keypin ct verify example.com",
    "keypin ct verify fullchain.pem --inclusion",
    "keypin ct verify cert.pem --issuer ca.pem --log-list log_list.json --json",
)
_SUFFIXES = {".pem", ".crt", ".cer", ".der", ".p7b", ".p12", ".pfx"}


@click.command(
    "verify",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="The SCTs of a server or file: whose, good or not, and for whom.",
)
@click.argument("subjects", nargs=-1, required=True, metavar="HOST[:PORT]|FILE...")
@log_lists.option
@click.option(
    "--inclusion",
    is_flag=True,
    help="Ask each log for the proof that it holds the certificate, and verify it.",
)
@click.option(
    "--issuer",
    "issuers",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Look for the issuer here too, where it is neither sent nor in the file.",
)
@options.fail_on
@options.connection
@options.as_json
def command(
    subjects: tuple[str, ...],
    *,
    log_list: str | None,
    inclusion: bool,
    issuers: tuple[str, ...],
    fail_on: str,
    at: datetime | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Verify the SCTs of a live server, or of a certificate in a file.

    For each SCT: the log that promised, who runs it, its state, when it promised, and whether its
    signature holds. Then what browsers make of them: whether Chrome accepts the certificate,
    whether Apple does, and why not.

    A certificate's SCTs are over what the log saw before they were put in, and name the issuer's
    key; so the issuer is needed, which a server sends and a file should hold.

    --inclusion goes to the logs: each is asked for its newest tree head and for the path from this
    certificate to it. Both are verified. A log that promised and does not hold the certificate
    after its maximum merge delay has broken its word.
    """
    from keypin.cli import ct_verify_view as view
    from keypin.cli.judged import worst

    named = log_lists.current(log_list)
    others = tuple(one for path in issuers for one in _certificates(path))
    run = _Run(named, others, options.moment(at), inclusion, connection | {"at": at})
    for text in subjects:
        for shown in run.of(text):
            click.echo(view.document(shown)) if as_json else view.show(shown)
            counts = options.any_counts(shown.findings, fail_on)
            run.codes.append(Exit.FINDING if counts else Exit.FINE)
            run.codes += [Exit.COULD_NOT_TELL for proof in shown.proofs if proof.open]
    leave(worst(run.codes))


@dataclass(slots=True)
class _Run:
    """One run of the verb: what it judges by, and what has come of it so far."""

    named: log_lists.Named
    others: "tuple[Certificate, ...]"
    at: datetime
    inclusion: bool
    connection: dict[str, Any]
    codes: list[Exit] = field(default_factory=list[Exit])

    def of(self, text: str) -> "Iterator[view.Shown]":
        """Yield what is to be shown of a host or file."""
        from keypin.cli import ct_verify_view as view

        for one in self._examine(text):
            yield view.Shown(one, self._prove(one) if self.inclusion else (), self.named)

    def _prove(self, one: "Examined") -> "tuple[Inclusion, ...]":
        from keypin.monitor.http import connections
        from keypin.monitor.inclusion import prove_all

        with connections() as http:
            # As long as a server may take in all.
            return prove_all(one.promises, http, self.at, 2 * self.connection["timeout"])

    def _examine(self, text: str) -> "Iterator[Examined]":
        """Yield each certificate; a server that does not answer is told."""
        from keypin.cli.connect import observe_all
        from keypin.cli.transparency import examine, examine_observation

        logs = self.named.logs
        if Path(text).is_file() or text == "-" or Path(text).suffix.lower() in _SUFFIXES:
            leaf, *bag = _certificates(text)
            yield examine(text, leaf, (*bag, *self.others), logs, self.at)
            return
        for observation in observe_all([text], **self.connection):
            for failure in observation.failures:
                click.echo(f"keypin: {observation.endpoint}: {failure.detail}", err=True)
                self.codes.append(Exit.COULD_NOT_TELL)
            yield from examine_observation(observation, self.others, logs, self.at)


def _certificates(path: str) -> "tuple[Certificate, ...]":
    """Return the certificates of a file, the one that none of them issued first."""
    from keypin.certs import assemble, load_certificates
    from keypin.cli.files import display_name, read_bytes

    bag = load_certificates(read_bytes(path), name=display_name(path))
    leaf = next((chain[0] for chain in assemble(bag)), bag[0])
    return tuple(dict.fromkeys((leaf, *bag)))
