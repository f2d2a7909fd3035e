"""`keypin ct logs`: the logs of a list, and with --lag where each of them stands."""

from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from keypin.cli import ct_following, log_lists, options
from keypin.cli.console import err
from keypin.cli.exits import Exit, leave
from keypin.errors import InputError

if TYPE_CHECKING:
    import httpx2

    from keypin.cli.ct_logs_view import Row
    from keypin.ct.log_list import ListedLog
    from keypin.monitor.survey import Read

EPILOG = options.examples(
    "keypin ct logs",
    "keypin ct logs --log '*2027h1*' --json",
    "keypin ct logs --lag --state ~/.local/state/keypin/ct",
)


@click.command(
    "logs",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="The logs of a list: who runs them, their states, and how far they are.",
)
@log_lists.option
@log_lists.patterns
@click.option(
    "--all", "every", is_flag=True, help="Those too that are retired, or whose time is over."
)
@click.option("--lag", is_flag=True, help="Ask each log for its newest tree head.")
@ct_following.state("Show too how far `keypin ct watch` has read, which keeps its state there.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=300),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long logs are tried that give no answer.",
)
@log_lists.cafile
@options.as_json
def command(
    *,
    log_list: str | None,
    patterns: tuple[str, ...],
    every: bool,
    lag: bool,
    directory: Path | None,
    timeout: float,
    cafile: str | None,
    as_json: bool,
) -> None:
    """List Certificate Transparency logs: who runs them, their states, what they take.

    Without options these are the logs that browsers go by at the moment, in Chrome's list; they are
    what `keypin ct watch` reads.

    With --lag each is asked for its newest tree head: how many entries it has, how old the head is,
    and how old it may get, the log's maximum merge delay (MMD).

    Exit codes: 0 fine, 1 a head is too old or is none, 3 a log gave no answer.
    """
    from keypin.cli import ct_logs_view as view
    from keypin.monitor.http import connections

    if directory is not None and not lag:
        raise InputError("--state without --lag", next_step="add --lag")
    at = datetime.now(UTC)
    with connections(cafile) as http:
        named = log_lists.current(log_list, http)
        logs = log_lists.choose(named, patterns or ("*",) if every else patterns)
        rows = (
            _asked(logs, directory, http, at, timeout) if lag else [view.Row(one) for one in logs]
        )
    if as_json:
        click.echo(view.document(named, at, rows))
    elif lag:
        view.print_lag(named, at, rows)
    else:
        view.print_logs(named, rows)
    leave(_code(rows))


def _asked(
    logs: "list[ListedLog]",
    directory: Path | None,
    http: "httpx2.Client",
    at: datetime,
    patience: float,
) -> "list[Row]":
    """Ask each log, and say on a terminal that this takes a moment."""
    from keypin.cli.ct_logs_view import Row
    from keypin.monitor.survey import survey

    read = _read(directory, logs) if directory else {}
    console = err()
    waiting = console.status(f"asking {len(logs)} logs") if console.is_terminal else nullcontext()
    with waiting:
        found = survey(logs, http, at, patience)
    return [Row(one.listed, one, read.get(one.listed.log_id)) for one in found]


def _read(directory: Path, logs: "list[ListedLog]") -> "dict[bytes, Read]":
    """Return how far each log is read, by what a monitor keeps."""
    from keypin.monitor.store import Store
    from keypin.monitor.survey import read_of

    with closing(Store(directory, looking=True)) as store:
        found = {log.log_id: read_of(store, log.log_id) for log in logs}
    return {log_id: read for log_id, read in found.items() if read}


def _code(rows: "list[Row]") -> Exit:
    """Say which logs gave no answer, and return what all this means."""
    silent = [one for one in (row.surveyed for row in rows) if one and one.trouble]
    for one in silent:
        click.echo(f"keypin: {one.listed.description}: {one.trouble}", err=True)
    if any(row.findings for row in rows):
        return Exit.FINDING
    return Exit.COULD_NOT_TELL if silent else Exit.FINE
