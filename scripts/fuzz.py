"""Fuzz every target for a while, each with a corpus of its own below fuzz/corpus.

    python scripts/fuzz.py [SECONDS] [TARGET...]

Targets are the files fuzz/fuzz_*.py. Stops at the first finding; libFuzzer leaves the input that
made it beside the corpus.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def fuzz(target: Path, seconds: int) -> int:
    """Run one target; the exit code is libFuzzer's."""
    corpus = ROOT / "fuzz" / "corpus" / target.stem
    corpus.mkdir(parents=True, exist_ok=True)
    print(f"== {target.stem}, {seconds} s", flush=True)
    limits = [f"-max_total_time={seconds}", "-max_len=65536", f"-artifact_prefix={corpus}."]
    return subprocess.run(
        [sys.executable, str(target), *limits, "-print_final_stats=1", str(corpus)],
        cwd=ROOT,
        check=False,
    ).returncode


def main() -> None:
    """Fuzz the targets that the command line names, or all."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    chosen = sys.argv[2:] or [path.stem for path in sorted((ROOT / "fuzz").glob("fuzz_*.py"))]
    for name in chosen:
        if code := fuzz(ROOT / "fuzz" / f"{name}.py", seconds):
            sys.exit(code)


if __name__ == "__main__":
    main()
