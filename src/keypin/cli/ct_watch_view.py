"""How `keypin ct watch` looks: a line for each piece of news, and below them where the logs are."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from keypin.cli.console import err, printable

if TYPE_CHECKING:
    from keypin.monitor.log import Log, Progress
    from keypin.monitor.monitor import Monitor

_STYLE = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_NAMES = 3  # of a certificate, on one line
_BESIDE = 6  # lines of the terminal that are not for logs


def line(body: dict[str, Any]) -> Text:
    """Return a piece of news as a person reads it."""
    return _alarm(body) if body["type"] == "alarm" else _entry(body)


def _alarm(body: dict[str, Any]) -> Text:
    text = Text(f"{_clock(body)}  ")
    text.append(body["id"], _STYLE[body["severity"]])
    return text.append(f"  {printable(body['log'])}: {printable(body['message'])}")


def _entry(body: dict[str, Any]) -> Text:
    names = [printable(name) for name in body["names"]]
    more = len(names) - _NAMES
    text = Text(f"{_clock(body)}  ")
    text.append(", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else ""), "bold")
    if body.get("issuer"):
        text.append(f"\n          {printable(body['issuer'])}")
    if body.get("not_after"):
        text.append(f", until {body['not_after'][:10]}")
    if body.get("flaw"):
        text.append(f"\n          {printable(body['flaw'])}", _STYLE["warning"])
    kind = "precertificate" if body["precertificate"] else "certificate"
    text.append(f"\n          {kind} {body['index']:,} of {printable(body['log'])}", "dim")
    for finding in body.get("findings", ()):
        text.append(f"\n          {finding['id']}", _STYLE[finding["severity"]])
        text.append(f"  {printable(finding['message'])}")
    return text


def _clock(body: dict[str, Any]) -> str:
    return datetime.fromisoformat(body["at"]).astimezone().strftime("%H:%M:%S")


@contextmanager
def shown(
    monitor: "Monitor", logs: "Sequence[Log]", console: Console
) -> Generator[Callable[[], None]]:
    """Show where the logs are, on a terminal; give what brings it up to date.

    Where news goes to a terminal it goes through the same console, which prints it above.
    """
    console = console if console.is_terminal else err()
    if not console.is_terminal:
        yield lambda: None
        return
    pace = _Pace()
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        yield lambda: live.update(_table(monitor.progress, pace, len(logs), console.height))


class _Pace:
    """How many entries a second are read, over the last moments."""

    def __init__(self) -> None:
        self._marks = list[tuple[float, int]]()

    def __call__(self, read: int) -> float:
        now = time.monotonic()
        self._marks = [*self._marks[-20:], (now, read)]
        (begun, first), (end, last) = self._marks[0], self._marks[-1]
        return (last - first) / (end - begun) if end > begun else 0.0


def _table(progress: "list[Progress]", pace: _Pace, count: int, height: int) -> Group:
    rows = sorted(progress, key=lambda one: (not one.trouble, one.level, one.log))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("log", "left"), ("entries", "right"), ("to read", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("head", justify="right", no_wrap=True)
    table.add_column("", overflow="ellipsis", no_wrap=True)
    seen = rows[: max(3, height - _BESIDE)]
    for one in seen:
        table.add_row(
            printable(one.log)[:30], f"{one.size:,}", f"{_left(one):,}", _age(one), _state(one)
        )
    read, left = sum(one.read for one in rows), sum(_left(one) for one in rows)
    rate = pace(read)
    text = f"{count} logs, {sum(one.level for one in rows)} level; {read:,} entries read"
    text += f", {rate:,.0f} a second"
    if left and rate:
        text += f"; {left:,} to read, {_span(left / rate)} left"
    if len(rows) > len(seen):
        text = f"and {len(rows) - len(seen)} more\n{text}"
    return Group(table, Text(text, "dim"))


def _left(one: "Progress") -> int:
    return max(0, one.size - one.position) + one.backlog if one.position else one.backlog


def _age(one: "Progress") -> str:
    if one.head_at is None:
        return ""
    return _span(max(0.0, (datetime.now(UTC) - one.head_at).total_seconds()))


def _state(one: "Progress") -> Text:
    if one.trouble:
        return Text(printable(one.trouble), _STYLE["warning"])
    return Text("level", "green") if one.level else Text("reading")


def _span(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
