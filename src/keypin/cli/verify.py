"""`keypin verify`: do live servers match a pin set? For each policy which pin matched what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.certs import Handshake, Observation
    from keypin.cli.shapes import Shape
    from keypin.pins import PinSet

EPILOG = options.examples(
    "keypin verify --pins pins.toml",
    "keypin verify --pins pins.toml api.example.com --json",
    "keypin verify --pins pins.toml api.example.com --connect 192.0.2.7",
)


@click.command(
    "verify", cls=RichCommand, epilog=EPILOG, short_help="Do live servers match the pins of a file?"
)
@click.argument("hosts", nargs=-1, metavar="[HOST[:PORT]...]")
@options.pins_file
@options.from_form
@options.connection
@options.as_json
def command(
    hosts: tuple[str, ...],
    *,
    pins_path: str,
    form: str | None,
    host: str | None,
    at: datetime | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Say whether live servers match pins: of a pins.toml, of any other form, of a shipped app.

    Reads the pinned hosts, or the given ones, and says for each address which pin matched which
    certificate, or tells the whole mismatch.

    Without HOST every policy's own name is read. A policy for `*.example.com` names no host of
    its own: give one.
    """
    from keypin.cli.connect import observe_all
    from keypin.cli.converting import tell_grave
    from keypin.cli.pinsets import hostless, hosts_of, load

    loaded = load(pins_path, form=form, host=host)
    tell_grave(loaded)
    pin_set = loaded.pin_set
    results = [
        result
        for observation in observe_all(hosts or hosts_of(pin_set), at=at, **connection)
        for result in judge(pin_set, observation, options.moment(at))
    ]
    unread = () if hosts else hostless(pin_set)
    if as_json:
        _print_json(results, unread)
    else:
        _print_text(results, unread)
    leave(_exit_code(results, unread))


class Outcome(StrEnum):
    """What one address means for the pin set; all but the first are worth a person's look."""

    MATCHED = "matched"
    MISMATCH = "mismatch"
    NOT_PINNED = "not-pinned"
    NOT_VERIFIED = "not-verified"
    COULD_NOT_TELL = "could-not-tell"


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome for one address of one host, with its sentence and, in `shape`, its evidence."""

    host: str
    address: str | None
    outcome: Outcome
    detail: str
    shape: "Shape"


def judge(pin_set: "PinSet", observation: "Observation", at: datetime) -> Iterator[Result]:
    """Yield a result for each handshake and each failure of an observation."""
    from keypin.cli import shapes

    endpoint = observation.endpoint
    for handshake in observation.handshakes:
        outcome, detail, shape = _judge_handshake(pin_set, endpoint.host, handshake, at)
        yield Result(str(endpoint), handshake.address, outcome, detail, shape)
    for failure in observation.failures:
        shape = shapes.failure(failure)
        yield Result(str(endpoint), failure.address, Outcome.COULD_NOT_TELL, failure.detail, shape)


def _judge_handshake(
    pin_set: "PinSet", host: str, handshake: "Handshake", at: datetime
) -> tuple[Outcome, str, "Shape"]:
    from keypin.cli import shapes
    from keypin.cli.console import short_name
    from keypin.pins import MismatchError, NotPinned, decide

    if handshake.verified is None:
        problem = handshake.problem
        reason = {"reason": problem.reason if problem else None}
        return Outcome.NOT_VERIFIED, str(problem), reason
    try:
        verdict = decide(pin_set, host, handshake.verified, at)
    except MismatchError as mismatch:
        return Outcome.MISMATCH, str(mismatch), shapes.mismatch(mismatch)
    if isinstance(verdict, NotPinned):
        nearest = f"; the nearest policy is {verdict.nearest}" if verdict.nearest else ""
        return Outcome.NOT_PINNED, f"no policy covers {verdict.host}{nearest}", {}
    detail = (
        f"policy {verdict.policy.host}: {verdict.pin.role} pin {verdict.pin.pin} matched the "
        f"{verdict.position} {short_name(verdict.certificate)}"
    )
    return Outcome.MATCHED, detail, shapes.matched(verdict)


def _print_json(results: list[Result], unread: tuple[str, ...]) -> None:
    from keypin.cli import shapes

    rows = [
        {
            "host": result.host,
            "address": result.address,
            "outcome": result.outcome,
            "detail": result.detail,
            "evidence": result.shape,
        }
        for result in results
    ]
    click.echo(shapes.document("verify", 1, results=rows, unread_policies=list(unread)))


def _print_text(results: list[Result], unread: tuple[str, ...]) -> None:
    from rich.text import Text

    from keypin.cli.console import mark, out

    console = out()
    for result in results:
        good = result.outcome is Outcome.MATCHED
        where = f"{result.host} at {result.address}" if result.address else result.host
        console.print(
            Text.assemble(mark(console, good=good), " ", (where, "bold"), f"  {result.outcome}")
        )
        console.print(Text(indent(result.detail, "  ")), soft_wrap=True)
    for policy in unread:
        console.print(f"- {policy}  not read: it names no host of its own; give one as HOST")


def _exit_code(results: list[Result], unread: tuple[str, ...]) -> Exit:
    outcomes = {result.outcome for result in results}
    if outcomes & {Outcome.MISMATCH, Outcome.NOT_PINNED, Outcome.NOT_VERIFIED}:
        return Exit.FINDING
    if unread or not outcomes or Outcome.COULD_NOT_TELL in outcomes:
        return Exit.COULD_NOT_TELL
    return Exit.FINE
