"""What was declared before the work starts, and the arithmetic of tries and periods.

Shared by every implementation of the port, so that they cannot differ in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from keypin.watch.work.port import Job

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The longest time between two tries.
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Task:
    """A declared job."""

    name: str
    run: Job
    attempts: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A declared schedule."""

    name: str
    period: timedelta
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Declared:
    """The jobs and schedules, by name; a name is given once."""

    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    schedules: dict[str, Schedule] = field(default_factory=dict[str, Schedule])

    def job(self, name: str, run: Job, *, attempts: int, at_once: int) -> None:
        """Declare a job.

        Raises:
            ValueError: the name is taken, or a number is not positive.
        """
        if name in self.tasks:
            raise ValueError(f"two jobs are called {name}")
        if attempts < 1 or at_once < 1:
            raise ValueError(f"the job {name} must be tried, and run, at least once")
        self.tasks[name] = Task(name, run, attempts, at_once)

    def every(self, name: str, period: timedelta, run: Callable[[], None]) -> None:
        """Declare a schedule.

        Raises:
            ValueError: the name is taken, or the period is shorter than a second.
        """
        if name in self.schedules:
            raise ValueError(f"two schedules are called {name}")
        if period < timedelta(seconds=1):
            raise ValueError(f"the period of {name} is {period}, and must be a second at least")
        self.schedules[name] = Schedule(name, period, run)

    def task(self, name: str) -> Task:
        """Return a declared job.

        Raises:
            ValueError: there is none of the name.
        """
        try:
            return self.tasks[name]
        except KeyError:
            raise ValueError(
                f"no job is called {name}; declare it before it is submitted"
            ) from None


def pause(tries: int) -> timedelta:
    """Return how long to wait after so many tries: a second, then twice as long each time."""
    return min(timedelta(seconds=2 ** min(tries - 1, 12)), _LONGEST)


def period_of(at: datetime, period: timedelta) -> int:
    """Return the number of the period in which a moment lies, counted from 1970."""
    return (at - _EPOCH) // period
