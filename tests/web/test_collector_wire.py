"""Reports as bytes on a connection: however they come, each is answered once, and in its order."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from keypin.inventory.entries import Application
from keypin.watch.collecting.batches import IntakeError
from keypin.watch.core import Core
from keypin.watch.inventory import applications
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline
from keypin.web.collector import Collector, Front
from keypin.web.collector_wire import Wire

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
BODY = json.dumps({"version": "4.2.0"}).encode()
EOL = "\r\n"


class Counting(Front):
    """Counts what is answered as ASGI has it."""

    def __init__(self, collector: Collector, app: ASGIApp) -> None:
        super().__init__(collector, app)
        self.tasks = 0
        self.asked = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            self.tasks += 1
            self.asked.set()
        await super().__call__(scope, receive, send)


class Disk:
    """A disk that can be held up."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.kept = 0
        self.full = False

    def append(self, _: bytes, count: int) -> None:
        """Keep a batch when told to."""
        self.go.wait(10)
        if self.full:
            raise IntakeError("the disk is full")
        self.kept += count

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Door:
    """A server with a collector, and the disk behind it."""

    address: tuple[str, int]
    key: str
    front: Counting
    disk: Disk
    connections: list[Wire]

    def head(self, *headers: str, method: str = "POST", path: str = "", http: str = "1.1") -> bytes:
        """Return the head of a request."""
        line = f"{method} {path or f'/check-in/{self.key}'} HTTP/{http}"
        return EOL.join((line, "Host: c", *headers, "", "")).encode()

    def check_in(self, *headers: str, body: bytes = BODY, **line: str) -> bytes:
        """Return a request."""
        return self.head(f"Content-Length: {len(body)}", *headers, **line) + body

    def connect(self) -> socket.socket:
        """Open a connection."""
        opened = socket.create_connection(self.address, timeout=10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened


@pytest.fixture
def door(
    database: Database, tmp_path: Path, serving: Callable[..., Iterator[str]]
) -> Iterator[Door]:
    """Return a door that is open."""
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=NOON)
        key = applications.find(scope, "shop").report_key
    core = Core(
        settings=Settings(data=tmp_path),
        database=database,
        sealer=Sealer([Fernet.generate_key().decode()]),
        work=Inline(),
        clock=lambda: NOON,
    )
    collector, disk = Collector(core), Disk()
    with closing(collector):
        collector.intake.batches.close()
        collector.intake.batches = disk
        rest = Starlette(routes=[Route("/{all:path}", lambda _: PlainTextResponse("the rest"))])
        front = Counting(collector, rest)
        connections: list[Wire] = []

        class Known(Wire):
            """A connection that the test can reach."""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                connections.append(self)

        for url in serving(front, http=Known):
            host, port = url.removeprefix("http://").split(":")
            opened = Door((host, int(port)), key, front, disk, connections)
            with opened.connect() as first:  # from now on the key is known
                first.sendall(opened.check_in("Connection: close"))
                assert statuses(first) == [202]
            front.tasks = disk.kept = 0
            yield opened
            disk.go.set()


def statuses(plain: socket.socket, most: int = 1000) -> list[int]:
    """Return the statuses of the answers, until there are so many or the connection ends."""
    read = b""
    while len(found := re.findall(rb"HTTP/1\.1 (\d+) ", read)) < most:
        some = plain.recv(100_000)
        if not some:
            break
        read += some
    return [int(one) for one in found]


def test_what_comes_whole_is_answered_without_a_task(door: Door) -> None:
    """One after the other on one connection, as an app sends them."""
    with door.connect() as plain:
        for _ in range(3):
            plain.sendall(door.check_in())
            assert statuses(plain, 1) == [202]
    assert (door.front.tasks, door.disk.kept) == (0, 3)


def test_an_answer_is_whole(door: Door) -> None:
    """With the date, and what lets pages of any origin report."""
    with door.connect() as plain:
        plain.sendall(door.check_in("Connection: close"))
        answer = b"".join(iter(lambda: plain.recv(1000), b"")).decode()
    lines = answer.split(EOL)
    assert lines[0] == "HTTP/1.1 202 Accepted"
    assert {"access-control-allow-origin: *", "content-length: 0", "connection: close"} < {*lines}
    assert any(line.startswith("date: ") for line in lines)
    assert answer.endswith(EOL + EOL)


def test_what_comes_in_pieces_is_answered_too(door: Door) -> None:
    """A body that is on its way, down to single bytes."""
    request = door.check_in()
    with door.connect() as plain:
        for cut in range(0, len(request), 7):
            plain.sendall(request[cut : cut + 7])
        assert statuses(plain, 1) == [202]
        plain.sendall(request[:-1])
        plain.sendall(request[-1:])
        assert statuses(plain, 1) == [202]
    assert door.disk.kept == 2


def test_a_body_in_chunks_is_one(door: Door) -> None:
    """Of any size up to the limit (RFC 9112, 7.1)."""
    with door.connect() as plain:
        chunk = b"%x\r\n%b\r\n" % (len(BODY), BODY)
        plain.sendall(door.head("Transfer-Encoding: chunked") + chunk + b"0\r\n\r\n")
        assert statuses(plain, 1) == [202]
        huge = b"%x\r\n%b\r\n" % (70_000, b" " * 70_000)
        plain.sendall(door.head("Transfer-Encoding: chunked") + huge + b"0\r\n\r\n")
        assert statuses(plain, 1) == [413]


