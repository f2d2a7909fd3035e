"""The port to whatever runs the work: what the rest of the watch may ask of it, and no more.

A job may be run twice: a process may die after the work and before its note of it. So jobs are
written to do no harm the second time, and say by a key which of their deeds are the same.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

Value = str | int | float | bool | None

# What a job is given: a flat document, which survives the process.
Argument = Mapping[str, Value]

# A job takes its argument; it raises to be tried again.
Job = Callable[[Argument], None]


class Work(Protocol):
    """Runs jobs, on one machine or on several that share a database."""

    def job(self, name: str, run: Job, *, attempts: int = 1, at_once: int = 1) -> None:
        """Declare a job, before the work starts.

        Args:
            name: its name, the same in every version.
            run: does it.
            attempts: how often it is tried before it counts as failed; between the tries the
                time doubles, from one second on.
            at_once: how many of its kind one machine runs at the same time.
        """
        ...

    def every(self, name: str, period: timedelta, run: Callable[[], None]) -> None:
        """Declare what is done once in each period, by one of all machines, before the work starts.

        A period that nobody was there for is not caught up with.
        """
        ...

    def submit(self, name: str, argument: Argument, *, key: str) -> None:
        """Have a job done, durably: when this returns, it will be done though all machines stop.

        Args:
            name: of a declared job.
            argument: what it is given.
            key: of two submissions with the same key, the second is none.
        """
        ...

    def start(self) -> None:
        """Begin, with what was left undone first."""
        ...

    def stop(self) -> None:
        """Let what runs come to an end, and begin nothing more."""
        ...

    def problem(self) -> str | None:
        """Say what keeps the work from being done, or None; for `/readyz`."""
        ...
