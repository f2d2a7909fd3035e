"""Entries from memory: tiles and pages read, searched, and verified to the root that is signed.

    python bench/ct/memory.py

Prints a line of JSON: of each kind, entries a CPU second for some numbers of watched domains, and
for a log of a quarter of the size.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cores import CLIENT, stay_on
from entries import Bench, hit, watched

from keypin.ct.entry import TILE_WIDTH, Block, read_page, read_tile
from keypin.ct.head import TreeHead
from keypin.ct.logged import read
from keypin.ct.merkle import Tree
from keypin.ct.sct import LogKey
from keypin.ct.tail import Tail
from keypin.ct.watch_list import WatchList
from keypin.lab.ct_api import Ask, CtApi
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_view import Client

ENTRIES = 1 << 15
WATCHED = (10, 10_000, 1_000_000)
ROUNDS = 9

Reader = Callable[[bytes, int], Block]


class Answers:
    """What a log answered.

    Args:
        bench: what makes its entries.
        entries: how many.
        tiles: whether it is a static one.
    """

    def __init__(self, bench: Bench, entries: int, *, tiles: bool) -> None:
        log = CtLog(static=tiles)
        bench.fill(log, entries, datetime.now(UTC))
        self._api = CtApi(log)
        self.size = entries
        self.read: Reader = _read_tile if tiles else read_page
        self.head = TreeHead.of_json(self._get("/ct/v1/get-sth"))
        self.head.verify(LogKey(log.signer.spki))
        self.bodies = [
            self._get(f"/tile/data/{first // TILE_WIDTH:03}")
            if tiles
            else self._get("/ct/v1/get-entries", start=first, end=first + TILE_WIDTH - 1)
            for first in range(0, entries, TILE_WIDTH)
        ]

    def _get(self, path: str, **query: int) -> bytes:
        asked = {name: str(value) for name, value in query.items()}
        return self._api.answer(Ask(path, Client(0), asked)).body

    def rate(self, watch_list: WatchList) -> float:
        """Return how many entries a CPU second are read, searched and verified."""
        return self.size / min(self._seconds(watch_list) for _ in range(ROUNDS))

    def _seconds(self, watch_list: WatchList) -> float:
        began = time.process_time()
        tail, found = Tail(Tree(), self.head), list[int]()
        for number, body in enumerate(self.bodies):
            block = self.read(body, number * TILE_WIDTH)
            for position in watch_list.candidates(block):
                logged = read(block.entry(position))
                if watch_list.matches(logged):
                    found.append(logged.entry.index)
            if tail.take(block.hashes):
                raise SystemExit("the root is another")
        taken = time.process_time() - began
        if not tail.level or not _all_hits(found, self.size, len(watch_list)):
            raise SystemExit("not all was found, or verified")
        return taken


def _read_tile(data: bytes, first: int) -> Block:
    return read_tile(data, first, TILE_WIDTH)


def _all_hits(found: list[int], size: int, names: int) -> bool:
    """Tell whether what there is was found; of a short list not every hit is watched."""
    wanted = [index for index in range(size) if hit(index, size)]
    return found == wanted if names >= min(WATCHED[1:]) else set(found) <= set(wanted)


def main() -> None:
    """Measure and print."""
    stay_on(CLIENT)
    bench = Bench(datetime.now(UTC))
    lists = {count: WatchList(domains=watched(count)) for count in WATCHED}
    rates = dict[str, dict[str, float]]()
    for kind in ("static", "rfc6962"):
        answers = Answers(bench, ENTRIES, tiles=kind == "static")
        rates[kind] = {str(count): answers.rate(lists[count]) for count in WATCHED}
        quarter = Answers(bench, ENTRIES // 4, tiles=kind == "static")
        rates[kind]["quarter"] = quarter.rate(lists[WATCHED[1]])
        rates[kind]["bytes"] = sum(map(len, answers.bodies)) / ENTRIES
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
