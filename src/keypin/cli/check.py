"""`keypin check`: what a server shows, what could be pinned, and whether pinning it is wise."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import log_lists, options
from keypin.cli.exits import leave
from keypin.errors import InputError

if TYPE_CHECKING:
    from keypin.cli.exits import Exit
    from keypin.cli.judged import Judged

EPILOG = options.examples(
    "keypin check example.com",
    "keypin check smtp://mail.example.com --json",
    "keypin check example.com --connect 192.0.2.7 --cafile internal-ca.pem",
    "keypin check example.com --ask",
    "keypin check example.com --log-list log_list.json",
    "keypin check --hosts fleet.txt --journal fleet.jsonl",
)


@click.command(
    "check",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="What a server shows, and whether to pin it.",
)
@click.argument("hosts", nargs=-1, metavar="[HOST[:PORT]...]")
@click.option(
    "--ask", is_flag=True, help="Ask the few questions that decide whether and what to pin."
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="KEY=VALUE",
    help="Answer one of those questions here; `--answer help` lists them.",
)
@click.option(
    "--hosts",
    "hosts_file",
    type=click.Path(),
    metavar="FILE",
    help="Read hosts from FILE, one a line; # starts a comment. Prints JSON Lines.",
)
@click.option(
    "--journal",
    type=click.Path(),
    metavar="FILE",
    help="Keep every result in FILE; the same command after an interruption goes on from there.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 2000),
    default=100,
    show_default=True,
    help="How many servers of --hosts are read at once.",
)
@log_lists.without_network
@options.fail_on
@options.connection
@options.as_json
def command(
    hosts: tuple[str, ...],
    *,
    ask: bool,
    answers: tuple[str, ...],
    hosts_file: str | None,
    journal: str | None,
    concurrency: int,
    log_list: str | None,
    fail_on: str,
    at: datetime | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Show what a server shows, what could be pinned, and whether to pin it.

    Reads a live server as a client would, at each of its addresses and with each kind of key:
    the chain with its pins, what is unusual about it, and whether, what and with which backup
    to pin. With a log list also whether Chrome and Apple accept its SCTs, and why not.
    """
    from keypin.cli.connect import observe_all
    from keypin.cli.judged import worst
    from keypin.cli.judging import judge, print_questions, situation_of

    if answers == ("help",):
        print_questions()
        return
    logs = log_lists.read(log_list).logs if log_list else None
    if hosts_file is not None:
        from keypin.cli.fleet import run

        leave(
            run(
                hosts_file,
                journal,
                concurrency=concurrency,
                logs=logs,
                at=at,
                fail_on=fail_on,
                **connection,
            )
        )
    if journal is not None or not hosts:
        raise InputError(
            "--journal without --hosts" if journal else "no HOST",
            next_step="name a server, as in: keypin check example.com",
        )
    situation = situation_of(answers, ask=ask)
    moment, own_ca = options.moment(at), connection["cafile"] is not None
    codes: list[Exit] = []
    for observation in observe_all(hosts, at=at, **connection):
        judged = judge(observation, situation, at=moment, own_ca=own_ca).with_transparency(logs)
        _print(judged, as_json=as_json)
        codes.append(judged.exit_code(fail_on))
    leave(worst(codes))


def _print(judged: "Judged", *, as_json: bool) -> None:
    if as_json:
        click.echo(judged.document())
        return
    from keypin.cli.check_view import print_judgement, print_observation, print_transparency
    from keypin.cli.console import out

    console = out()
    print_observation(console, judged.observation, judged.at)
    print_transparency(console, judged.transparency or ())
    print_judgement(console, judged.findings, judged.advice)
