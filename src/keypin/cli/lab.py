"""`keypin lab`: good and hostile TLS servers on loopback, and the test of somebody's client."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand, RichGroup

from keypin.cli import options
from keypin.cli.exits import Exit, leave
from keypin.cli.files import write_text
from keypin.cli.lab_log import log_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keypin.lab import Lab, Scenario
    from keypin.lab.tester import Result

EPILOG = options.examples(
    "keypin lab",
    "keypin lab list",
    "keypin lab tour",
    "keypin lab test -- curl --cacert {cafile} --pinnedpubkey {curl_pins} {url}",
    "keypin lab log --every 10",
)

directory_option = click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the lab's CA, keys and pins here, so that the next start has the same ones.",
)
scenario_option = click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this scenario; repeat for several. Default: all.",
)


@click.group(
    "lab",
    cls=RichGroup,
    epilog=EPILOG,
    short_help="Good and hostile TLS servers to prove clients with.",
    invoke_without_command=True,
)
@directory_option
@click.pass_context
def command(ctx: click.Context, directory: Path | None) -> None:
    """Start a test CA and TLS servers, good and hostile.

    Each server is a named scenario that proves one thing about a client. Prints their addresses
    and how to trust the CA. They run until Ctrl-C, and listen on loopback only.
    """
    if ctx.invoked_subcommand is not None:
        return
    from keypin.lab import Lab

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Lab(directory) as lab:
            _print_start(lab)
            threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("keypin: the lab has stopped", err=True)


def _print_start(lab: "Lab") -> None:
    from keypin.cli.lab_view import start_lines

    for line in start_lines(lab):
        click.echo(line)


command.add_command(log_command)


@command.command("list", cls=RichCommand, short_help="List the scenarios.")
@options.as_json
def list_command(*, as_json: bool) -> None:
    """List the scenarios: what each proves, and what a correct client does."""
    from keypin.lab import SCENARIOS

    if as_json:
        from keypin.cli import shapes

        rows = [_shape(scenario) for scenario in SCENARIOS.values()]
        click.echo(shapes.document("lab-list", 1, scenarios=rows))
        return
    from keypin.cli.console import out
    from keypin.cli.lab_view import scenario_table

    out().print(scenario_table(SCENARIOS.values()))


def _shape(scenario: "Scenario") -> dict[str, Any]:
    return {
        "name": scenario.name,
        "proves": scenario.proves,
        "hostile": scenario.hostile,
        "expect": scenario.expect,
        "flaw": scenario.flaw,
    }


@command.command("tour", cls=RichCommand, short_help="Check the lab's servers with keypin itself.")
def tour_command() -> None:
    """Check the lab's servers with keypin itself.

    Starts the lab, connects to each server as a pinned client would, and shows what keypin says
    of it: a first look without a network.
    """
    from keypin.cli.console import out
    from keypin.cli.lab_view import print_step
    from keypin.cli.tour import visit
    from keypin.lab import Lab

    console = out()
    wrong = 0
    with Lab() as lab:
        for stop in visit(lab):
            wrong += not stop.correct
            print_step(console, stop.scenario, stop.outcome, correct=stop.correct)
        console.print(f"\n{len(lab)} real handshakes judged, {wrong} wrongly.")
    leave(Exit.FINDING if wrong else Exit.FINE)


@command.command(
    "test", cls=RichCommand, short_help="Run a client against every scenario.", epilog=EPILOG
)
@scenario_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=600),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long each run may take before it counts as hung.",
)
@click.option("--junit", type=click.Path(), metavar="FILE", help="Write JUnit XML to FILE too.")
@options.as_json
@click.argument("client", nargs=-1, required=True, metavar="-- COMMAND {url}...")
def test_command(
    client: tuple[str, ...],
    *,
    names: tuple[str, ...],
    timeout: float,
    junit: str | None,
    as_json: bool,
) -> None:
    """Run your own client against every scenario.

    Prints which good server it refused, which hostile one it trusted, and what that flaw is
    called.

    COMMAND exits with 0 when it trusted the server. Placeholders in it: {url} {host} {port}
    {address} {cafile} {client_cert} {pin} {pins} {curl_pins} {pins_toml}.
    """
    from keypin.lab import Lab, report
    from keypin.lab.tester import check_command, run_client

    check_command(client)
    with Lab(names=names or None) as lab:
        results = list(_with_progress(run_client(lab, client, timeout=timeout), len(lab)))
    if junit is not None:
        write_text(junit, report.junit(results))
    if as_json:
        from keypin.cli import shapes

        document = shapes.document(
            "lab-test", 1, summary=report.summary(results), results=report.rows(results)
        )
        click.echo(document)
    else:
        from keypin.cli.console import out
        from keypin.cli.lab_view import print_matrix

        print_matrix(out(), results)
    leave(Exit.FINDING if any(result.flaw for result in results) else Exit.FINE)


def _with_progress(results: "Iterator[Result]", total: int) -> "Iterator[Result]":
    """Pass results on, with a progress bar on standard error where that is a terminal."""
    from rich.progress import track

    from keypin.cli.console import err

    console = err()
    yield from track(
        results, "trying the client", total, console=console, disable=not console.is_terminal
    )