def test_what_is_sent_ahead_is_answered_in_its_order(door: Door) -> None:
    """Also where one of them is refused at once (pipelining, RFC 9112, 9.3.2)."""
    wrong = door.check_in(body=b"[]")
    other = door.head(method="GET", path="/")
    with door.connect() as plain:
        door.disk.go.clear()
        plain.sendall(door.check_in() + wrong + door.check_in() + other + wrong)
        door.disk.go.set()
        assert statuses(plain, 5) == [202, 400, 202, 200, 400]
        plain.sendall(wrong + door.check_in("Connection: close"))
        assert statuses(plain) == [400, 202]
    assert door.disk.kept == 3


@pytest.mark.parametrize("http", ["1.0", "1.1"])
def test_a_connection_ends_where_it_should(door: Door, http: str) -> None:
    """After HTTP/1.0, or when the client says so."""
    with door.connect() as plain:
        plain.sendall(door.check_in("Connection: close", http=http))
        assert statuses(plain) == [202]
    assert door.front.tasks == 0


def test_a_connection_ends_where_the_answer_says_so(door: Door, monkeypatch) -> None:
    """On the short way as on the long one."""
    monkeypatch.setattr("keypin.web.collector_reading.MAX_BODY", 1000)
    with door.connect() as plain:
        plain.sendall(door.check_in())
        assert statuses(plain, 1) == [202]
        door.connections[-1].timeout_keep_alive = 3600
        plain.sendall(door.check_in(body=b" " * 1001))
        assert statuses(plain) == [413]
    assert door.front.tasks == 0


def test_who_sends_no_more_is_answered_still(door: Door) -> None:
    """Once the disk has what they sent."""
    door.disk.go.clear()
    with door.connect() as plain:
        plain.sendall(door.check_in())
        plain.shutdown(socket.SHUT_WR)
        while door.connections[-1].cycle is None or door.connections[-1].cycle.keep_alive:
            threading.Event().wait(0.005)
        door.disk.go.set()
        assert statuses(plain) == [202]
    assert (door.front.tasks, door.disk.kept) == (0, 1)


def test_nonsense_after_a_report_does_not_answer_it(door: Door) -> None:
    """What is kept is acknowledged."""
    with door.connect() as plain:
        plain.sendall(door.check_in() + b"nonsense\r\n\r\n")
        assert statuses(plain) == [202, 400]
    assert door.disk.kept == 1


def test_a_report_that_asks_for_a_websocket_is_answered(door: Door) -> None:
    """Whoever wants to speak something else is told what this is."""
    with door.connect() as plain:
        plain.sendall(door.check_in("Connection: Upgrade", "Upgrade: websocket"))
        assert statuses(plain) == [400]


@pytest.mark.parametrize(
    ("line", "status"),
    [({"method": "OPTIONS"}, 204), ({"method": "GET"}, 405), ({"path": "/report/nobody"}, 404)],
)
def test_what_is_no_report_of_ours_goes_the_long_way(door: Door, line, status: int) -> None:
    """And is answered as it always was."""
    with door.connect() as plain:
        plain.sendall(door.check_in(**line))
        assert statuses(plain, 1) == [status]
    assert door.front.tasks == 1


@pytest.mark.parametrize(
    ("header", "status"),
    [("Content-Encoding: gzip", 415), ("Content-Length: x", 400), ("Expect: 100-continue", 202)],
)
def test_odd_heads_are_told(door: Door, header: str, status: int) -> None:
    """With a status, and never by a connection that just ends."""
    with door.connect() as plain:
        plain.sendall(door.check_in(header))
        assert statuses(plain, 1) == [status]


def test_whoever_leaves_is_not_missed(door: Door) -> None:
    """His report is kept, and the next is answered."""
    door.disk.go.clear()
    with door.connect() as plain:
        plain.sendall(door.check_in())
    with door.connect() as plain:
        plain.sendall(door.check_in())
        door.disk.go.set()
        assert statuses(plain, 1) == [202]
    assert door.disk.kept == 2


def test_a_disk_that_is_full_is_told(door: Door) -> None:
    """Nothing is acknowledged then."""
    door.disk.full = True
    with door.connect() as plain:
        plain.sendall(door.check_in())
        assert statuses(plain, 1) == [503]
    assert door.front.collector.answered == {202: 1, 503: 1}


@pytest.mark.parametrize("whole", [True, False])
def test_a_disk_that_hangs_is_told_once(door: Door, monkeypatch, whole) -> None:
    """And when it goes on, nobody is answered twice."""
    monkeypatch.setattr("keypin.web.collector.PATIENCE", 0.2)
    door.disk.go.clear()
    request = door.check_in()
    with door.connect() as plain:
        plain.sendall(request if whole else request[:-1])
        plain.sendall(b"" if whole else request[-1:])
        assert statuses(plain, 1) == [503]
        door.disk.go.set()
        plain.sendall(door.check_in("Connection: close"))
        assert statuses(plain) == [202]
    assert door.front.collector.answered == {202: 2, 503: 1}


def test_who_fetches_no_answers_is_sent_no_more(door: Door) -> None:
    """They wait with uvicorn, which reads nothing further meanwhile, and come in their order."""
    with door.connect() as plain:
        plain.sendall(door.check_in())
        assert statuses(plain, 1) == [202]
        connection, paused = door.connections[-1], threading.Event()
        connection.loop.call_soon_threadsafe(connection.pause_writing)
        connection.loop.call_soon_threadsafe(paused.set)
        assert paused.wait(10)
        door.front.asked.clear()
        plain.sendall(door.check_in(body=b"[]"))
        assert door.front.asked.wait(10)
        connection.loop.call_soon_threadsafe(connection.resume_writing)
        assert statuses(plain, 1) == [400]
