"""The test of a route: a few are sent at a time, and nobody else waits for them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from keypin.watch.alerting.outbox import pause
from keypin.watch.store.tables import alert_routes, deliveries
from keypin.web.dialling import OF_ONE


@dataclass
class Hook:
    """A webhook that answers when it is let."""

    address: str = ""
    go: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    bodies: list[bytes] = field(default_factory=list[bytes])


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Run it on loopback."""
    running = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            running.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            running.arrived.release()
            running.go.wait(10)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running.address = f"http://127.0.0.1:{server.server_port}/hook#{'k' * 32}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.go.set()
        server.shutdown()
        thread.join()


def test_a_few_tests_are_sent_at_a_time(api, hook) -> None:
    """The next one is told so in a sentence; another organisation has places of its own."""
    rival = api.of(api.token("admin", organisation=2))
    for client in (api.client, rival):
        made = client.post("/routes", json={"name": "slow", "address": hook.address})
        assert made.status_code == 201
    clients = [api.of(api.token("admin")) for _ in range(OF_ONE)] + [rival]
    answers = list[int]()

    def test(client) -> None:
        answers.append(client.post("/routes/slow/test").status_code)

    threads = [threading.Thread(target=test, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert hook.arrived.acquire(timeout=10)
    refused = api.post("/routes/slow/test")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
    assert "2 tests of routes are being sent" in refused.json()["detail"]
    assert api.get("/routes").status_code == 200
    hook.go.set()
    for thread in threads:
        thread.join()
    assert answers == [200] * len(threads)
    assert api.post("/routes/slow/test").json() == {"taken": True, "failure": None}
    ours = ["/o/acme/settings/routes" in json.loads(body)["text"] for body in hook.bodies]
    assert sorted(ours) == [False] + [True] * (OF_ONE + 1)
    assert api.audited().count("route.test") == OF_ONE + 1


def test_a_test_that_is_taken_sends_what_waits(api, hook) -> None:
    """Whoever repaired a route, and tried it, does not wait for hours."""
    hook.go.set()
    api.post("/routes", json={"name": "slow", "address": hook.address})
    with api.database.begin(1) as scope:
        rows = scope.update(alert_routes)
        scope.execute(rows.values(failing_since=api.at - timedelta(days=1), failure="gone"))
        (number,) = (row["id"] for row in scope.rows(scope.select(alert_routes.c.id)))
        usual = {"created_at": api.at, "attempts": 12, "tried_at": api.at - timedelta(hours=1)}
        keys = {"key": "a", "bundle": "a", "route": number, "state": "waiting", "digest": {}}
        scope.add(deliveries, due_at=api.at + pause(12), **keys, **usual)
    assert api.post("/routes/slow/test").json()["taken"]
    with api.database.read_across() as connection:
        assert connection.execute(select(deliveries.c.due_at)).scalar() == api.at
    assert api.get("/routes/slow").json()["failing_since"] is None
