"""The port's simplest implementation: all work is done by whoever calls `run_due`.

For tests, and as the reading of what the port means. It keeps nothing: what was not done when the
process ends is lost, so no installation runs on it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from keypin.watch.work.declared import Declared, Schedule, Task, pause, period_of
from keypin.watch.work.port import Argument, Job

_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Submission:
    task: Task
    argument: Argument
    due_at: datetime
    tries: int = 0


@dataclass(slots=True)
class Inline:
    """Work in one process and one thread, whenever it is told to.

    Attributes:
        clock: tells the time.
        declared: the jobs and schedules.
    """

    clock: Callable[[], datetime] = _now
    declared: Declared = field(default_factory=Declared)
    _keys: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _waiting: list[_Submission] = field(default_factory=list[_Submission])
    _fired: dict[str, int] = field(default_factory=dict[str, int])

    def job(self, name: str, run: Job, *, attempts: int = 1, at_once: int = 1) -> None:
        """Declare a job; see `Work.job`."""
        self.declared.job(name, run, attempts=attempts, at_once=at_once)

    def every(self, name: str, period: timedelta, run: Callable[[], None]) -> None:
        """Declare what is done once in each period; see `Work.every`."""
        self.declared.every(name, period, run)

    def submit(self, name: str, argument: Argument, *, key: str) -> None:
        """Have a job done at the next `run_due`; see `Work.submit`."""
        task = self.declared.task(name)
        if (name, key) not in self._keys:
            self._keys.add((name, key))
            self._waiting.append(_Submission(task, dict(argument), self.clock()))

    def start(self) -> None:
        """Do nothing: work is done when it is asked for."""

    def stop(self) -> None:
        """Do nothing: nothing runs."""

    def problem(self) -> str | None:
        """Return None: nothing keeps it from working."""
        return None

    def run_due(self) -> int:
        """Do what is due, and what that submits in turn.

        Returns:
            How many jobs and schedules were run.
        """
        done = sum(self._fire(schedule) for schedule in self.declared.schedules.values())
        while due := [one for one in self._waiting if one.due_at <= self.clock()]:
            for submission in due:
                self._waiting.remove(submission)
                self._try(submission)
            done += len(due)
        return done

    def _fire(self, schedule: Schedule) -> bool:
        period = period_of(self.clock(), schedule.period)
        if self._fired.get(schedule.name) == period:
            return False
        self._fired[schedule.name] = period
        try:
            schedule.run()
        except Exception:  # noqa: BLE001 - whatever it is, other work goes on
            _log.exception("%s failed; it is done again in its next period", schedule.name)
        return True

    def _try(self, submission: _Submission) -> None:
        submission.tries += 1
        try:
            submission.task.run(submission.argument)
        except Exception:  # noqa: BLE001 - whatever it is, other work goes on
            left = submission.task.attempts - submission.tries
            _log.exception("%s failed; tries left: %d", submission.task.name, left)
            if left > 0:
                submission.due_at = self.clock() + pause(submission.tries)
                self._waiting.append(submission)
