"""How `keypin ct logs` looks: a table of the logs, or of where each stands, and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from keypin.cli import ct_shapes, shapes
from keypin.cli.console import mark, out, print_findings, printable
from keypin.cli.shapes import Shape
from keypin.ct.log_list import Api, ListedLog, State
from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.cli.log_lists import Named
    from keypin.monitor.survey import Read, Surveyed

_APIS = {Api.RFC6962: "6962", Api.STATIC: "static"}
_STYLES = {
    State.USABLE: "green",
    State.QUALIFIED: "green",
    State.READONLY: "yellow",
    State.RETIRED: "dim",
    State.REJECTED: "red",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A log of the list, and what else is known of it.

    Attributes:
        listed: the log.
        surveyed: what it answered; None where it was not asked.
        read: how far a monitor has read it; None where that is not known.
    """

    listed: ListedLog
    surveyed: "Surveyed | None" = None
    read: "Read | None" = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with its head."""
        alarms = self.surveyed.alarms if self.surveyed else ()
        return tuple(alarm.finding(self.listed.description) for alarm in alarms)

    @property
    def behind(self) -> int | None:
        """How many entries the monitor has not read yet."""
        head = self.surveyed.head if self.surveyed else None
        if head is None or self.read is None:
            return None
        return max(0, head.size - self.read.position) + self.read.backlog


def print_logs(named: "Named", rows: Sequence[Row]) -> None:
    """Print what the list says: the logs of each operator, one a line."""
    console = out()
    table = _table()
    widths = {"": 0, "API": 6, "state, since": 20, "for what expires": 21}
    for title, width in widths.items():
        table.add_column(title, width=width or None, no_wrap=True)
    room = console.width - sum(widths.values()) - len(widths) + 1
    for operator, logs in groupby(rows, lambda row: row.listed.operator):
        table.add_row(Text(_short(operator, room), "bold"))
        for row in logs:
            log = row.listed
            table.add_row(_short(log.description, room), _APIS[log.api], _state(log), _expiry(log))
    _print(console, table, named, f"{len(rows)} log{'s' * (len(rows) != 1)}")


def print_lag(named: "Named", at: datetime, rows: Sequence[Row]) -> None:
    """Print where each log stands."""
    console = out()
    table = _table()
    widths = {"": 0, "entries": 13, "age": 7, "MMD": 5, "to read": 13}
    for title, width in widths.items():
        table.add_column(
            title, width=width or None, no_wrap=True, justify="right" if width else "left"
        )
    room = console.width - sum(widths.values()) - len(widths) + 1
    for row in rows:
        table.add_row(*_standing(console, row, at, room))
    good = sum(1 for row in rows if row.surveyed and row.surveyed.head and not row.findings)
    _print(console, table, named, f"{good} of {len(rows)} as they should be")
    findings = [finding for row in rows for finding in row.findings]
    if findings:
        console.print()
        print_findings(console, findings)


def _standing(console: Console, row: Row, at: datetime, room: int) -> list[Text | str]:
    one = row.surveyed
    head = one.head if one else None
    silent = bool(one and one.trouble)
    sign = Text("?", "yellow") if silent else mark(console, good=not row.findings)
    name = Text.assemble(sign, " ", _short(row.listed.description, room - 2))
    if head is None:
        return [name, Text("no answer" if silent else "no head", "yellow" if silent else "red")]
    stale = any(finding.id == "ct-stalled-head" for finding in row.findings)
    age = Text(_span(at - head.timestamp), "bold red" if stale else "")
    behind = "" if row.behind is None else f"{row.behind:,}"
    return [name, f"{head.size:,}", age, _span(timedelta(seconds=row.listed.mmd)), behind]


def _table() -> Table:
    return Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")


def _print(console: Console, table: Table, named: "Named", summary: str) -> None:
    console.print(table)
    console.print()
    console.print(Text(f"{summary}, by {named}", "dim"))


def _short(text: str, room: int) -> str:
    """Return a name in as many columns as there are."""
    shown = Text(printable(text))
    shown.truncate(max(8, room), overflow="ellipsis")
    return shown.plain


def _state(log: ListedLog) -> Text:
    standing = log.standing
    if standing is None:
        return Text("not said", "dim")
    return Text(f"{standing.state:9} {standing.since:%Y-%m-%d}", _STYLES.get(standing.state, ""))


def _expiry(log: ListedLog) -> str:
    shard = log.interval
    return f"{shard.start:%Y-%m-%d} {shard.end:%Y-%m-%d}" if shard else "whenever"


def _span(span: timedelta) -> str:
    """Return a time span in its largest unit that leaves at least two."""
    seconds = max(0, round(span.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:,} {unit}"
    return f"{seconds} s"


def document(named: "Named", at: datetime, rows: Sequence[Row]) -> str:
    """Return the JSON document, shape `keypin/ct-logs/1`."""
    return shapes.document(
        "ct-logs",
        1,
        at=shapes.time(at),
        log_list=ct_shapes.log_list(named),
        logs=[_row(row) for row in rows],
        findings=shapes.findings(tuple(finding for row in rows for finding in row.findings)),
    )


def _row(row: Row) -> Shape:
    one, read = row.surveyed, row.read
    head = one.head if one else None
    return {
        **ct_shapes.log(row.listed),
        "head": ct_shapes.head(head) if head else None,
        "trouble": one.trouble or None if one else None,
        "read": {"position": read.position, "backlog": read.backlog} if read else None,
        "behind": row.behind,
    }
