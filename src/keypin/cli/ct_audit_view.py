"""How `keypin ct audit` looks: a bar while it reads, then what it found, and as JSON."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from keypin.cli import ct_shapes, shapes
from keypin.cli.console import err, mark, out, print_findings, printable
from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.ct.log_list import ListedLog
    from keypin.monitor.audit import Audited


@dataclass(slots=True)
class Bar:
    """How far an audit is.

    Attributes:
        done: how many entries are read and hashed.
    """

    _progress: Progress
    _task: TaskID
    done: int = 0

    def show(self, done: int, total: int) -> None:
        """Show how many entries are read, of how many, how many a second, and the time left."""
        self.done = done
        speed = self._progress.tasks[self._task].speed
        rate = f"{speed:,.0f}/s" if speed else ""
        share = f"{done:,} of {total:,}"
        self._progress.update(self._task, completed=done, total=total, share=share, rate=rate)

    def stop(self) -> None:
        """Take it away."""
        self._progress.stop()


@contextmanager
def bar() -> Generator[Bar]:
    """Give a bar, on a terminal; what has no terminal sees nothing."""
    console = err()
    progress = Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.fields[share]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        yield Bar(progress, progress.add_task("", total=None, share="reading", rate=""))


def print_audit(listed: "ListedLog", found: "Audited | None", findings: Sequence[Finding]) -> None:
    """Print what an audit found."""
    console = out()
    good = found is not None and not findings
    name = Text.assemble(mark(console, good=good), " ", (printable(listed.description), "bold"))
    if found is None:
        console.print(name.append("  not what it signed"), soft_wrap=True)
    else:
        span, head = found.entries, found.head
        said = f"  entries {span.begin:,} to {span.end - 1:,} are what it signed"
        console.print(name.append(said), soft_wrap=True)
        signed = f"its head of {shapes.time(head.timestamp)} is over {head.size:,} entries"
        for line in (signed, f"root {head.root.hex()}"):
            console.print(Padding(Text(line, "dim"), (0, 0, 0, 2)))
    if findings:
        console.print()
        print_findings(console, findings)


def document(listed: "ListedLog", found: "Audited | None", findings: Sequence[Finding]) -> str:
    """Return the JSON document, shape `keypin/ct-audit/1`."""
    return shapes.document(
        "ct-audit",
        1,
        **ct_shapes.log(listed),
        verified=found is not None,
        first=found.entries.begin if found else None,
        last=found.entries.end - 1 if found else None,
        malformed=found.flaws if found else None,
        malformed_indexes=list(found.malformed) if found else None,
        head=ct_shapes.head(found.head) if found else None,
        findings=shapes.findings(tuple(findings)),
    )
