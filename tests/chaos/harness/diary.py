"""What happened in which round, for people: figures, and all there is to know of what failed."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from keypin_chaos.installation import Installation, Process
from keypin_chaos.outside import Load

_LINES, _LONGEST = 15, 600


@dataclass
class Diary:
    """The rounds of an installation.

    Attributes:
        kind: of its database.
        seed: what the dice were seeded with.
        seconds: by fault, from the end of each to when all was well again.
    """

    kind: str
    seed: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def explaining(self, one: Installation, what: str) -> Iterator[None]:
        """Say, of what fails, when it was and what the processes said at last."""
        try:
            yield
        except BaseException as error:
            error.add_note(f"{self.kind}, seed {self.seed}, {what}")
            for process in one.processes:
                error.add_note(_last_words(process))
            raise

    def summary(self, one: Installation, load: Load) -> Iterator[str]:
        """Yield the figures."""
        yield (
            f"{self.kind}, seed {self.seed}: {len(load.acknowledged)} reports acknowledged, "
            f"{len(load.refused)} refused, {len(load.unanswered)} without an answer; "
            f"{one.hook.mark()} messages to webhooks"
        )
        for fault, seconds in sorted(self.seconds.items()):
            yield (
                f"  {fault:10} {len(seconds):3} rounds; well again after {median(seconds):.1f} s "
                f"in the middle, {max(seconds):.1f} s at most"
            )


def _last_words(process: Process) -> str:
    ended = None if process.running is None else process.running.poll()
    lines = process.log.read_text(errors="replace").splitlines()[-_LINES:]
    said = "\n".join(line[:_LONGEST] for line in lines)
    return f"port {process.port}, ended with {ended}; it said:\n{said}"
