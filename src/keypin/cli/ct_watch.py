"""`keypin ct watch`: what logs publish for your names, as they publish it."""

import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import ct_following, ct_gossip, ct_names, log_lists, options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.cli.ct_telling import Teller
    from keypin.monitor.log import Log
    from keypin.monitor.monitor import Monitor

EPILOG = options.examples(
    "keypin ct watch --domains example.com",
    "keypin ct watch --pins 3.1=v3.1.toml --pins 3.2=v3.2.toml --caa",
    "keypin ct watch --domains example.com --start 2026-11-01 --once > found.jsonl",
    "keypin ct watch --domains example.com --script ./tell.sh --state /var/lib/keypin-ct",
)


_LOOK_BACK = 3600.0  # seconds between two looks for precertificates that stayed alone


@click.command(
    "watch",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="Tell of every certificate that logs publish for your names.",
)
@ct_names.names
@log_lists.option
@log_lists.patterns
@ct_following.start
@ct_following.state("Where to keep what is verified and told. Default: ~/.local/state/keypin/ct.")
@ct_following.interval
@log_lists.cafile
@click.option("--once", is_flag=True, help="Stop when level with every log.")
@click.option(
    "--script",
    metavar="COMMAND",
    help="Run this for each piece of news, with its JSON on standard input.",
)
@click.option(
    "--every-entry",
    is_flag=True,
    help="Tell each entry of each log, not each certificate once.",
)
@ct_gossip.options
def command(
    *,
    log_list: str | None,
    patterns: tuple[str, ...],
    start: datetime | None,
    directory: Path | None,
    interval: float,
    cafile: str | None,
    once: bool,
    script: str | None,
    every_entry: bool,
    gossip: tuple[str, ...],
    witnesses: tuple[str, ...],
    quorum: int | None,
    **names: Any,
) -> None:
    """Read Certificate Transparency logs as they grow, and tell what is issued for your names.

    Everything is verified: signatures of tree heads, and that what was read is what the log signed.
    A log that forks, rolls back, stalls or hands out something else is told as well.

    Each certificate is judged: would your releases accept it, was its issuer expected, is it like
    any other? What is told carries a proof that anybody can verify: keypin ct prove.

    A terminal shows the logs and the news; a pipe gets one JSON document a line. What was told is
    remembered in --state, so that a run goes on where the last one ended, however that was.

    Exit codes: 0 nothing found, 1 something was, 3 a log could not be read to its end.
    """
    from keypin.cli.console import out
    from keypin.cli.ct_telling import Teller
    from keypin.monitor.hits import tell_alone
    from keypin.monitor.http import connections
    from keypin.monitor.logs import followed
    from keypin.monitor.monitor import Monitor
    from keypin.monitor.store import Store

    hits = ct_names.wanted(**names)
    state = log_lists.state_directory(directory)
    with connections(cafile) as http, closing(Store(state)) as store:
        listed = log_lists.listed(log_list, patterns, http, state)
        monitor = Monitor(store, hits, begin=start, interval=interval, once=once)
        logs = [followed(one, http, monitor.pause) for one in listed]
        teller = Teller(store, script, out(), every_entry=every_entry)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        talk = ct_gossip.gossiping(
            monitor,
            store,
            listed,
            http,
            gossip=gossip,
            witnesses=witnesses,
            quorum=quorum,
            interval=interval,
            once=once,
        )
        with talk:
            monitor.start(logs)
            try:
                _watch(monitor, teller, logs, lambda: tell_alone(store, datetime.now(UTC)))
            except KeyboardInterrupt:
                click.echo("keypin: stopping; what is verified is kept", err=True)
            finally:
                monitor.stop()
                teller.tell()
    leave(_code(monitor, teller, once=once))


def _watch(
    monitor: "Monitor", teller: "Teller", logs: "list[Log]", look_back: Callable[[], None]
) -> None:
    """Tell what comes, and show where the logs are, until all followers have ended."""
    from keypin.cli.ct_watch_view import shown

    look_again = monotonic()
    with shown(monitor, logs, teller.console) as refresh:
        while monitor.running():
            if monotonic() >= look_again:
                look_back()
                look_again += _LOOK_BACK
            teller.tell()
            refresh()
            monitor.wait(0.25)


def _code(monitor: "Monitor", teller: "Teller", *, once: bool) -> Exit:
    behind = [one for one in monitor.progress if once and not one.level]
    for one in behind:
        click.echo(f"keypin: {one.log}: {one.trouble or 'not read to its end'}", err=True)
    if teller.count:
        return Exit.FINDING
    return Exit.COULD_NOT_TELL if behind else Exit.FINE
