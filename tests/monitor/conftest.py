"""A log of the laboratory, served by both interfaces, and followers of it."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx2
import pytest

from keypin.ct.sct import LogKey
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import BOTH, Ask, CtApi
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.lab.ct_view import Answer
from keypin.monitor.client import Client
from keypin.monitor.follower import Follower
from keypin.monitor.log import Log
from keypin.monitor.reader import Allowance, Reader
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import News, Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALL = datetime(1980, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def certificate() -> bytes:
    """Return a certificate to log."""
    return issue(Request(name="a.example", key=new_key("ecdsa"), hosts=("a.example",)), NOW).der


@pytest.fixture
def grow(certificate) -> Callable[..., None]:
    """Return a function that adds entries to a log, a second apart, and publishes its tree."""

    def more(log: CtLog, count: int, at: datetime = NOW) -> None:
        last = int(at.timestamp()) * 1000
        log.extend([(last - 1000 * n, certificate, None, None) for n in reversed(range(count))])
        log.publish(at)

    return more


@pytest.fixture
def log(grow) -> CtLog:
    """Return a log of 700 entries, the last of them at `NOW`."""
    log = CtLog("monitored")
    grow(log, 700)
    return log


@pytest.fixture
def serve() -> Iterator[Callable[..., CtServer]]:
    """Return a function that serves a log until the test ends."""
    with ExitStack() as stack:
        yield lambda log, parts=BOTH, **more: stack.enter_context(
            CtServer(CtApi(log, parts, **more))
        )


class Script:
    """What a server answers that is no log.

    Args:
        answers: one for each request, and the last one for all behind; or a function that makes
            them.

    Attributes:
        asked: the requests.
    """

    def __init__(self, *answers: Answer | Callable[[Ask], Answer]) -> None:
        self.log = SimpleNamespace(origin="no log")
        self.asked: list[Ask] = []
        self._answers = answers

    def answer(self, ask: Ask) -> Answer:
        """Answer a request."""
        self.asked.append(ask)
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        return answer if isinstance(answer, Answer) else answer(ask)


@pytest.fixture
def script() -> Iterator[Callable[..., CtServer]]:
    """Return a function that serves answers until the test ends."""
    with ExitStack() as stack:
        yield lambda *answers, **more: stack.enter_context(
            CtServer(Script(*answers), packs=False, **more)
        )


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """Return connections that trust the environment with nothing."""
    # To read the roots for each takes 50 ms, and nobody here speaks TLS.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx2.Client(timeout=5, trust_env=False, verify=nobody) as connections:
        yield connections


@pytest.fixture
def client(http) -> Callable[[CtServer], Client]:
    """Return a function that makes a client of a server, which never really waits."""
    return lambda server: Client(server.url, http, lambda _: None)


@pytest.fixture(params=["pages", "tiles"])
def source(request, client):
    """Return a function that reads a served log by one of the two interfaces."""
    kind = {"pages": Pages, "tiles": Tiles}[request.param]
    return lambda server: kind(client(server), LogKey(server.api.log.signer.spki))


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    """Return a store in a directory of its own."""
    store = Store(tmp_path / "state")
    yield store
    store.close()


@pytest.fixture
def follow(store):
    """Return a function that makes a follower of a source, which finds every entry."""
    readers: list[Reader] = []

    def follower(
        source, begin=ALL, now=lambda: NOW, found=None, mmd=timedelta(days=1), log_id=b"L" * 32
    ) -> Follower:
        reader = Reader(source, Allowance())
        readers.append(reader)
        log = Log(log_id, "monitored", mmd, source)
        return Follower(
            log, store, reader, found or each, begin=begin, now=now, stopping=lambda: False
        )

    yield follower
    for reader in readers:
        reader.close()


def each(_: Log, block) -> list[News]:
    """Return one piece of news for each entry."""
    return [News(f"entry {n}", json.dumps({"index": n}), n) for n in range(block.first, block.end)]


@pytest.fixture
def told(store) -> Callable[[], list[dict]]:
    """Return a function that takes what there is to tell."""

    def bodies() -> list[dict]:
        batch = store.take(100_000)
        store.told(batch)
        return [json.loads(one.body) for one in batch]

    return bodies
