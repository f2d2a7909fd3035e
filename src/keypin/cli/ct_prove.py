"""`keypin ct prove`: verify evidence out of logs offline, or get it from them."""

from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from keypin.cli import log_lists, options
from keypin.cli.exits import Exit, leave, report_error
from keypin.cli.files import display_name, read_bytes, write_text
from keypin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keypin.cli.ct_evidence import Judged

EPILOG = options.examples(
    "keypin ct prove evidence.json --log-list log_list.json",
    "keypin ct prove fullchain.pem --out evidence.json",
    "keypin ct prove --log 'Tuscolo2026h2' 1234567 --out evidence.json",
)


@click.command(
    "prove",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="Verify evidence out of logs offline, or get it from them.",
)
@click.argument("subjects", nargs=-1, required=True, metavar="FILE|INDEX...")
@click.option(
    "--log",
    "name",
    metavar="NAME",
    help="Get evidence of entries: each argument is the index of one in this log.",
)
@click.option(
    "--issuer",
    "issuers",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Look for a certificate's issuer here too, where it is not in its file.",
)
@click.option(
    "--key",
    metavar="FILE|BASE64",
    help="Verify evidence by this key of a log, in place of a log list.",
)
@log_lists.option
@log_lists.cafile
@click.option(
    "--out",
    type=click.Path(),
    metavar="FILE",
    help="Write what is proved there too, one JSON document a line.",
)
@options.as_json
def command(
    subjects: tuple[str, ...],
    *,
    name: str | None,
    issuers: tuple[str, ...],
    key: str | None,
    log_list: str | None,
    cafile: str | None,
    out: str | None,
    as_json: bool,
) -> None:
    """Verify evidence: that a log holds a certificate, or contradicts itself.

    A FILE of evidence (JSON; - for standard input) is what --out wrote, lines of keypin ct watch,
    an alarm. The log's key is all that it is verified by; no log is asked.

    Of a FILE with a certificate, each log that promised it is asked for the proof that it holds
    it. With --log, that log is asked for the entries with these INDEXes. --out writes what is
    proved, for others to verify.

    Exit codes: 0 all is proved, 1 something is wrong, 2 something is no evidence, 3 a log is not
    known, did not answer, or has not signed enough to prove it.
    """
    from keypin.cli import ct_prove_view as view

    run = _Run(key, log_list, cafile, issuers)
    judged: list[Judged] = []
    for one in run.entries(name, subjects) if name else run.files(subjects):
        click.echo(view.document(one)) if as_json else view.show(one)
        judged.append(one)
        run.codes.append(_CODES[one.outcome])
    if out is not None:
        _write(out, judged)
    leave(next(code for code in _WORST if code in {*run.codes, Exit.FINE}))


# What each outcome means for a script, and which code outweighs which.
_CODES = {
    "proved": Exit.FINE,
    "wrong": Exit.FINDING,
    "missing": Exit.FINDING,
    "not-proved": Exit.COULD_NOT_TELL,
    "unknown-log": Exit.COULD_NOT_TELL,
}
_WORST = (Exit.FINDING, Exit.USAGE, Exit.COULD_NOT_TELL, Exit.FINE)


@dataclass(slots=True)
class _Run:
    """One run of the verb: what it goes by, and what has come of it so far.

    Attributes:
        key: of a log, as the user gives it.
        log_list: the file of the list.
        cafile: whom connections to logs trust.
        issuers: files in which issuers may be.
        codes: the exit codes of what was judged.
    """

    key: str | None
    log_list: str | None
    cafile: str | None
    issuers: tuple[str, ...]
    codes: list[Exit] = field(default_factory=list[Exit])

    def entries(self, name: str, indexes: tuple[str, ...]) -> "Iterator[Judged]":
        """Yield what a log proves of its entries."""
        from keypin.cli.ct_proving import Logs

        yield from Logs(self.log_list, self.cafile).prove_entries(name, indexes)

    def files(self, paths: tuple[str, ...]) -> "Iterator[Judged]":
        """Yield what is proved of each file: by the evidence in it, or of the certificate."""
        for path in paths:
            data = read_bytes(path)
            if data.removeprefix(BOM_UTF8).lstrip()[:1] in {b"{", b"["}:
                yield from self._evidence(data, display_name(path))
            else:
                yield from self._certificate(data, path)

    def _certificate(self, data: bytes, path: str) -> "Iterator[Judged]":
        from keypin.cli.ct_proving import Logs

        yield from Logs(self.log_list, self.cafile).prove_certificate(path, data, self.issuers)

    def _evidence(self, data: bytes, name: str) -> "Iterator[Judged]":
        """Yield what each document proves; one that is no evidence is told, and the next read."""
        from keypin.cli.ct_evidence import Keys, documents, judge, read_key

        keys = (
            Keys(read_key(self.key)) if self.key else Keys(named=log_lists.current(self.log_list))
        )
        for document in documents(data, name):
            try:
                yield judge(document, keys)
            except InputError as error:
                self.codes.append(report_error(error))


def _write(path: str, judged: "list[Judged]") -> None:
    """Write what is proved, a document a line, if anything is."""
    proofs = [one.proof for one in judged if one.proved is not None and one.proof is not None]
    if not proofs:
        click.echo(f"keypin: nothing is proved, so that {path} is not written", err=True)
        return
    write_text(path, "".join(f"{proof.dumps()}\n" for proof in proofs))
