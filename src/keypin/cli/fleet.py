"""`keypin check --hosts FILE`: a fleet, one JSON document a line, resumable by its journal.

Each finished host is journalled, then printed; a run that is interrupted and started again prints
what the first had not finished. Progress goes to standard error, and only to a terminal.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from keypin.certs import Observation
from keypin.cli import options
from keypin.cli.connect import probe_options
from keypin.cli.console import err
from keypin.cli.exits import Exit
from keypin.cli.judged import worst
from keypin.cli.judging import judge, situation_of
from keypin.errors import InputError
from keypin.probe import FLEET, Progress, run_fleet

if TYPE_CHECKING:
    from keypin.ct.log_list import LogList


def run(
    hosts_file: str,
    journal: str | None,
    *,
    concurrency: int,
    logs: "LogList | None",
    at: datetime | None,
    fail_on: str,
    starttls: str | None,
    **connection: Any,
) -> Exit:
    """Read the fleet, and return the worst exit code of this run.

    Raises:
        InputError: the file of hosts, the journal or a flag cannot be used.
    """
    if starttls is not None:
        raise InputError(
            "--starttls with --hosts", next_step=f"write {starttls}://HOST in the file instead"
        )
    wanted = replace(probe_options(at=at, **connection), key_types=FLEET.key_types)
    tally = _Tally(at, fail_on, logs, own_ca=connection["cafile"] is not None)
    with _journal(journal) as path, _bar() as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: Progress) -> None:
            bar.update(task, total=progress.total, completed=progress.done)
            if progress.latest is not None:
                tally.add(progress.latest)

        state = run_fleet(
            Path(hosts_file),
            path,
            wanted,
            concurrency=concurrency,
            on_progress=show,
            on_bad_line=tally.add_bad_line,
        )
    click.echo(
        f"keypin: {state.done} of {state.total} hosts read, {state.failed} of them in this run "
        f"without a handshake, {tally.bad_lines} bad lines",
        err=True,
    )
    return tally.exit_code()


@contextmanager
def _journal(path: str | None) -> Generator[Path]:
    """Give the journal's path; without one, a journal that is gone after the run."""
    if path is not None:
        yield Path(path)
        return
    with TemporaryDirectory(prefix="keypin-") as folder:
        yield Path(folder) / "journal"


def _bar() -> Bar:
    console = err()
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


@dataclass
class _Tally:
    """Prints each judged host, and remembers what all of them mean for the exit code."""

    at: datetime | None
    fail_on: str
    logs: "LogList | None"
    own_ca: bool
    bad_lines: int = 0
    codes: set[Exit] = field(default_factory=set[Exit])

    def add(self, observation: Observation) -> None:
        """Judge and print one host."""
        situation = situation_of((), ask=False)
        moment = options.moment(self.at)
        judged = judge(observation, situation, at=moment, own_ca=self.own_ca)
        judged = judged.with_transparency(self.logs)
        click.echo(judged.document())
        self.codes.add(judged.exit_code(self.fail_on))

    def add_bad_line(self, error: InputError) -> None:
        """Name one line that is no host; the others are read."""
        click.echo(f"keypin: {error}", err=True)
        self.bad_lines += 1

    def exit_code(self) -> Exit:
        """Return the worst; a line that could not be read is unusable input."""
        return Exit.USAGE if self.bad_lines else worst(self.codes)
