"""Ten thousand handshakes while the pins change every millisecond: verdicts and memory.

    python bench/bench_storm.py [HANDSHAKES]

Half of the connections go to a server whose key is pinned in every pin set, half to one whose key
is in none. Once in 50 threads, once in asyncio. A verdict is wrong if one of the first is refused
or one of the second let in. Memory is the resident set, after one such storm and after another;
asyncio itself keeps a quarter of a MiB for each refused connection until it is collected.
"""

import asyncio
import gc
import logging
import resource
import socket
import ssl
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from bench_handshake import server

import keypin

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
AT_ONCE = 50
NAMES = ("good", "bad")
GROWTH = 1.05  # resident memory may breathe


def resident() -> float:
    """Return the process's resident memory in MiB."""
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Swapper:
    """Swaps two pin sets every millisecond, inside `with`."""

    def __init__(self, pins: list[str]) -> None:
        other = "sha256/" + "A" * 43 + "="
        self._sets = [
            keypin.PinSet.from_mapping({"localhost": found}) for found in (pins, [*pins, other])
        ]
        self.source = keypin.PinSource(self._sets[0])
        self.swaps = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.001):
            self.swaps += 1
            self.source.swap(self._sets[self.swaps % 2])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def in_threads(context: ssl.SSLContext, ports: dict[str, int], count: int) -> Counter[str]:
    """Connect from threads, and count the verdicts."""

    def connect(name: str) -> str:
        try:
            with socket.create_connection(("127.0.0.1", ports[name])) as plain:
                context.wrap_socket(plain, server_hostname="localhost").close()
        except keypin.PinMismatchError:
            return f"{name} refused"
        return f"{name} accepted"

    def share(_: int) -> Counter[str]:
        return Counter(connect(NAMES[index % 2]) for index in range(count // AT_ONCE))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(share, range(AT_ONCE)), Counter())


def in_asyncio(context: ssl.SSLContext, ports: dict[str, int], count: int) -> Counter[str]:
    """Connect from coroutines, and count the verdicts."""

    async def connect(name: str) -> str:
        try:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", ports[name], ssl=context, server_hostname="localhost"
            )
        except keypin.PinMismatchError:
            return f"{name} refused"
        writer.transport.abort()
        return f"{name} accepted"

    async def share() -> Counter[str]:
        return Counter([await connect(NAMES[index % 2]) for index in range(count // AT_ONCE)])

    async def main() -> Counter[str]:
        return sum(await asyncio.gather(*(share() for _ in range(AT_ONCE))), Counter())

    return asyncio.run(main())


def main() -> None:
    """Measure, print, and fail where a verdict is wrong or memory grows."""
    failed = False
    logging.disable()  # half of all is refused, and the log says each
    with server() as told:
        ways = (
            (f"{AT_ONCE} threads", in_threads),
            ("asyncio", in_asyncio),
        )
        for name, way in ways:
            with Swapper(told["pins"]) as swapper:
                context = keypin.create_default_context(swapper.source, cafile=told["cafile"])
                way(context, told["ports"], COUNT)
                before = resident()
                verdicts = way(context, told["ports"], COUNT)
                after = resident()
            wrong = verdicts["good refused"] + verdicts["bad accepted"]
            failed |= bool(wrong) or after > before * GROWTH
            print(
                f"{name}: {sum(verdicts.values())} handshakes, {swapper.swaps} swaps of the pins, "
                f"{wrong} wrong verdicts, memory {before:.1f} to {after:.1f} MiB"
            )
    sys.exit(failed)


if __name__ == "__main__":
    main()
