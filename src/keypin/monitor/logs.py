"""Which logs are followed, and by which of their interfaces, from a log list."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import httpx2

from keypin.ct.log_list import Api, ListedLog, LogList, State
from keypin.monitor.client import Client
from keypin.monitor.log import Log
from keypin.monitor.source import Pages, Source, Tiles

# Retired logs promise nothing any more, and rejected ones never did.
FOLLOWED = frozenset({State.PENDING, State.QUALIFIED, State.USABLE, State.READONLY})
# A log that has its final tree head signs no other: it cannot stall.
_NEVER = timedelta(days=36500)


def chosen(log_list: LogList, at: datetime, patterns: Iterable[str] = ()) -> list[ListedLog]:
    """Return the logs of a list that are worth following.

    Args:
        log_list: the list.
        at: the moment; shards whose certificates have all expired are left out.
        patterns: names, with * and ?, of those to take whatever their state; none for all others.
    """
    wanted = [pattern.lower() for pattern in patterns]
    found = dict[bytes, ListedLog]()
    for log in log_list.logs:
        if wanted:
            taken = any(fnmatchcase(log.description.lower(), pattern) for pattern in wanted)
        else:
            taken = log.state_at(at) in FOLLOWED
            taken = taken and (log.interval is None or log.interval.end > at)
        # Tiles cost less than pages, for the log and for who reads it.
        if taken and (log.log_id not in found or log.api is Api.STATIC):
            found[log.log_id] = log
    return list(found.values())


def followed(listed: ListedLog, http: httpx2.Client, pause: Callable[[float], None]) -> Log:
    """Return a log of a list, ready to be followed.

    Args:
        listed: the log.
        http: the connections to use.
        pause: what its client waits with.
    """
    frozen = listed.standing is not None and listed.standing.final_size is not None
    mmd = _NEVER if frozen else timedelta(seconds=listed.mmd)
    return Log(listed.log_id, listed.description, mmd, source_of(listed, http, pause))


def source_of(listed: ListedLog, http: httpx2.Client, pause: Callable[[float], None]) -> Source:
    """Return what reads a log of a list, by the interface that the list names."""
    pages = Pages(Client(listed.submission_url, http, pause), listed.key)
    if listed.api is Api.RFC6962:
        return pages
    origin = urlsplit(listed.submission_url)
    # The origin of a static log is its submission prefix without scheme and slash.
    name = f"{origin.netloc}{origin.path}".rstrip("/")
    client = Client(listed.monitoring_url, http, pause)
    return Tiles(client, listed.key, name, pages.head)
