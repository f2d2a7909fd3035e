"""How long keypin takes to start, against a Python that does nothing, in the same run.

    python bench/bench_startup.py [ROUNDS]

Rounds are interleaved, so that a busy moment of the machine hits every command alike; the medians
are compared. Exit code 1 where a target is missed.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEYPIN = str(Path(sys.executable).with_name("keypin"))
PYTHON = sys.executable


@dataclass
class Case:
    """A command, the milliseconds it may take, and those it took."""

    name: str
    command: Sequence[str]
    target: float | None
    taken: list[float] = field(default_factory=list[float])

    def run(self) -> None:
        """Run the command once, from the start of its process to the end."""
        began = time.perf_counter()
        subprocess.run(self.command, stdout=subprocess.DEVNULL, check=True)
        self.taken.append((time.perf_counter() - began) * 1000)

    @property
    def missed(self) -> bool:
        """Whether the median is above the target."""
        return self.target is not None and median(self.taken) > self.target


def cases(folder: Path) -> list[Case]:
    """Return the commands; the first is what the others are compared with."""
    key = folder / "key.pem"
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return [
        Case("python -c pass", [PYTHON, "-c", "pass"], None),
        Case("import keypin", [PYTHON, "-c", "import keypin"], 60),
        Case("keypin --help", [KEYPIN, "--help"], 150),
        Case("keypin pin FILE", [KEYPIN, "pin", str(key)], 150),
    ]


def main() -> None:
    """Measure, print the table, and say whether every target was reached."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with TemporaryDirectory() as folder:
        measured = cases(Path(folder))
        for case in measured:
            case.run()  # the first run reads files that later ones find in memory
            case.taken.clear()
        for _ in range(rounds):
            for case in measured:
                case.run()
    nothing = median(measured[0].taken)
    print(f"Start-up on Python {sys.version.split()[0]}, median of {rounds} interleaved runs")
    print(f"{'command':<16} {'ms':>6} {'best':>6} {'ratio':>6}  target")
    for case in measured:
        middle = median(case.taken)
        target = f"{case.target:g} ms: {'MISSED' if case.missed else 'ok'}" if case.target else "-"
        figures = f"{middle:6.0f} {min(case.taken):6.0f} {middle / nothing:6.1f}"
        print(f"{case.name:<16} {figures}  {target}")
    sys.exit(any(case.missed for case in measured))


if __name__ == "__main__":
    main()
