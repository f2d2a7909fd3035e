"""How many endpoints a CPU second keypin reads, beside blackbox exporter and sslyze.

    python bench/bench_fleet.py

All read the same loopback server in one run and in turns, one handshake an endpoint (sslyze makes
the several that its certificate_info needs; endpoints are compared, not handshakes). The figures
are ratios, so that they hold on other machines. Installs nothing: it names what is missing.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fleet.rivals import Run, blackbox, sslyze

HERE = Path(__file__).parent
ROUNDS = 3
COUNT = 4000
SSLYZE_COUNT = 100
SMALL, LARGE = 1_000, 10_000

# The two targets, as the project's issue states them.
AT_LEAST = {"blackbox exporter": 2.0, "sslyze": 30.0}


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Run the server, and give its port."""
    command = [sys.executable, str(HERE / "fleet" / "server.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else 0)
        finally:
            process.terminate()


def own(folder: Path, port: int, count: int, kind: str) -> dict[str, Any]:
    """Run keypin in a process of its own."""
    command = [sys.executable, str(HERE / "fleet" / "own.py"), str(folder / "ca.pem")]
    done = subprocess.run(
        [*command, str(port), str(count), kind], check=True, capture_output=True, text=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def own_run(folder: Path, port: int, kind: str) -> Run:
    """Return keypin's run as the rivals' are given."""
    result = own(folder, port, COUNT, kind)
    return Run(result["endpoints"], result["cpu"], result["wall"])


def measure(folder: Path, port: int) -> dict[str, list[Run]]:
    """Return each prober's rounds, taken in turns so that a busy moment hits all."""
    rounds: dict[str, list[Run]] = {}
    for _ in range(ROUNDS):
        sslyze_hosts, sslyze_command = sslyze(port, SSLYZE_COUNT)
        for name, run in (
            ("keypin", own_run(folder, port, "same")),
            ("keypin, each host its own name", own_run(folder, port, "names")),
            ("blackbox exporter", blackbox(folder, port, COUNT)),
            ("sslyze", sslyze_hosts),
            ("sslyze, its start-up counted", sslyze_command),
        ):
            if run is not None:
                rounds.setdefault(name, []).append(run)
    return rounds


def report(rounds: dict[str, list[Run]]) -> dict[str, float]:
    """Print the table, and return the rates."""
    rates = {name: statistics.median(run.rate for run in runs) for name, runs in rounds.items()}
    print(f"{'endpoints a CPU second':34} {'rate':>8} {'keypin is':>12}")
    for name, rate in rates.items():
        wanted = f"  (at least {AT_LEAST[name]:g} wanted)" if name in AT_LEAST else ""
        print(f"{name:34} {rate:8.0f} {rates['keypin'] / rate:10.2f} x{wanted}")
    for name, how in (
        ("blackbox exporter", "apt-get install prometheus-blackbox-exporter"),
        ("sslyze", "pip install sslyze in a venv of its own, KEYPIN_BENCH_SSLYZE=its command"),
    ):
        if name not in rates:
            print(f"{name:34} missing: {how}")
    return rates


def main() -> None:
    """Measure, print and write `bench/results/fleet.json`."""
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as port:
        folder = Path(name)
        rates = report(measure(folder, port))
        small, large = (own(folder, port, count, "broken") for count in (SMALL, LARGE))
    print(f"peak memory at {SMALL:6} hosts: {small['peak_kib'] / 1024:6.1f} MiB")
    print(f"peak memory at {LARGE:6} hosts: {large['peak_kib'] / 1024:6.1f} MiB")
    print(f"of {LARGE} with 5% broken: {large['endpoints']} verified, {large['causes']}")
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "fleet.json").write_text(
        json.dumps({"rates": rates, "small": small, "large": large}, indent=2) + "\n"
    )


if __name__ == "__main__":
    main()
