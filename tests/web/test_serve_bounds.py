"""What strangers send without end, or never send, costs little and ends; the honest live on."""

import asyncio
import logging
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from keypin.web.serve_bounds import AHEAD, HEAD, LINES, Bounded, Limits

GET = b"GET / HTTP/1.1\r\nHost: c\r\n"
POST = b"POST /upload HTTP/1.1\r\nHost: c\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
MOST_READ = 256 * 1024
"""Bytes that a loop reads in one go."""

WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"


@dataclass
class Site:
    """A server, what it is told to do, and its connections."""

    go: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    connections: list[Bounded] = field(default_factory=list[Bounded])
    address: tuple[str, int] = ("", 0)
    passed: float = 0.0

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self.connections[0].connections)

    @property
    def came(self) -> list[int]:
        """How many bytes came on each."""
        return [one._came for one in self.connections]

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(self.address, timeout=10)

    def later(self, seconds: float) -> None:
        """Let time pass for the connections, and wait until they were looked at."""
        self.passed += seconds
        for one in list(self.connections):
            done = threading.Event()

            def look(one: Bounded = one, done: threading.Event = done) -> None:
                if one in one.connections:
                    one.look(one.loop.time() + self.passed)
                done.set()

            one.loop.call_soon_threadsafe(look)
            assert done.wait(10)

    def app(self) -> Starlette:
        """Return what it serves."""

        async def plain(request: Request) -> Response:
            return PlainTextResponse(request.headers.get("x-said", "-"))

        async def held(_: Request) -> Response:
            self.asked.set()
            await asyncio.to_thread(self.go.wait, 10)
            return PlainTextResponse("held")

        async def upload(request: Request) -> Response:
            self.asked.set()
            try:
                body = await request.body()
            except ClientDisconnect:
                self.gone.set()
                raise
            return PlainTextResponse(f"{len(body)} {request.headers.get('x-said')}")

        async def stream(_: Request) -> Response:
            async def events() -> AsyncIterator[bytes]:
                yield b"data: one\n\n"
                await asyncio.to_thread(self.go.wait, 60)
                yield b"data: two\n\n"

            return StreamingResponse(events(), media_type="text/event-stream")

        async def large(_: Request) -> Response:
            return StreamingResponse(repeat(b"x" * 1_000_000))

        return Starlette(
            routes=[
                Route("/", plain),
                Route("/held", held),
                Route("/upload", upload, methods=["POST"]),
                Route("/stream", stream),
                Route("/large", large),
            ]
        )


@pytest.fixture
def open_site(serving: Callable[..., Iterator[str]]) -> Iterator[Callable[..., Site]]:
    """Return a function that opens a site with limits; time passes when it is told to."""
    open_: list[tuple[Site, Iterator[str]]] = []

    def make(**given: float) -> Site:
        site = Site()

        class Known(Bounded):
            """A connection that the test can reach."""

            limits = Limits(**{"every": 3600, **given})  # type: ignore[arg-type]

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                site.connections.append(self)

            def pause_writing(self) -> None:
                super().pause_writing()
                site.paused.set()

        served = serving(site.app(), http=Known)
        host, port = next(served).removeprefix("http://").split(":")
        site.address = (host, int(port))
        open_.append((site, served))
        return site

    yield make
    for site, served in open_:
        site.go.set()
        assert list(served) == []


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    """Return a site with the limits as they are."""
    return open_site()


def read(plain: socket.socket, until: bytes = b"") -> bytes:
    """Return what comes, to the end of the connection or to what is waited for."""
    come = b""
    while not until or until not in come:
        try:
            some = plain.recv(100_000)
        except ConnectionResetError:
            break
        if not some:
            break
        come += some
    return come


