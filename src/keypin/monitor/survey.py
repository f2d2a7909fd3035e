"""Where logs stand: each is asked for its newest tree head, all at once, and judged by it.

A log publishes a head at least every maximum merge delay (RFC 6962 section 3.5); one that is older,
of a time to come or not signed by the log is told as an alarm, as a monitor would.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import httpx2

from keypin.ct.alarm import SIGNATURE, Alarm
from keypin.ct.head import HeadError, HeadFormatError, TreeHead
from keypin.ct.heads import Heads
from keypin.ct.log_list import ListedLog
from keypin.ct.note import NoteFormatError
from keypin.monitor.client import LogError
from keypin.monitor.log import Log
from keypin.monitor.logs import followed
from keypin.monitor.patience import PATIENCE, patient
from keypin.monitor.store import Store

# Every log is another server, and waiting costs nothing.
AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Read:
    """How far a monitor has read a log.

    Attributes:
        position: up to where everything is verified.
        backlog: how many entries before it are still to be read.
    """

    position: int
    backlog: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Where a log stands.

    Attributes:
        listed: which log.
        head: its newest tree head, signature verified; None where there is none to be had.
        alarms: what is wrong with it.
        trouble: why it gave no answer; empty where it did.
    """

    listed: ListedLog
    head: TreeHead | None
    alarms: tuple[Alarm, ...] = ()
    trouble: str = ""


def survey(
    logs: Sequence[ListedLog], http: httpx2.Client, at: datetime, patience: float = PATIENCE
) -> list[Surveyed]:
    """Ask every log for its newest head.

    Args:
        logs: which.
        http: the connections to use.
        at: the time of the look.
        patience: the seconds after which a log is not tried again.
    """

    def asked(listed: ListedLog) -> Surveyed:
        return _ask(listed, followed(listed, http, patient(patience)), at)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(asked, logs))


def _ask(listed: ListedLog, log: Log, at: datetime) -> Surveyed:
    try:
        head = log.source.head()
    except (HeadError, HeadFormatError, NoteFormatError) as error:
        alarm = Alarm(SIGNATURE, f"what should be a tree head is none: {error}")
        return Surveyed(listed, None, (alarm,))
    except LogError as error:
        return Surveyed(listed, None, trouble=str(error))
    heads = Heads(log.mmd)
    alarms = heads.offer(head, at)
    stalled = heads.check(at)
    return Surveyed(listed, head, (*alarms, stalled) if stalled else alarms)


def read_of(store: Store, log: bytes) -> Read | None:
    """Return how far a monitor's state says that a log is read; None if it does not know it."""
    spans = store.spans(log)
    live = next((span for span in spans if span.live), None)
    if live is None:
        return None
    behind = (span.goal.size - span.tree.size for span in spans if span.goal and not span.live)
    return Read(live.tree.size, sum(behind))
