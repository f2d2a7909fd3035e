"""How fast keypin reads Certificate Transparency logs, beside certspotter.

    python bench/bench_ct.py

Everything is verified to the root that the log signed, everything is searched for 10,000 domains
with all below them, and what is found is parsed and told. From memory: tiles and pages that are
there already. Over HTTP: the monitor, its state synchronised to disk, on one core, and the
laboratory's log on another. certspotter 0.16 reads logs of RFC 6962 only; it reads the same one as
keypin in the same run, and what it takes for a log of a fifth of the size is taken off, so that its
start does not count. Installs nothing: it names what is missing.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ct import rival

HERE = Path(__file__).parent / "ct"
ROUNDS = 3
STATIC, PAGED = 1 << 18, 1 << 16
PACKED = 1 << 15
SMALL, LARGE = 4096, 20_480
DOMAINS, FEW = 10_000, 3
LOGS, EACH = 40, 5120
# Let's Encrypt alone issues ten million certificates a day (its report of its tenth year, 2025),
# which is some two thirds of all. Each stands in two logs as a precertificate, and in one or two as
# a certificate: 174 x 3.5 entries a second.
GROWTH = 600
MINUTE = 60

# As the project's issue states them.
AT_LEAST = {
    "static tiles, from memory": 200_000.0,
    "RFC 6962 pages, from memory": 150_000.0,
    "static tiles, over HTTP": 100_000.0,
}
TIMES_LESS = 50
MEGABYTES = 300
PERCENT = 5


@dataclass
class Server:
    """The laboratory's logs in a process of their own."""

    process: "subprocess.Popen[str]" = field(repr=False)
    logs: list[dict[str, str]]

    def grow(self, count: int) -> None:
        """Add entries to every log."""
        print(count, file=self.process.stdin, flush=True)
        if self.process.stdout:
            self.process.stdout.readline()