def statuses(come: bytes) -> list[int]:
    """Return the statuses of answers."""
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d+) ", come)]


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true in another thread."""
    tick = threading.Event()
    for _ in range(2000):
        if true():
            return
        tick.wait(0.005)
    pytest.fail("it never became true")


@pytest.mark.parametrize(
    ("begun", "piece", "status"),
    [
        (GET, b"X-A: " + b"a" * 1000 + b"\r\n", 431),
        (GET, b"a:\r\n" * 1000, 431),
        (GET + b"X-A: ", b"a" * 1000, 431),
        (b"GET /", b"a" * 1000, 414),
        (b"", b"\r\n" * 1000, 431),
        (CHUNKED + b"1", b";" + b"a" * 1000, 431),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X-A: " + b"a" * 1000 + b"\r\n", 431),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a:\r\n" * 1000, 431),
    ],
    ids=[
        "headers",
        "lines",
        "a header",
        "address",
        "blanks",
        "extension",
        "trailers",
        "lines after",
    ],
)
def test_what_has_no_end_is_refused(site, begun, piece, status) -> None:
    """With the reason, and what comes after that is dropped."""
    with site.connect() as plain:
        plain.sendall(begun)
        for _ in range(2_000_000 // len(piece)):
            plain.sendall(piece)
        answer = read(plain)
        assert statuses(answer) == [status]
        assert b"connection: close" in answer
        assert b"application/problem+json" in answer
    assert site.connections[0]._came < 2 * HEAD + MOST_READ


def test_a_refused_client_that_stays_is_put_out(site) -> None:
    """It has a moment to read why."""
    with site.connect() as plain:
        plain.sendall(b"nonsense\r\n\r\n")
        answer = read(plain)
        assert statuses(answer) == [400]
        site.later(0)
        site.later(1)
        assert site.open == 1
        site.later(3)
        wait_for(lambda: not site.open)


@pytest.mark.parametrize(("lines", "status"), [(LINES, 200), (LINES + 1, 431)])
def test_a_head_has_so_many_lines(site, lines: int, status: int) -> None:
    """Whether they come in one piece or not."""
    head = GET + b"a: b\r\n" * (lines - 1)
    with site.connect() as plain:
        plain.sendall(head + b"\r\n")
        assert statuses(read(plain, b"\r\n\r\n")) == [status]


@pytest.mark.parametrize(("size", "status"), [(HEAD - 100, 200), (HEAD + 100, 431)])
def test_a_head_has_so_many_bytes(site, size: int, status: int) -> None:
    """Also where what follows it came with it."""
    head = POST + b"Content-Length: 100000\r\nX-A: "
    with site.connect() as plain:
        plain.sendall(head + b"a" * (size - len(head)) + b"\r\n\r\n" + b"b" * 100_000)
        assert statuses(read(plain, b"\r\n\r\n")) == [status]


def test_many_small_requests_are_no_large_head(site) -> None:
    """Each is counted for itself."""
    with site.connect() as plain:
        for _ in range(40):
            plain.sendall(GET + b"X-A: " + b"a" * 4000 + b"\r\n\r\n")
            assert statuses(read(plain, b"\r\n\r\n-")) == [200]


def test_a_large_body_is_no_large_head(site) -> None:
    """In one part, or in chunks of any size."""
    with site.connect() as plain:
        plain.sendall(POST + b"Content-Length: 3000000\r\n\r\n" + b"b" * 3_000_000)
        assert b"3000000 None" in read(plain, b"None")
        plain.sendall(CHUNKED + b"1\r\nb\r\n" * 50_000 + b"0\r\n\r\n")
        assert b"50000 None" in read(plain, b"None")


def test_trailers_are_no_headers(site) -> None:
    """A proxy that checks headers passes them on unseen."""
    with site.connect() as plain:
        plain.sendall(CHUNKED + b"1\r\nb\r\n0\r\nX-Said: a stranger\r\n\r\n")
        assert b"1 None" in read(plain, b"1 ")


def test_the_silent_are_not_kept(site) -> None:
    """Neither who says nothing, nor who falls silent after an answer, nor before its head ends."""
    with site.connect() as silent, site.connect() as served, site.connect() as half:
        served.sendall(GET + b"\r\n")
        assert statuses(read(served, b"\r\n\r\n-")) == [200]
        half.sendall(GET)
        wait_for(lambda: sorted(site.came) == [0, len(GET), len(GET) + 2])
        site.later(0)
        site.later(4)
        assert site.open == 3
        site.later(2)  # uvicorn's own limit, where it is told no other
        assert read(served) == b""
        wait_for(lambda: site.open == 2)
        site.later(3)
        assert site.open == 2
        site.later(2)
        assert read(silent) == b""
        assert statuses(read(half)) == [408]


def test_who_asks_again_is_kept(site) -> None:
    """Though each time the same, so that it looks as before."""
    with site.connect() as plain:
        for _ in range(5):
            plain.sendall(GET + b"\r\n")
            assert statuses(read(plain, b"\r\n\r\n-")) == [200]
            site.later(4)


def test_a_head_that_trickles_is_not_waited_for(site) -> None:
    """However often some of it comes."""
    with site.connect() as plain:
        for number in range(11):
            plain.sendall(b"a" if number else GET)
            wait_for(lambda number=number: site.came == [len(GET) + number])
            site.later(1)
        site.later(1)
        assert statuses(read(plain)) == [408]


def test_a_body_comes_at_a_pace_or_not_at_all(site) -> None:
    """Whoever reads it learns that it ended; one that goes on may take as long as it needs."""
    with site.connect() as slow, site.connect() as steady:
        for number in range(4):
            for one, size in (slow, 1), (steady, 100_000):
                one.sendall(b"b" * size if number else POST + b"Content-Length: 400000\r\n\r\n")
            head = len(POST) + 26
            come = [head + number, head + number * 100_000]
            wait_for(lambda come=come: sorted(site.came) == come)
            site.later(25)
        assert statuses(read(slow)) == [408]
        assert site.gone.wait(10)
        steady.sendall(b"b" * 100_000)
        assert b"400000 None" in read(steady, b"None")


def test_long_answers_live_on(site) -> None:
    """A stream of events in which nothing happens, and an answer that takes its time."""
    with site.connect() as stream, site.connect() as held:
        stream.sendall(GET.replace(b"/", b"/stream", 1) + b"\r\n")
        assert b"one" in read(stream, b"one")
        held.sendall(GET.replace(b"/", b"/held", 1) + b"\r\n")
        assert site.asked.wait(10)
        for _ in range(3):
            site.later(3600)
        site.go.set()
        assert b"two" in read(stream, b"two")
        assert b"held" in read(held, b"held")


def test_who_takes_no_answer_is_not_kept(site) -> None:
    """It would hold what is unsent for ever."""
    with site.connect() as plain:
        plain.sendall(GET.replace(b"/", b"/large", 1) + b"\r\n")
        assert site.paused.wait(10)
        site.later(0)
        site.later(55)
        assert site.open == 1
        site.later(10)
        wait_for(lambda: not site.open)


def test_time_is_looked_at_by_itself(open_site) -> None:
    """Again and again, for every connection."""
    site = open_site(head=0.1, every=0.01)
    for _ in range(2):
        with site.connect() as plain:
            assert read(plain) == b""


def test_there_are_not_too_many(open_site, caplog) -> None:
    """Whoever comes then is told so at once, and the operator too."""
    site = open_site(connections=2)
    with caplog.at_level(logging.WARNING), site.connect() as one, site.connect():
        one.sendall(GET + b"\r\n")
        assert statuses(read(one, b"\r\n\r\n-")) == [200]
        wait_for(lambda: len(site.connections) == 2)
        with site.connect() as third:
            assert statuses(read(third)) == [503]
        one.close()
        wait_for(lambda: site.open == 1)
        with site.connect() as fourth:
            fourth.sendall(GET + b"\r\n")
            assert statuses(read(fourth, b"\r\n\r\n-")) == [200]
    assert "more than 2 connections are open" in caplog.text


def test_what_is_sent_far_ahead_is_refused_in_its_turn(site) -> None:
    """Each request that waits takes a hundred times its bytes."""
    with site.connect() as plain:
        plain.sendall(GET.replace(b"/", b"/held", 1) + b"\r\n")
        assert site.asked.wait(10)
        plain.sendall((GET + b"\r\n") * (AHEAD + 50))
        wait_for(lambda: site.connections[0]._refusal is not None)
        site.go.set()
        assert statuses(read(plain)) == [*[200] * (AHEAD + 1), 429]


def test_whoever_sends_ahead_without_end_waits(site) -> None:
    """No more is read until what was read is answered."""
    some = (GET + b"\r\n") * (AHEAD - 10)
    with site.connect() as plain:
        plain.sendall(GET.replace(b"/", b"/held", 1) + b"\r\n")
        assert site.asked.wait(10)
        plain.sendall(some)
        wait_for(lambda: len(site.connections[0].pipeline) == AHEAD - 10)
        plain.sendall(some)
        site.go.set()
        come = b""
        while len(statuses(come)) < 2 * AHEAD - 19:
            more = plain.recv(100_000)
            assert more
            come += more
        assert set(statuses(come)) == {200}


def test_nonsense_after_a_request_does_not_answer_it(site) -> None:
    """The request's answer comes first, then the refusal."""
    with site.connect() as plain:
        plain.sendall(GET.replace(b"/", b"/held", 1) + b"\r\nnonsense\r\n\r\n")
        assert site.asked.wait(10)
        site.go.set()
        assert statuses(read(plain)) == [200, 400]


