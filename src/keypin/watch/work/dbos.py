"""The port on DBOS Transact: what was submitted is done, though every process is killed.

A job is a DBOS workflow, its key the workflow's identifier, and each kind of job has a queue. Which
machine does what is decided by DBOS's tables; what a dead one had begun is done by another
(`keypin.watch.work.peers`). Schedules are our own (`keypin.watch.work.schedules`), on the same
database. DBOS holds one set of work for a process, so a process has one of these at a time.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from keypin.watch.store import Database
from keypin.watch.work.clock import SharedClock
from keypin.watch.work.dbos_engine import configuration, destroy, launch
from keypin.watch.work.declared import Declared, Task, pause
from keypin.watch.work.peers import Peers
from keypin.watch.work.port import Argument, Job
from keypin.watch.work.schedules import Schedules

if TYPE_CHECKING:
    from dbos import DBOSConfig

_log = logging.getLogger(__name__)

# How often a queue is looked at. DBOS takes what a look finds and no more until the next one, so
# a look takes more than may run at once; the rest waits here.
_POLL = 0.5
_AHEAD = 16

# How long the stop waits for jobs that run; those that take longer are done again later.
_PATIENCE = 10.0

# DBOS notes the end of a job a moment after it; one whose end is not noted is done again.
_NOTE = 0.25

# How long it is remembered that a key was done.
_REMEMBERED = timedelta(days=7)
_BATCH = 500


class _LeftError(BaseException):
    """A job was not run, because the process stops. DBOS notes what is an Exception as an end."""


class DbosWork:
    """Durable work on one machine, or on several that share PostgreSQL.

    Args:
        database: the installation's.
        clock: tells the time.
        worker: the name of this process: the same after a restart where no other process can be,
            and another each time where others may be.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], *, worker: str) -> None:
        self._database = database
        self._worker = worker
        self._clock = SharedClock(database, clock)
        self._declared = Declared()
        self._room: dict[str, threading.Semaphore] = {}
        self._stopping = threading.Event()
        self._idle = threading.Condition()
        self._running = 0
        self._schedules: Schedules | None = None
        self._peers: Peers | None = None
        self._ended_at = 0.0
        self._config: DBOSConfig | None = None
        self._submit: Callable[[str, str, Argument], None] | None = None

    def job(self, name: str, run: Job, *, attempts: int = 1, at_once: int = 1) -> None:
        """Declare a job; see `Work.job`."""
        self._declared.job(name, run, attempts=attempts, at_once=at_once)
        self._room[name] = threading.Semaphore(at_once)

    def every(self, name: str, period: timedelta, run: Callable[[], None]) -> None:
        """Declare what is done once in each period; see `Work.every`."""
        self._declared.every(name, period, run)

    def submit(self, name: str, argument: Argument, *, key: str) -> None:
        """Have a job done, durably; see `Work.submit`.

        A key is remembered for a week after the job was done.

        Raises:
            ValueError: no job of this name was declared.
            RuntimeError: the work has not been started.
        """
        self._declared.task(name)
        if self._submit is None:
            raise RuntimeError("the work has not been started; start it before jobs are submitted")
        self._submit(name, key, argument)

    def start(self) -> None:
        """Begin, with what was left undone first; see `Work.start`."""
        self._stopping.clear()
        if not self._database.sqlite:
            self._peers = Peers(self._database, self._worker, _recover)
            self._peers.start()
        self._config = configuration(self._database, self._worker)
        self._submit = self._launch(self._config)
        self._declare_pruning()
        self._schedules = Schedules(self._database, self._declared, self._clock, self._worker)
        self._schedules.start()

    def stop(self) -> None:
        """Let what runs come to an end, and begin nothing more; see `Work.stop`."""
        self._stopping.set()
        if self._schedules is not None:
            self._schedules.stop()
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0, timeout=_PATIENCE)
        if monotonic() - self._ended_at < _NOTE:
            sleep(_NOTE)
        self._submit = None
        if self._config is not None:
            destroy(self._config)
            self._config = None
        if self._peers is not None:
            self._peers.stop()

    def problem(self) -> str | None:
        """Say what keeps the work from being done; see `Work.problem`."""
        if self._schedules is None:
            return "the work has not been started"
        return self._schedules.failure or (self._peers.failure if self._peers else None)

    def _launch(self, config: "DBOSConfig") -> Callable[[str, str, Argument], None]:
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415 - half a second

        @DBOS.workflow(name="job")
        def job(name: str, argument: dict[str, Any]) -> None:
            self._do(self._declared.task(name), argument)

        queues = {name: f"keypin-{name}" for name in self._declared.tasks}
        launch(config, list(queues.values()))
        for name, task in self._declared.tasks.items():
            ahead = task.at_once * _AHEAD
            DBOS.register_queue(queues[name], worker_concurrency=ahead, polling_interval_sec=_POLL)

        def submit(name: str, key: str, argument: Argument) -> None:
            with SetWorkflowID(f"{name}/{key}"):
                DBOS.enqueue_workflow(queues[name], job, name, dict(argument))

        return submit

    def _do(self, task: Task, argument: Argument) -> None:
        """Try a job until it is done or its attempts are used up."""
        for tries in range(1, task.attempts + 1):
            if self._tried(task, argument, left=task.attempts - tries):
                return
            if tries < task.attempts and self._stopping.wait(pause(tries).total_seconds()):
                raise _LeftError

    def _tried(self, task: Task, argument: Argument, *, left: int) -> bool:
        self._enter(task)
        try:
            task.run(argument)
        except Exception:  # noqa: BLE001 - whatever it is, other work goes on
            _log.exception("%s failed; tries left: %d", task.name, left)
            return False
        else:
            return True
        finally:
            self._leave(task)

    def _enter(self, task: Task) -> None:
        while not self._room[task.name].acquire(timeout=_POLL):
            if self._stopping.is_set():
                raise _LeftError
        with self._idle:
            self._running += 1
        if self._stopping.is_set():
            self._leave(task)
            raise _LeftError

    def _leave(self, task: Task) -> None:
        self._room[task.name].release()
        with self._idle:
            self._running -= 1
            self._ended_at = monotonic()
            self._idle.notify_all()

    def _declare_pruning(self) -> None:
        if "forget finished work" not in self._declared.schedules:
            self._declared.every("forget finished work", timedelta(hours=1), self._prune)

    def _prune(self) -> None:
        """Remove what ended long ago, in batches."""
        from dbos import DBOS  # noqa: PLC0415 - loaded since the start

        before = (self._clock() - _REMEMBERED).isoformat()
        until = monotonic() + 60
        while not self._stopping.is_set() and monotonic() < until:
            ended = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
                completed_before=before,
                limit=_BATCH,
                load_input=False,
                load_output=False,
            )
            if not ended:
                break
            DBOS.delete_workflows([one.workflow_id for one in ended])


def _recover(workers: list[str]) -> None:
    """Have what other processes had begun done by whoever is alive."""
    from dbos import DBOS  # noqa: PLC0415 - loaded since the start

    # DBOS asks for this by its paid console alone; the function is the one that it calls.
    DBOS._recover_pending_workflows(workers)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
