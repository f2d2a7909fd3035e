"""How many signals a second become alerts, and how many messages a second a webhook is told.

    python bench/bench_alerting.py

One process with SQLite on the disk of the temporary folder, and the parts as the service runs them,
a step at a time: what judges tells signals, and again what is no news; the engine makes alerts; and
a webhook on loopback takes messages, each signed, and each written down as delivered before the
next. Twice: alerts that come one after the other, each in a message of its own, which is the most
that a route can be asked for; and a storm, of which notices are put together. In the end all is
counted: each signal is an alert, and each notice was delivered. Exit code 1 where that is not so.
"""

import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import machine
from sqlalchemy import func, insert, select

from keypin.alerts import Route, Signal, Subject
from keypin.findings import Severity
from keypin.watch.alerting import bundling, routes
from keypin.watch.alerting.delivering import Deliverer
from keypin.watch.alerting.engine import Engine
from keypin.watch.alerting.sending import Post
from keypin.watch.alerting.signals import tell
from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import alerts, deliveries, organisations
from keypin.watch.work.inline import Inline

SIGNALS, AT_ONCE, MESSAGES = 4_000, 200, 100
KEY = "k" * 32


class Receiver(BaseHTTPRequestHandler):
    """A webhook that takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Moved:
    """A clock that can be moved on, past what alerts wait for."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead


def signal(number: int, said: str = "no pin matches") -> Signal:
    """Return that a release refuses what a host serves."""
    return Signal(
        id="chain-refused",
        severity=Severity.ERROR,
        subject=Subject("endpoint", f"h{number}.example.com:443"),
        title=f"shop 3.2 refuses what h{number}.example.com:443 serves",
        organisation="bench",
        evidence=(said,),
        next_step="Serve the chain before.",
        link=f"/endpoints/{number}",
    )


def opened(folder: Path, clock: Moved, port: int) -> Core:
    """Return an installation with one route."""
    settings = Settings(data=folder, internal=(ip_network("127.0.0.0/8"),))
    database = Database(f"sqlite:///{folder / 'keypin.db'}")
    database.migrate()
    sealer = Sealer.at(folder / "keys")
    with database.begin_across() as connection:
        values = {"name": "bench", "title": "Bench", "created_at": clock()}
        connection.execute(insert(organisations).values(**values))
    route = Route(name="hook")
    with database.begin(1) as scope:
        routes.add(scope, sealer, route, f"http://127.0.0.1:{port}/hook#{KEY}", at=clock())
    return Core(settings=settings, database=database, sealer=sealer, work=Inline(), clock=clock)


def told(name: str, count: int, work: Callable[[], object]) -> None:
    """Do something, and print what it took."""
    wall, cpu = time.monotonic(), time.process_time()
    work()
    spent, took = time.process_time() - cpu, time.monotonic() - wall
    print(f"  {name:<34} {count / spent:8,.0f} a second of CPU, {count / took:8,.0f} by the clock")


def tell_all(core: Core, said: str, numbers: range) -> None:
    """Tell signals as judges do: a turn of endpoints in one transaction."""
    for first in numbers[::AT_ONCE]:
        some = range(first, min(first + AT_ONCE, numbers.stop))
        with core.database.begin(1) as scope:
            tell(scope, [signal(one, said) for one in some], core.clock())


def counted(core: Core, state: str) -> int:
    """Return how many notices are in a state."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.state == state)
    with core.database.read_across() as connection:
        return int(connection.execute(query).scalar_one())


def messages(core: Core) -> int:
    """Return how many messages there are, sent or not."""
    query = select(func.count(deliveries.c.bundle.distinct()))
    with core.database.read_across() as connection:
        return int(connection.execute(query).scalar_one())


def engine(core: Core) -> None:
    """Make alerts until nothing is left to do."""
    one = Engine(core.database)
    while one.turn(core.clock()):
        pass


def delivered(core: Core) -> None:
    """Tell the route all that waits."""
    deliverer = Deliverer(core, Post(Guard.of(core.settings)))
    while counted(core, "waiting"):
        deliverer.turn()
        deliverer.wait(600)


def made(core: Core) -> None:
    """Put notices together."""
    while bundling.turn(core.database, core.clock()):
        pass


def one_by_one(folder: Path, port: int) -> bool:
    """Measure messages of one alert each."""
    clock = Moved()
    core = opened(folder, clock, port)
    for number in range(MESSAGES):
        tell_all(core, "no pin matches", range(number, number + 1))
        engine(core)
        clock.ahead += timedelta(seconds=31)  # longer than notices wait for others
        made(core)
    print(f"{MESSAGES:,} alerts, one after the other; {machine.load()}")
    told("messages taken by the webhook", messages(core), lambda: delivered(core))
    return complete(core, MESSAGES)


def storm(folder: Path, port: int) -> bool:
    """Measure what comes all at once."""
    clock, said = Moved(), "no pin matches"
    core = opened(folder, clock, port)
    print(f"{SIGNALS:,} alerts at once; {machine.load()}")
    told("signals told", SIGNALS, lambda: tell_all(core, said, range(SIGNALS)))
    told("told again, nothing new", SIGNALS, lambda: tell_all(core, said, range(SIGNALS)))
    told("alerts made of them", SIGNALS, lambda: engine(core))
    clock.ahead += timedelta(minutes=30)
    told("notices put together", SIGNALS, lambda: made(core))
    told("notices taken by the webhook", SIGNALS, lambda: delivered(core))
    return complete(core, SIGNALS)


def complete(core: Core, count: int) -> bool:
    """Print what there is in the end, close, and say whether all is there."""
    with core.database.read_across() as connection:
        made_ = connection.execute(select(func.count()).select_from(alerts)).scalar_one()
    done = counted(core, "delivered")
    print(f"  {made_:,} alerts, {done:,} notices delivered in {messages(core):,} messages")
    core.database.close()
    return bool(made_ == count and done >= count)


def main() -> None:
    """Measure, print, and fail where something was lost."""
    with (
        tempfile.TemporaryDirectory() as name,
        ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        good = []
        for measure in (one_by_one, storm):
            folder = Path(name) / measure.__name__
            folder.mkdir()
            good.append(measure(folder, server.server_port))
        server.shutdown()
    if not all(good):
        raise SystemExit("something was lost")


if __name__ == "__main__":
    main()
