"""`keypin ct audit`: read a log, or a part of it, anew, and compare it with what the log signed."""

import os
import re
from time import sleep
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import log_lists, options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.cli.ct_audit_view import Bar
    from keypin.ct.log_list import ListedLog
    from keypin.ct.tile import Range
    from keypin.findings import Finding
    from keypin.monitor.audit import Audited
    from keypin.monitor.source import Source

EPILOG = options.examples(
    "keypin ct audit \"Geomys 'Tuscolo2026h2'\"",
    "keypin ct audit '*Tuscolo2026h2*' 1000000-1999999 --processes 4",
)
_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})?")
_END = 1 << 63  # beyond every log


class Entries(click.ParamType["Range"]):
    """A range of entries: `FIRST-LAST`, both included, or `FIRST-` up to the log's end."""

    name = "range"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Range":
        """Return the range."""
        from keypin.ct.tile import Range

        match = _RANGE.fullmatch(value)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            self.fail(f"{value!r} is no range; write 0-999, or 1000- for all from 1000", param, ctx)
        return Range(int(match[1]), int(match[2]) + 1 if match[2] else _END)


@click.command(
    "audit",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="Read a log anew: is it what the log signed?",
)
@click.argument("log")
@click.argument("entries", type=Entries(), required=False, metavar="[FIRST-LAST]")
@log_lists.option
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many processes read. Default: one for each CPU.",
)
@log_lists.cafile
@options.as_json
def command(
    *,
    log: str,
    entries: "Range | None",
    log_list: str | None,
    processes: int | None,
    cafile: str | None,
    as_json: bool,
) -> None:
    """Read every entry of a log, or a range of them, and verify that they are what it signed.

    LOG is its description, as `keypin ct logs` lists it; * and ? stand for what is left out.
    Entries are hashed, in several processes; the tree that they give must be the beginning of the
    tree that the log's newest head signs.

    Exit codes: 0 they are, 1 they are not or some are malformed, 3 the log did not answer.
    """
    from keypin.cli import ct_audit_view as view
    from keypin.monitor.http import connections
    from keypin.monitor.logs import source_of

    with connections(cafile) as http:
        listed = log_lists.one(log_list, log, http)
        source = source_of(listed, http, sleep)
        with view.bar() as bar:
            count = processes or os.cpu_count() or 1
            found, said = _audited(listed, source, entries, processes=count, cafile=cafile, bar=bar)
    if as_json:
        click.echo(view.document(listed, found, said))
    else:
        view.print_audit(listed, found, said)
    leave(Exit.FINDING if said else Exit.FINE)


def _audited(
    listed: "ListedLog",
    source: "Source",
    entries: "Range | None",
    *,
    processes: int,
    cafile: str | None,
    bar: "Bar",
) -> "tuple[Audited | None, list[Finding]]":
    """Return what an audit found right, and what it found wrong."""
    from keypin.ct.alarm import MALFORMED, ROOT, SIGNATURE, Alarm
    from keypin.ct.head import HeadError, HeadFormatError
    from keypin.ct.note import NoteFormatError
    from keypin.monitor.audit import AuditError, audit

    name = listed.description
    try:
        found = audit(
            listed, source, entries, processes=processes, cafile=cafile, on_progress=bar.show
        )
    except (HeadError, HeadFormatError, NoteFormatError) as error:
        message = f"what should be a tree head is none: {error}"
        return None, [Alarm(SIGNATURE, message).finding(name)]
    except AuditError as error:
        return None, [Alarm(ROOT, str(error)).finding(name)]
    except KeyboardInterrupt:
        bar.stop()
        click.echo(f"keypin: stopped after {bar.done:,} entries", err=True)
        leave(Exit.COULD_NOT_TELL)
    if not found.flaws:
        return found, []
    message = f"{found.flaws:,} of its entries are malformed, as the log signed them"
    more = " and others" if found.flaws > len(found.malformed) else ""
    facts = (("indexes", ", ".join(map(str, found.malformed)) + more),)
    return found, [Alarm(MALFORMED, message, facts=facts).finding(name)]
