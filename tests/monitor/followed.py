"""Follows a log of the laboratory in a process that may be killed at any moment.

Run by `test_killed.py`. It forks at each line that it reads, so that a follower begins at once:
nothing but imports has happened before. A follower writes its process ID,
then each piece of news as a line of JSON, and tells the store when a batch has left.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keypin.ct.sct import LogKey
from keypin.monitor import follower
from keypin.monitor.client import Client
from keypin.monitor.http import connections
from keypin.monitor.log import Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import News, Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALL = datetime(1980, 1, 1, tzinfo=UTC)
# So small that some thousand entries meet everything: leaps, slices, proofs between, news on hold.
follower.GAP, follower.SLICE, follower.STRIDE, follower.HELD = 600, 700, 300, 50


def follow(kind: type[Pages | Tiles], client: Client, key: LogKey, state: Path) -> None:
    """Follow a log, and tell of each entry, without an end."""
    store = Store(state)
    monitor = Monitor(store, each, begin=ALL, interval=0.01, now=lambda: NOW)
    monitor.start([Log(key.log_id, "killed", timedelta(days=1), kind(client, key))])
    while monitor.running():
        batch = store.take(20)
        for one in batch:
            say({**json.loads(one.body), "repeated": one.repeated})
        store.told(batch)
        if not batch:
            monitor.wait(0.005)


def each(_: Log, block) -> list[News]:
    """Return one piece of news for each entry."""
    return [News(f"entry {n}", json.dumps({"index": n}), n) for n in range(block.first, block.end)]


def say(document: dict) -> None:
    """Write a line; so short a one goes into a pipe as a whole or not at all."""
    os.write(1, json.dumps(document).encode() + b"\n")


def main(interface: str, url: str, spki: str, state: str) -> None:
    """Fork a follower at each line, and say when it has ended."""
    kind = {"pages": Pages, "tiles": Tiles}[interface]
    with connections() as http:
        client, key = Client(url, http), LogKey(bytes.fromhex(spki))
        for _ in sys.stdin.buffer:
            child = os.fork()
            if not child:
                say({"pid": os.getpid()})
                follow(kind, client, key, Path(state))
            os.waitpid(child, 0)
            say({"over": child})


if __name__ == "__main__":
    main(*sys.argv[1:])
