"""The world outside: endpoints, a webhook and clients that report. Each keeps its own books.

What the service says is held against these, never against itself.
"""

import json
import random
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep

import httpx2

from keypin.alerts.signature import HEADER, verify
from keypin.certs import Certificate
from keypin.lab.authority import Issued
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.watch.inventory.chains import digest_of

KEY = "chaos" * 8
Chain = tuple[Issued, ...]


def now() -> datetime:
    """Return the true time."""
    return datetime.now(UTC)


class Shop:
    """An endpoint whose chain changes on command; it writes down what it showed, and when."""

    def __init__(self, address: str, good: Chain, bad: Chain) -> None:
        self._chains = {True: good, False: bad}
        self._digests = {
            kind: digest_of(tuple(Certificate.from_der(one.der) for one in chain))
            for kind, chain in self._chains.items()
        }
        self._contexts = {
            kind: tls_context(Play(), (chain,), b"") for kind, chain in self._chains.items()
        }
        self.good = True
        self.spans: list[tuple[datetime, bytes]] = []
        self.shown: Counter[bytes] = Counter()
        self.looks = 0
        self.hanging: threading.Event | None = None
        self._listener = socket.create_server((address, 0), backlog=128)
        self.host, self.port = self._listener.getsockname()
        self.show(good=True)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def name(self) -> str:
        """What alerts call it."""
        return f"{self.host}:{self.port}"

    def show(self, *, good: bool) -> None:
        """Show the pinned chain from now on, or the one that every release refuses."""
        self.good = good
        self.spans.append((now(), self._digests[good]))

    def close(self) -> None:
        """End."""
        self._listener.close()

    def showed(self, chain: bytes, begin: datetime, end: datetime) -> bool:
        """Tell whether a chain was shown at some time between two moments."""
        ends = [at for at, _ in self.spans[1:]] + [datetime.max.replace(tzinfo=UTC)]
        return any(
            digest == chain and since <= end and begin <= until
            for (since, digest), until in zip(self.spans, ends, strict=True)
        )

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if (hanging := self.hanging) is not None:
                hanging.wait(60)
                return
            good = self.good
            # Whoever is gone before the end may have seen it all the same.
            self.shown[self._digests[good]] += 1
            self.looks += 1
            with self._contexts[good].wrap_socket(connection, server_side=True) as tls:
                tls.recv(1)


@dataclass
class Told:
    """A request to the webhook."""

    route: str
    key: str
    body: bytes

    @property
    def alerts(self) -> list[dict[str, object]]:
        """What it tells."""
        return json.loads(self.body).get("alerts", [])


@dataclass
class Hook:
    """A webhook that verifies and writes down each request; a route of it can hang."""

    requests: list[Told] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    hanging: dict[str, threading.Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Listen."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with suppress(OSError):  # whoever sent it may be dead
                    self.send_response(hook.take(self.path.strip("/"), self.headers, body))
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def address(self, route: str) -> str:
        """Return the address of a route."""
        return f"http://127.0.0.1:{self._server.server_port}/{route}#{KEY}"

    def take(self, route: str, headers: object, body: bytes) -> int:
        """Take a request: written down first, as by a receiver that dies after it took it."""
        key = headers["Idempotency-Key"]
        try:
            # Clocks jump by a day here.
            verify(headers[HEADER], body, KEY.encode(), now(), tolerance=timedelta(days=3))
        except ValueError as error:
            self.forged.append(str(error))
        with self._lock:
            self.requests.append(Told(route, key, body))
        if (hanging := self.hanging.get(route)) is not None:
            hanging.wait(60)
        return 204

    def mark(self) -> int:
        """Return how many requests there were."""
        with self._lock:
            return len(self.requests)

    def heard(self, mark: int, subject: str, state: str, route: str | None = None) -> bool:
        """Tell whether a route was told, since a mark, that an alert is in a state."""
        with self._lock:
            since = self.requests[mark:]
        return any(
            alert["subject"]["key"] == subject and alert["state"] == state
            for one in since
            if route in {None, one.route}
            for alert in one.alerts
        )

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


class Load:
    """Clients that report without end, each report with a version of its own."""

    def __init__(self, ports: list[int], clients: int, seed: int) -> None:
        self.acknowledged: list[tuple[float, str]] = []
        self.unanswered: set[str] = set()
        self.refused: list[tuple[float, int, str]] = []
        self.slowest: dict[int, float] = defaultdict(float)
        self._ports = ports
        self._seed = seed
        self._going, self._ended = threading.Event(), threading.Event()
        self._busy = Counter[int]()
        self._going.set()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(clients)
        ]
        for one in self._threads:
            one.start()

    def pause(self) -> None:
        """Send nothing more, and return when every answer is here."""
        self._going.clear()
        until = monotonic() + 30
        while any(self._busy.values()) and monotonic() < until:
            sleep(0.02)

    def resume(self) -> None:
        """Send again."""
        self._going.set()

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._going.set()
        for one in self._threads:
            one.join(30)

    def since(self, moment: float) -> Counter[int]:
        """Return how often each status was answered since a moment of `monotonic`."""
        taken = Counter({202: sum(1 for at, _ in self.acknowledged if at >= moment)})
        return taken + Counter(status for at, status, _ in self.refused if at >= moment)

    def _run(self, number: int) -> None:
        chance, sent = random.Random(f"{self._seed} {number}"), 0  # noqa: S311 - no secret
        with httpx2.Client(timeout=20) as client:
            while not self._ended.is_set():
                self._busy[number] = 0
                self._going.wait()
                self._busy[number] = 1
                sent += 1
                self._report(client, chance.choice(self._ports), f"{number}-{sent}")
                sleep(0.01)
            self._busy[number] = 0

    def _report(self, client: httpx2.Client, port: int, name: str) -> None:
        body = {
            "hostname": f"h{hash(name) % 3}.example.com",
            "app-bundle-id": "com.example.shop",
            "app-version": name,
            "known-pins": [],
            "served-certificate-chain": [],
        }
        begun = monotonic()
        try:
            answer = client.post(f"http://127.0.0.1:{port}/report/shop", json=body)
        except httpx2.HTTPError:
            self.unanswered.add(name)
            sleep(0.05)
            return
        if answer.status_code == 202:
            self.acknowledged.append((begun, name))
        else:
            self.refused.append((begun, answer.status_code, name))


def eventually(what: Callable[[], bool], seconds: float, why: Callable[[], str]) -> float:
    """Wait until something is so, and return how long that took.

    Raises:
        AssertionError: it never was.
    """
    begun = monotonic()
    while not what():
        assert monotonic() - begun < seconds, f"after {seconds} s: {why()}"
        sleep(0.1)
    return monotonic() - begun
