"""What 2 and 4 processes on one PostgreSQL do in the time of one.

    python bench/bench_watch_workers.py

Three kinds of work, each done by 1, 2 and 4 processes that share one database as processes of the
watch do, each round with the same amount of work:

- probing servers that answer after 200 ms, each process with 8 endpoints under way: work that
  waits. Here as many processes as one likes fit into two cores, so how much faster they are tells
  whether they stand in each other's way (claims, locks, writes);
- judging endpoints by 20 releases, and sorting reports: work that computes. More processes than
  cores cannot be faster, so what counts is the CPU, PostgreSQL's included, that one endpoint or one
  report takes. As long as it stays the same, a second core is worth as much as the first; where
  processes wait for each other, the wall clock tells more than the CPU does. What a process reads
  once, pin sets and chains, it has read before the clock starts.

It proves what coordination costs on one machine. It does not prove that PostgreSQL on a machine of
its own has the same latency: what waits for the network waits there too.
"""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent / "watch_workers"

# The targets, as the project's issue states them: how much 2 and 4 processes do, times one.
TIMES = {2: 1.8, 4: 3.0}

# Of CPU that a unit takes with so many processes, times one: by as much the cores are worth less.
CPU_TIMES = {2: 1 / 0.9, 4: 4 / 3}

WORK = {
    "probe": "probing what answers after 200 ms",
    "judge": "judging by 20 releases",
    "sort": "sorting reports",
}


def started(what: str, given: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start a process that does one thing, and wait for the word to go."""
    command = [sys.executable, str(HERE / "worker.py"), what, json.dumps(given)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def asked(process: "subprocess.Popen[str]", word: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Send a line to a process, if any, and return the line that it answers."""
    if word and process.stdin:
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
    line = process.stdout.readline() if process.stdout else ""
    return json.loads(line)


def once(what: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Have a process do something that is not measured."""
    with started(what, given) as process:
        return asked(process)


def measured(what: str, count: int, given: dict[str, Any]) -> dict[str, float]:
    """Make work, have so many processes do it, and return what it took."""
    once("due", {**given, "what": what})
    with ExitStack() as stack:
        workers = [stack.enter_context(started(what, given)) for _ in range(count)]
        for worker in workers:
            asked(worker)
        before = machine.cpu(given["pid"])
        for worker in workers:
            if worker.stdin:
                worker.stdin.write("go\n")
                worker.stdin.flush()
        found = [asked(worker) for worker in workers]
    begun, ended = min(one["begun"] for one in found), max(one["ended"] for one in found)
    units = sum(one["units"] for one in found)
    spent = sum(one["cpu"] for one in found) + machine.cpu(given["pid"]) - before
    return {"units": units, "rate": units / (ended - begun), "cpu": spent / units}


def told(what: str, found: dict[int, dict[str, float]]) -> bool:
    """Print the figures of one kind of work, and say whether they are good enough."""
    print(f"{WORK[what]}: {found[1]['units']:.0f} units each round; {machine.load()}")
    good = True
    for count, one in found.items():
        times, cpu = one["rate"] / found[1]["rate"], one["cpu"] / found[1]["cpu"]
        waits = what == "probe"
        target = (TIMES if waits else CPU_TIMES).get(count)
        fine = target is None or (times >= target if waits else cpu <= target)
        print(
            f"  {count} processes: {one['rate']:7.1f} a second, {times:.2f} times one; "
            f"{one['cpu'] * 1000:.2f} ms CPU each, {cpu:.2f} times one"
            f"{'' if fine else '  MISSED'}"
        )
        good = good and fine
    return good


def main(wanted: list[str]) -> None:
    """Measure, print, and fail where a target is missed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        url, pid = stack.enter_context(machine.postgresql(folder / "pg"))
        command = [sys.executable, str(HERE / "server.py"), str(folder)]
        server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(server.terminate)
        given = {"url": url, "pid": pid, "folder": str(folder), **asked(server)}
        once("fill", given)
        good = [
            told(what, {count: measured(what, count, given) for count in (1, 2, 4)})
            for what in wanted or WORK
        ]
    if not all(good):
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main(sys.argv[1:])
