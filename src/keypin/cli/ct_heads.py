"""`keypin ct heads`: the tree heads that a monitor keeps, for others; and theirs beside them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from keypin.cli import ct_following, ct_gossip, log_lists, options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    import httpx2

    from keypin.cli.ct_heads_compared import Row
    from keypin.ct.log_list import LogList
    from keypin.monitor.store import Store

EPILOG = options.examples(
    "keypin ct heads > heads.jsonl",
    "keypin ct heads --all --log-list log_list.json --log 'Argon*'",
    "keypin ct heads --compare https://other.example/heads --compare theirs.jsonl",
)


@click.command(
    "heads",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="The tree heads that a monitor keeps, and those of others beside them.",
)
@ct_following.state("Where `keypin ct watch` keeps its state. Default: ~/.local/state/keypin/ct.")
@log_lists.option
@log_lists.patterns
@click.option("--all", "every", is_flag=True, help="All heads that are kept, not the newest alone.")
@click.option(
    "--compare",
    "others",
    multiple=True,
    metavar="FILE|URL",
    help="Compare the heads that this shows with those that are kept; repeat for several.",
)
@options.as_json
@log_lists.cafile
def command(
    *,
    directory: Path | None,
    log_list: str | None,
    patterns: tuple[str, ...],
    every: bool,
    others: tuple[str, ...],
    as_json: bool,
    cafile: str | None,
) -> None:
    """Print the newest tree head of each log that `keypin ct watch` has seen, a line of JSON each.

    Publish them, so that others can compare them with what the logs showed them. The state may be
    read while a watch runs. Logs have names with --log-list or --log.

    With --compare the heads of others, their signatures verified by the log list, are compared
    with those that are kept: same, or fork and rollback, which two signatures prove. A head of
    a size that is not kept is smaller or larger; for it the log's own proof is needed, which
    `keypin ct watch --gossip` asks for.

    Exit codes: 0 nothing contradicts, 1 a fork, a rollback or a head that the log did not sign,
    3 no head of a log that is kept.
    """
    from keypin.monitor.http import connections
    from keypin.monitor.store import Store

    with (
        closing(Store(log_lists.state_directory(directory), looking=True)) as store,
        connections(cafile) as http,
    ):
        listed = log_lists.current(log_list, http) if log_list or patterns or others else None
        logs = _chosen(store, listed, patterns)
        if not listed or not others:
            _print(store, logs, listed.logs if listed else None, every=every)
            return
        rows = list(_compared(store, logs, listed.logs, others, http))
    for row in rows:
        click.echo(json.dumps(row.document) if as_json else row.text)
    leave(_code(rows))


def _chosen(
    store: "Store", listed: "log_lists.Named | None", patterns: tuple[str, ...]
) -> list[bytes]:
    """Return the logs of a state, or those of them that have a name like these."""
    kept = store.logs()
    if listed is None or not patterns:
        return kept
    wanted = {log.log_id for log in log_lists.choose(listed, patterns)}
    return [log for log in kept if log in wanted]


def _print(store: "Store", logs: Iterable[bytes], names: "LogList | None", *, every: bool) -> None:
    from keypin.ct.head_file import dumps
    from keypin.monitor.store import KEPT_HEADS

    for log in logs:
        listed = names.log(log) if names else None
        for head in store.heads(log, KEPT_HEADS if every else 1):
            click.echo(dumps(log, listed.description if listed else "", head))


def _compared(
    store: "Store",
    logs: Iterable[bytes],
    names: "LogList",
    others: Iterable[str],
    http: "httpx2.Client",
) -> "Iterator[Row]":
    from keypin.cli.ct_heads_compared import Kept, compared
    from keypin.monitor.patience import patient

    kept = Kept(store, frozenset(logs), names)
    for other in others:
        source = ct_gossip.source(other, http, patient())
        yield from compared(source.name, source.read() or b"", kept)


def _code(rows: "list[Row]") -> Exit:
    if any(row.bad for row in rows):
        return Exit.FINDING
    if all(row.relation == "unknown" for row in rows):
        click.echo("keypin: no head of a log that is kept here", err=True)
        return Exit.COULD_NOT_TELL
    if any(row.relation in {"smaller", "larger"} for row in rows):
        click.echo("keypin: keypin ct watch --gossip asks logs for the proofs", err=True)
    return Exit.FINE
