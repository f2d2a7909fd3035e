"""keypin's own run over the logs of `server.py`, in a process of its own.

    python bench/ct/own.py KIND WATCHED STATE LOGS

LOGS is the server's line. Reads all logs to their ends, prints a line of JSON, and does so again
for each line that it reads.
"""

import json
import resource
import sys
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from cores import CLIENT, stay_on
from entries import watched

from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.monitor.client import Client
from keypin.monitor.hits import Hits
from keypin.monitor.http import connections
from keypin.monitor.log import Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import Store

BEGINNING = datetime.fromtimestamp(0, UTC)


def main() -> None:
    """Follow, count and print."""
    stay_on(CLIENT)
    kind, count, state, listed = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    found = Hits(WatchList(domains=watched(count)))
    store = Store(state)
    with connections() as http:
        while True:
            monitor = Monitor(store, found, begin=BEGINNING, once=True)
            logs = followed(kind, listed, http, monitor)
            print(json.dumps(follow(store, monitor, logs)), flush=True)
            if not sys.stdin.readline():
                break
    store.close()


def followed(kind: str, logs: str, http: httpx2.Client, monitor: Monitor) -> list[Log]:
    """Return the logs."""
    rows = [(LogKey(b64decode(row["key"])), row["url"]) for row in json.loads(logs)]
    reads = Pages if kind == "rfc6962" else Tiles
    return [
        Log(key.log_id, url, timedelta(days=1), reads(Client(url, http, monitor.pause), key))
        for key, url in rows
    ]


def follow(store: Store, monitor: Monitor, logs: list[Log]) -> dict[str, Any]:
    """Read all logs to their ends, and return what that took."""
    cpu, wall = time.process_time(), time.monotonic()
    monitor.start(logs)
    while monitor.running():
        monitor.wait(0.02)
    monitor.stop()
    news = store.take(100_000)
    store.told(news)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "entries": sum(one.read for one in monitor.progress),
        "verified": all(one.level and not one.alarms for one in monitor.progress),
        "hits": len(news),
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


if __name__ == "__main__":
    main()