@contextmanager
def served(kind: str, count: int, entries: int) -> Iterator[Server]:
    """Serve logs."""
    command = [sys.executable, str(HERE / "server.py"), kind, str(count), str(entries)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline() if process.stdout else "[]"
        yield Server(process, json.loads(line))


@contextmanager
def own(kind: str, server: Server) -> Iterator[Iterator[dict[str, Any]]]:
    """Run keypin over logs, in a process of its own, and give what it says of each of its rounds.

    A round begins when the one before is asked to be followed.
    """
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, str(HERE / "own.py"), kind, str(DOMAINS), state]
        with subprocess.Popen(
            [*command, json.dumps(server.logs)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            yield _rounds(process)
            if process.stdin:
                process.stdin.close()


def _rounds(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    while process.stdout:
        result = json.loads(process.stdout.readline())
        if not result["verified"]:
            raise SystemExit(f"not all was verified: {result}")
        yield result
        print(file=process.stdin, flush=True)


def once(kind: str, server: Server) -> dict[str, Any]:
    """Return what one run over logs takes."""
    with own(kind, server) as rounds:
        return next(rounds)


def from_memory() -> dict[str, dict[str, float]]:
    """Return entries a CPU second, by kind and number of watched domains."""
    done = subprocess.run(
        [sys.executable, str(HERE / "memory.py")], check=True, capture_output=True, text=True
    )
    result: dict[str, dict[str, float]] = json.loads(done.stdout)
    return result


def certspotter(server: Server, names: int, size: int) -> float:
    """Return the CPU seconds that certspotter takes for a log."""
    from ct.entries import RARE, watched  # noqa: PLC0415 - it brings in the laboratory

    key = b64decode(server.logs[0]["key"])
    with tempfile.TemporaryDirectory() as name:
        listed = rival.log_list(server.logs[0]["url"], key, datetime.now(UTC))
        # The last entry is for one of the first twenty, by its place.
        last = watched(20)[(size - 1) // RARE]
        chosen = [last, *(one for one in watched(names) if one != last)][:names]
        return rival.run(Path(name), listed, chosen, size - 1).cpu


def rate(runs: list[dict[str, Any]], clock: str) -> float:
    """Return the median of entries a second."""
    return statistics.median(run["entries"] / run[clock] for run in runs)


def say(what: str, figure: str, asked: str = "") -> None:
    """Print a line."""
    print(f"{what:52} {figure:>14}  {asked}", flush=True)


def say_rate(what: str, value: float) -> None:
    """Print a rate, and what is asked."""
    asked = f"(at least {AT_LEAST[what]:,.0f} wanted)" if what in AT_LEAST else ""
    say(what, f"{value:,.0f}/s", asked)


def memory_part() -> dict[str, float]:
    """Measure from memory, and return the microseconds of an entry by kind."""
    rates = from_memory()
    names = {"static": "static tiles, from memory", "rfc6962": "RFC 6962 pages, from memory"}
    for kind, name in names.items():
        say_rate(name, rates[kind][str(DOMAINS)])
        say("  bytes of an entry", f"{rates[kind]['bytes']:,.0f}")
        say("  a log of a quarter of the entries", f"{rates[kind]['quarter']:,.0f}/s")
        for count in (10, 1_000_000):
            say(f"  {count:,} watched domains", f"{rates[kind][str(count)]:,.0f}/s")
    return {names[kind]: 1e6 / rates[kind][str(DOMAINS)] for kind in names}


def http_part() -> tuple[dict[str, float], list[float]]:
    """Measure over HTTP: the microseconds of an entry by kind, and the peaks of memory."""
    with served("static", 1, STATIC) as server:
        static = [once("static", server) for _ in range(ROUNDS)]
    with served("packed", 1, PACKED) as server:
        packed = [once("packed", server) for _ in range(2)][1:]
    say_rate("static tiles, over HTTP", rate(static, "wall"))
    say("  a CPU second", f"{rate(static, 'cpu'):,.0f}/s")
    say("  tiles packed by gzip, a CPU second", f"{rate(packed, 'cpu'):,.0f}/s")
    with served("rfc6962", 1, PAGED) as server:
        paged = [once("rfc6962", server) for _ in range(ROUNDS)]
    say_rate("RFC 6962 pages, over HTTP", rate(paged, "wall"))
    say("  a CPU second", f"{rate(paged, 'cpu'):,.0f}/s")
    taken = {
        "static tiles, over HTTP": 1e6 / rate(static, "cpu"),
        "RFC 6962 pages, over HTTP": 1e6 / rate(paged, "cpu"),
    }
    return taken, [static[0]["peak_kib"] / 1024, paged[0]["peak_kib"] / 1024]


def rival_part(taken: dict[str, float]) -> None:
    """Print how much less than certspotter's an entry takes; `taken` is in microseconds."""
    if not rival.is_there():
        say("certspotter", rival.MISSING)
        return
    seconds = dict[tuple[int, int], float]()
    with served("rfc6962", 1, SMALL) as server:
        for size in (SMALL, LARGE):
            for names in (FEW, DOMAINS):
                seconds[names, size] = certspotter(server, names, size)
            if size == SMALL:
                server.grow(LARGE - SMALL)
        hits = once("rfc6962", server)["hits"]
    each = {
        names: (seconds[names, LARGE] - seconds[names, SMALL]) / (LARGE - SMALL) * 1e6
        for names in (FEW, DOMAINS)
    }
    for names, value in each.items():
        say(f"certspotter, {names:,} watched domains", f"{value:.1f} us", "an entry")
    say("  entries that keypin finds in the same log", str(hits))
    for what, value in taken.items():
        say(f"  keypin: {what}", f"{value:.2f} us", f"{each[DOMAINS] / value:.0f} times less")
    say("  wanted", "", f"{TIMES_LESS} times less")


def many_logs() -> None:
    """Measure forty logs: their memory, and what their growth takes of a core."""
    with served("static", LOGS, EACH) as server, own("static", server) as rounds:
        first = next(rounds)
        minutes = list[float]()
        for _ in range(ROUNDS):
            server.grow(GROWTH * MINUTE // LOGS)
            minutes.append(next(rounds)["cpu"])
    share = 100 * statistics.median(minutes) / MINUTE
    what = f"{LOGS} logs, together {GROWTH} entries a second"
    say(what, f"{share:.1f}% of a core", f"(under {PERCENT}% wanted)")
    peak = first["peak_kib"] / 1024
    say(f"  peak, {first['entries']:,} entries behind", f"{peak:.0f} MiB", _megabytes())


def _megabytes() -> str:
    return f"(under {MEGABYTES} wanted)"


def main() -> None:
    """Measure and print."""
    taken = memory_part()
    over_http, peaks = http_part()
    for count, peak in zip((STATIC, PAGED), peaks, strict=True):
        say(f"  peak, a log of {count:,} entries", f"{peak:.0f} MiB", _megabytes())
    rival_part(taken | over_http)
    many_logs()


if __name__ == "__main__":
    main()
