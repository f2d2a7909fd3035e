"""Many endpoints at once, as a stream: memory does not grow with their number."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from keypin.certs import Endpoint, Observation
from keypin.probe.attempt import Surroundings
from keypin.probe.engine import Conversation, Engine
from keypin.probe.options import FLEET, Options
from keypin.probe.probing import Probing
from keypin.probe.verdicts import Verdicts
from keypin.trust import platform_trust

# Conversations at once: enough to hide the network's latency, below any limit on descriptors.
CONCURRENCY = 100

# Endpoints of one host at once: a courtesy to servers.
PER_HOST = 4


class _Source:
    """Hands out conversations, no more than so many for one host at once.

    Endpoints of a busy host are set aside, a bounded number of them; then the source pauses.
    """

    def __init__(
        self, endpoints: Iterable[Endpoint], around: Surroundings, per_host: int, set_aside: int
    ) -> None:
        self._endpoints = iter(endpoints)
        self._around = around
        self._per_host = per_host
        self._most = set_aside
        self._busy: Counter[str] = Counter()
        self._aside: deque[Endpoint] = deque()

    def __iter__(self) -> Iterator[Conversation | None]:
        while True:
            endpoint = self._from_aside() or self._next_free()
            if endpoint is not None:
                self._busy[endpoint.host] += 1
                yield self._probing(endpoint)
            elif self._aside:
                yield None
            else:
                return

    def _from_aside(self) -> Endpoint | None:
        for _ in range(len(self._aside)):
            endpoint = self._aside.popleft()
            if self._busy[endpoint.host] < self._per_host:
                return endpoint
            self._aside.append(endpoint)
        return None

    def _next_free(self) -> Endpoint | None:
        while len(self._aside) < self._most:
            endpoint = next(self._endpoints, None)
            if endpoint is None or self._busy[endpoint.host] < self._per_host:
                return endpoint
            self._aside.append(endpoint)
        return None

    def _probing(self, endpoint: Endpoint) -> Conversation:
        try:
            return (yield from Probing(self._around, endpoint).run())
        finally:
            self._busy[endpoint.host] -= 1
            if not self._busy[endpoint.host]:
                del self._busy[endpoint.host]


def _batches(
    engine: Engine, endpoints: Iterable[Endpoint], options: Options, concurrency: int, per_host: int
) -> Iterator[list[Observation]]:
    if concurrency < 1 or per_host < 1:
        raise ValueError("at least one endpoint is probed at once")
    trust = options.trust or platform_trust()
    around = Surroundings(
        replace(options, trust=trust), engine.clock, Verdicts(trust, options.extra)
    )
    source = _Source(endpoints, around, per_host, 4 * concurrency)
    return engine.run(source, concurrency)


def probe_stream(
    endpoints: Iterable[Endpoint],
    options: Options = FLEET,
    *,
    concurrency: int = CONCURRENCY,
    per_host: int = PER_HOST,
) -> Generator[Observation, None, None]:
    """Probe many endpoints in this thread and yield each observation when it is complete.

    Args:
        endpoints: taken as there is room; it may be endless.
        options: how to probe; one handshake an address unless told otherwise.
        concurrency: how many endpoints at once.
        per_host: how many endpoints of one host at once.

    Raises:
        ValueError: a number is below one.
        InputError: the platform's trust store cannot be read.
    """
    with Engine() as engine:
        for batch in _batches(engine, endpoints, options, concurrency, per_host):
            yield from batch


async def probe_many(
    endpoints: Iterable[Endpoint],
    options: Options = FLEET,
    *,
    concurrency: int = CONCURRENCY,
    per_host: int = PER_HOST,
) -> AsyncGenerator[Observation, None]:
    """Probe many endpoints beside an event loop; arguments and errors as in `probe_stream`.

    The handshakes run in a thread of their own. Leaving the loop early (use `aclosing`) ends them.
    """
    loop = asyncio.get_running_loop()
    with Engine() as engine, ThreadPoolExecutor(1, "keypin-probe") as thread:
        batches = _batches(engine, endpoints, options, concurrency, per_host)
        try:
            while batch := await loop.run_in_executor(thread, next, batches, None):
                for observation in batch:
                    yield observation
        finally:
            engine.stop()


async def probe(endpoint: Endpoint, options: Options | None = None) -> Observation:
    """Probe one endpoint: every address, and both kinds of certificate unless told otherwise.

    Raises:
        InputError: the platform's trust store cannot be read.
    """
    observations = [
        observation
        async for observation in probe_many((endpoint,), Options() if options is None else options)
    ]
    return observations[0]
