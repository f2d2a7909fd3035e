"""`keypin ct stream`: what logs publish, as a feed that certstream's clients read."""

import json
import signal
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich_click import RichCommand

from keypin.cli import ct_following, log_lists, options

if TYPE_CHECKING:
    from collections.abc import Generator

    from keypin.ct.certstream import Origin
    from keypin.ct.log_list import ListedLog
    from keypin.monitor.monitor import Monitor
    from keypin.monitor.store import Store
    from keypin.monitor.stream import Stream
    from keypin.monitor.stream_hub import Hub

EPILOG = options.examples(
    "keypin ct stream",
    "keypin ct stream --domains example.com --listen 127.0.0.1:4000",
    "keypin ct stream --log-list logs.json --log 'Tuscolo*' --start 2026-11-01",
)
_LOOK_SECONDS = 0.25
_PORTS = 1 << 16


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int


class Listen(click.ParamType[Address]):
    """An address to listen at: `HOST:PORT`, with brackets around an IPv6 address."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address:
        """Return the address."""
        if isinstance(value, Address):
            return value
        host, _, port = value.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        bracketed = host.startswith("[") and host.endswith("]")
        good = port.isascii() and port.isdigit() and int(port) < _PORTS
        if not bare or not good or (":" in bare) != bracketed:
            self.fail(f"{value!r} is no address; write 127.0.0.1:8765 or [::1]:8765", param, ctx)
        return Address(bare, int(port))


@click.command(
    "stream",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="A WebSocket feed of what logs publish, for certstream's clients.",
)
@click.option(
    "--listen",
    type=Listen(),
    default="127.0.0.1:8765",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen. Port 0 takes any that is free.",
)
@click.option(
    "--domains",
    multiple=True,
    metavar="NAME",
    help="Only certificates for this name and all below it. Repeat, or use commas.",
)
@log_lists.option
@log_lists.patterns
@ct_following.start
@ct_following.state("Where to keep how far logs were read, to go on there. Default: nowhere.")
@ct_following.interval
@log_lists.cafile
def command(
    *,
    listen: Address,
    domains: tuple[str, ...],
    log_list: str | None,
    patterns: tuple[str, ...],
    start: datetime | None,
    directory: Path | None,
    interval: float,
    cafile: str | None,
) -> None:
    """Read Certificate Transparency logs as they grow, and publish what they log by WebSocket.

    Messages and paths are those of certstream: / for certificates, /full-stream with their bytes
    and chains, /domains-only. A client filters by ?domains=example.com. Entries are published once
    they are verified; of what a log does wrong those clients hear that ask by ?alarms=yes.

    It runs until Ctrl-C.
    """
    from keypin.ct.watch_list import WatchList
    from keypin.monitor.http import connections
    from keypin.monitor.logs import followed
    from keypin.monitor.monitor import Monitor
    from keypin.monitor.stream import Stream
    from keypin.monitor.stream_feed import Feed, FeedStore
    from keypin.monitor.stream_hub import Hub
    from keypin.monitor.stream_pages import heads

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    names = [name.strip() for text in domains for name in text.split(",")]
    hub = Hub(WatchList(domains=names) if names else None)
    with ExitStack() as stack:
        http = stack.enter_context(connections(cafile))
        listed = log_lists.listed(log_list, patterns, http)
        feed = Feed({one.log_id: _origin(one) for one in listed}, hub)
        state = stack.enter_context(_state(directory))
        store = stack.enter_context(closing(FeedStore(state, feed)))
        monitor = Monitor(store, feed.found, begin=start, interval=interval)
        logs = [followed(one, http, monitor.pause) for one in listed]
        stream = Stream(hub, lambda: heads(store, logs), host=listen.host, port=listen.port)
        stack.enter_context(stream)
        count = f"{len(logs)} log{'' if len(logs) == 1 else 's'}"
        click.echo(f"{stream.url}  {count}\nCtrl-C stops the stream.")
        monitor.start(logs)
        _run(monitor, stream, store, hub)


@contextmanager
def _state(directory: Path | None) -> "Generator[Path]":
    if directory is not None:
        yield directory
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="keypin-ct-") as made:
        yield Path(made)


def _origin(listed: "ListedLog") -> "Origin":
    from keypin.ct.certstream import Origin
    from keypin.ct.log_list import Api

    return Origin(listed.description, listed.monitoring_url, listed.api is Api.STATIC)


def _run(monitor: "Monitor", stream: "Stream", store: "Store", hub: "Hub") -> None:
    """Pass on alarms until somebody stops it."""
    try:
        while monitor.running():
            stream.check()
            _tell_alarms(store, hub)
            monitor.wait(_LOOK_SECONDS)
    except KeyboardInterrupt:
        click.echo("keypin: the stream has stopped", err=True)
    finally:
        hub.close()
        monitor.stop()


def _tell_alarms(store: "Store", hub: "Hub") -> None:
    """Tell whoever looks at the terminal, then clients: what they know, the terminal has said."""
    told = store.take()
    for one in told:
        alarm = json.loads(one.body)
        click.echo(f"keypin: {alarm['log']}: {alarm['message']}", err=True)
        hub.tell(alarm)
    store.told(told)
