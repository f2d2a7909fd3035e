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

from entries import watched

from keypin.ct.entry import Block
from keypin.ct.logged import read
from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.monitor.client import Client
from keypin.monitor.http import connections
from keypin.monitor.log import Found, Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import News, Store

BEGINNING = datetime.fromtimestamp(0, UTC)


def finder(watch_list: WatchList) -> Found:
    """Return what looks through blocks."""

    def found(_: Log, block: Block) -> list[News]:
        some = [read(block.entry(position)) for position in watch_list.candidates(block)]
        indexes = [one.entry.index for one in some if watch_list.matches(one)]
        return [News(f"entry {index}", "{}", index) for index in indexes]

    return found


def main() -> None:
    """Follow, count and print."""
    kind, count, state, logs = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    reads = Tiles if kind == "static" else Pages
    found = finder(WatchList(domains=watched(count)))
    store = Store(state)
    with connections() as http:
        while True:
            monitor = Monitor(store, found, begin=BEGINNING, once=True)
            followed = list[Log]()
            for row in json.loads(logs):
                key = LogKey(b64decode(row["key"]))
                source = reads(Client(row["url"], http, monitor.pause), key)
                followed.append(Log(key.log_id, row["url"], timedelta(days=1), source))
            cpu, wall = time.process_time(), time.monotonic()
            monitor.start(followed)
            while monitor.running():
                monitor.wait(0.02)
            monitor.stop()
            news = store.take(100_000)
            store.told(news)
            result = {
                "cpu": time.process_time() - cpu,
                "wall": time.monotonic() - wall,
                "entries": sum(one.read for one in monitor.progress),
                "verified": all(one.level and not one.alarms for one in monitor.progress),
                "trouble": [one.trouble for one in monitor.progress if one.trouble],
                "hits": len(news),
                "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
            print(json.dumps(result), flush=True)
            if not sys.stdin.readline():
                break
    store.close()


if __name__ == "__main__":
    main()
