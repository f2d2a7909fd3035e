"""`keypin watch start`: the service, until it is told to stop."""

import faulthandler
import os
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_demo, watch_settings
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from keypin.watch.demonstration import Demonstration
    from keypin.watch.service import Watch
    from keypin.web.serve import Server

PARTS = ("web", "collector", "prober", "logs", "alerts")


@click.command(
    "start",
    cls=RichCommand,
    epilog=options.examples(
        "keypin watch start",
        "keypin watch start --host 0.0.0.0 --public-url https://keypin.example.com",
        "keypin watch start --database postgresql://keypin@db/keypin --part prober --vantage oslo",
    ),
    short_help="Start the service.",
)
@watch_settings.installation
@click.option("--host", metavar="ADDRESS", help="Listen here. Default: 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Listen at this port; 0 for any that is free. Default: 8443.",
)
@watch_settings.public_url
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(PARTS),
    help="Do this part alone; repeat for several. Default: all.",
)
@click.option("--vantage", metavar="NAME", help="The name of the place it probes from.")
@click.option(
    "--log-list", metavar="FILE|URL", help="The list of CT logs. Default: the public one."
)
@click.option(
    "--check/--no-check",
    default=None,
    help="Answer the check page for people who have not signed in. Default: no.",
)
@click.option(
    "--demo",
    "demonstration",
    is_flag=True,
    default=None,
    help="Let the laboratory play a shop to watch, if nothing is watched yet.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="How logs are written. Default: text on a terminal, JSON elsewhere.",
)
def command(*, log_format: str | None, parts: tuple[str, ...], **given: Any) -> None:
    """Start the service, and run it until Ctrl-C or SIGTERM.

    The first start prints a link by which the first owner joins; it works once, for a day. Every
    setting can be given as KEYPIN_ and its name in capitals, as KEYPIN_PUBLIC_URL.
    """
    from keypin.watch import log_lines

    as_json = not sys.stderr.isatty() if log_format is None else log_format == "json"
    log_lines.set_up(sys.stderr, as_json=as_json)
    if parts:
        from keypin.watch.settings import Part

        given["parts"] = frozenset(Part(part) for part in parts)
    if why := _serve(**given):
        click.echo(f"keypin: {why}", err=True)
        leave(Exit.COULD_NOT_TELL)


def _serve(**given: Any) -> str | None:
    """Run the service until it is told to stop; return why it stopped by itself, if it did."""
    settings = watch_settings.read(**given)

    from keypin.watch import telemetry
    from keypin.watch.garbage import settle
    from keypin.watch.service import Watch
    from keypin.web.serve import Server, listen

    stop = threading.Event()
    faulthandler.enable()  # a library that crashes says where
    os.umask(0o077)  # what is written is the owner's alone
    listening = listen(settings.host, settings.port)
    settings = replace(settings, port=listening.getsockname()[1])
    with ExitStack() as stack, listening:
        demonstration = watch_demo.played(settings)
        settings = replace(settings, demonstration=False)
        if demonstration is not None:
            settings = stack.enter_context(demonstration).settings
        watch = stack.enter_context(Watch(settings))
        for number in (signal.SIGTERM, signal.SIGINT):
            stack.callback(signal.signal, number, signal.signal(number, _setting(stop)))
        told = telemetry.wanted(os.environ)
        if told:
            stack.callback(telemetry.begin())
        _run(watch, Server(watch, listening, told=told, warmed=settle), stop, demonstration)
    return watch.why


def _setting(stop: threading.Event) -> "Callable[[int, FrameType | None], None]":
    """Return what a signal does; the second one ends the process at once."""

    def asked(number: int, _frame: "FrameType | None") -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    return asked


def _run(
    watch: "Watch",
    server: "Server",
    stop: threading.Event,
    demonstration: "Demonstration | None",
) -> None:
    from keypin.watch.garbage import settle
    from keypin.watch.people.first import first_link

    watch.start()
    try:
        with server:
            if demonstration is not None:
                demonstration.begin(watch.core, server.address)
            click.echo(f"The watch runs at {server.address}", err=True)
            if link := first_link(watch.core):
                click.echo(f"Nobody has an account yet. Join as the first owner: {link}")
            settle()
            while not stop.wait(0.25) and not watch.ended.is_set():
                pass
            click.echo("keypin: the watch stops", err=True)
            if demonstration is not None:
                demonstration.end()
    finally:
        watch.stop()