def test_nonsense_in_a_body_ends_it(site) -> None:
    """Whoever waits for the body learns that it will not come."""
    with site.connect() as plain:
        plain.sendall(CHUNKED)
        assert site.asked.wait(10)
        plain.sendall(b"nonsense\r\n")
        assert statuses(read(plain)) == [400]
        assert site.gone.wait(10)


def test_who_sends_no_more_is_answered_still(site) -> None:
    """As `nc` does it: the request, the end of what it sends, and then the answer."""
    with site.connect() as plain:
        plain.sendall(GET + b"\r\n" + GET.replace(b"/", b"/held", 1) + b"\r\n")
        assert site.asked.wait(10)
        plain.shutdown(socket.SHUT_WR)
        wait_for(lambda: not site.connections[0].cycle.keep_alive)
        site.go.set()
        answers = read(plain)
    assert statuses(answers) == [200, 200]
    assert answers.count(b"connection: close") == 1


@pytest.mark.parametrize("sent", [b"", GET, POST + b"Content-Length: 9\r\n\r\nhalf", GET + b"\r\n"])
def test_who_leaves_is_let_go(site, sent) -> None:
    """With half a request, with none, and after the answer."""
    with site.connect() as plain:
        plain.sendall(sent)
        if sent.endswith(b"\r\n\r\n"):
            read(plain, b"\r\n\r\n-")
        plain.shutdown(socket.SHUT_WR)
        assert read(plain) == b""
    wait_for(lambda: not site.open)


def test_who_leaves_a_stream_is_let_go(site) -> None:
    """It begins before they leave, and would never end."""
    with site.connect() as plain:
        plain.sendall(GET.replace(b"/", b"/stream", 1) + b"\r\n")
        read(plain, b"one")
    wait_for(lambda: not site.open)


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_request_for_a_websocket_is_a_request(site, body: bytes) -> None:
    """It is answered, though a body may be of the other protocol; and the connection ends."""
    length = b"Content-Length: %d\r\n" % len(body)
    with site.connect() as plain:
        plain.sendall(POST + WEBSOCKET + length + b"\r\n" + body)
        answer = read(plain)
    assert statuses(answer) == [200]
    assert b"0 None" in answer
    assert b"connection: close" in answer
