"""`keypin lab log`: a Certificate Transparency log on loopback, good or hostile."""

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from keypin.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keypin.lab.ct_server import CtServer

_APIS = ("both", "rfc6962", "static", "mixed")


@click.command(
    "log",
    cls=RichCommand,
    short_help="A Certificate Transparency log to prove monitors with.",
    epilog=options.examples(
        "keypin lab log", "keypin lab log --every 10", "keypin lab log --fault rollback"
    ),
)
@click.option(
    "--api",
    type=click.Choice(_APIS),
    default="both",
    show_default=True,
    help="RFC 6962, the Static CT API, both, or heads of one and tiles of the other.",
)
@click.option(
    "--entries",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    metavar="N",
    help="How many precertificates it has when it starts.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Log one more, and publish a head, that often. Default: never.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="Misbehave; repeat for several. The reference of the laboratory lists the names.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where it listens.")
@click.option(
    "--log-list",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a log list with this log, for monitors to find it by.",
)
def log_command(
    *,
    api: str,
    entries: int,
    every: float | None,
    faults: tuple[str, ...],
    port: int,
    log_list: Path | None,
) -> None:
    """Start a Certificate Transparency log.

    It has a key, and precertificates of a CA of its own for names below keypin.test. It serves
    plain HTTP on loopback, and runs until Ctrl-C.
    """
    from keypin.cli.files import write_text
    from keypin.lab import ct_api
    from keypin.lab.ct_demo import Demo
    from keypin.lab.ct_list import log_list as listed
    from keypin.lab.ct_server import CtServer

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parts = {
        "both": ct_api.BOTH,
        "rfc6962": ct_api.RFC6962,
        "static": ct_api.STATIC,
        "mixed": ct_api.MIXED,
    }
    demo = Demo(entries)
    for name in faults:
        demo.log.misbehave(name)
    try:
        with CtServer(ct_api.CtApi(demo.log, parts[api]), port=port) as server:
            if log_list is not None:
                write_text(str(log_list), json.dumps(listed([server], demo.now), indent=2) + "\n")
            for line in _start_lines(server, log_list):
                click.echo(line)
            stopped = threading.Event()
            while not stopped.wait(every):
                demo.grow()
    except KeyboardInterrupt:
        click.echo("keypin: the log has stopped", err=True)


def _start_lines(server: "CtServer", log_list: Path | None) -> "Iterator[str]":
    from base64 import b64encode

    log = server.api.log
    yield f"{server.url}  {len(log)} entries"
    yield f"log ID  {b64encode(log.signer.log_id).decode()}"
    yield f"key     {b64encode(log.signer.spki).decode()}"
    yield f"origin  {server.api.origin}"
    if log_list is not None:
        yield f"list    {log_list}"
    for on in log.misbehaviours:
        yield f"fault   {on.fault.name}: {on.fault.says}"
    yield "Ctrl-C stops the log."
