"""A move that is killed before it commits: killed_move.py DATA URL COMMITS, counted from 0."""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from keypin.watch.moving import move
from keypin.watch.settings import Settings


def main(data: str, url: str, commits: str) -> None:
    """Move until it is time."""
    left = int(commits)

    def before_commit(_: Connection) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    counts: dict[str, int] = {}
    event.listen(Engine, "commit", before_commit)
    move(Settings(data=Path(data)), url, counts.__setitem__)


if __name__ == "__main__":
    main(*sys.argv[1:])
