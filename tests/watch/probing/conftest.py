"""Real TLS servers that rotate, and a prober and a judge of one organisation's endpoints."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from keypin.certs import Certificate, Endpoint, TrustStore, load_certificates
from keypin.inventory.entries import Application, WatchedEndpoint
from keypin.lab.authority import Issued
from keypin.lab.cast import Cast
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.pins import Pin
from keypin.probe import Dial, KeyType, Limits, Options
from keypin.watch.inventory import applications, endpoints, read_upload
from keypin.watch.inventory.pushing import Pushed, push
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.prober import Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.store import Database
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import observations, signals, verdicts

Rows = list[dict[str, object]]


class Rotating:
    """A TLS server on loopback whose chain can be changed, and that can be stopped."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self.context = tls_context(Play(), (), b"")
        self.hangs_up = False
        self._listener = socket.create_server((address, port))
        self.address, self.port = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def show(self, *chain: Issued) -> None:
        """Present another chain from now on."""
        self.context = tls_context(Play(), (chain,), b"")

    def close(self) -> None:
        """Refuse connections from now on."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._handshake(connection)

    def _handshake(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(5)
            if not self.hangs_up:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)


@dataclass
class Watched:
    """One organisation, `acme`, with the application `shop`, and what probes and judges for it."""

    database: Database
    cast: Cast
    trust: TrustStore
    dials: tuple[Dial, ...] = ()
    vantage: str = "here"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def clock(self) -> datetime:
        """Tell the time of the test."""
        return self.now

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def prober(self) -> Prober:
        """Return a prober that asks for one kind of key."""
        options = Options(
            trust=self.trust,
            key_types=(KeyType.DEFAULT,),
            connect=self.dials,
            limits=Limits(connect=1, handshake=2, total=3),
        )
        return Prober(self.database, self.vantage, options, Pace(), self.clock)

    def judge(self) -> Judge:
        """Return a judge."""
        return Judge(self.database, Trust(anchors=self.trust))

    def probe(self) -> int:
        """Probe what is due, once."""
        Claims(self.database, self.vantage).heal(self.now)
        return self.prober().turn(threading.Event())

    def look(self) -> None:
        """Probe and judge what is due."""
        self.probe()
        self.judge().turn(self.now)

    def endpoint(self, server: Rotating, host: str | None = None) -> int:
        """Add the endpoint of a server."""
        where = Endpoint(host or server.address, server.port)
        with self.database.begin(1) as scope:
            return endpoints.add(scope, WatchedEndpoint(endpoint=where), at=self.now).id

    def pin(self, *keys: str, host: str = "127.0.0.1", more: str = "") -> str:
        """Return a pins.toml that pins keys of the cast, the last as backup."""
        pins = [f'"{self.cast.pin(key)}"' for key in keys]
        return (
            f'version = 1\n[[policy]]\nhost = "{host}"\npins = [{", ".join(pins[:-1])}]\n'
            f"backup_pins = [{pins[-1]}]\n{more}"
        )

    def push(
        self, version: str, text: str, share: float | None = None, application: str = "shop"
    ) -> Pushed:
        """Push a release."""
        upload = read_upload(BytesIO(text.encode()), "pins.toml", at=self.now)
        with self.database.begin(1) as scope:
            return push(scope, application, version, upload, at=self.now, share=share)

    def rows(self) -> Rows:
        """Return the observations, oldest first."""
        with self.database.read_across() as connection:
            query = select(observations).order_by(observations.c.id)
            return [dict(row) for row in connection.execute(query).mappings()]

    def verdicts(self) -> Rows:
        """Return the verdicts."""
        with self.database.read_across() as connection:
            query = select(verdicts).order_by(verdicts.c.id)
            return [dict(row) for row in connection.execute(query).mappings()]

    def told(self) -> dict[str, dict[str, object]]:
        """Return the signals that hold, by rule."""
        with self.database.read_across() as connection:
            query = select(signals).where(signals.c.holds)
            return {row["rule"]: dict(row) for row in connection.execute(query).mappings()}

    def documents(self, rule: str) -> Rows:
        """Return the signals of a rule that hold, as they are told."""
        with self.database.read_across() as connection:
            query = select(signals.c.document).where(signals.c.holds, signals.c.rule == rule)
            return list(connection.execute(query).scalars())

    def standing(self, number: int) -> dict[str, object]:
        """Return an endpoint's row."""
        with self.database.read_across() as connection:
            query = select(endpoint_table).where(endpoint_table.c.id == number)
            return dict(connection.execute(query).mappings().one())


@pytest.fixture(scope="session")
def cast() -> Cast:
    """Return the laboratory's CA, made once."""
    return Cast(datetime.now(UTC))


@pytest.fixture
def server() -> Iterator[Callable[..., Rotating]]:
    """Return a function that starts a server."""
    with ExitStack() as stack:

        def start(*chain: Issued, address: str = "127.0.0.1", port: int = 0) -> Rotating:
            one = Rotating(address, port)
            one.show(*chain)
            stack.callback(one.close)
            return one

        yield start


@pytest.fixture
def chain(cast) -> Callable[..., tuple[Issued, ...]]:
    """Return a function that issues a chain for loopback with a key of the cast."""

    def make(key: str = "active", **changes: object) -> tuple[Issued, ...]:
        return cast.leaf(key, **changes), cast.authority("intermediate")

    return make


def _watched(database: Database, cast: Cast) -> Watched:
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=datetime.now(UTC))
    return Watched(database, cast, TrustStore(load_certificates(cast.trusted_pem())))


@pytest.fixture
def watched(database: Database, cast: Cast) -> Watched:
    """Return the organisation on SQLite."""
    return _watched(database, cast)


@pytest.fixture
def any_watched(any_database: Database, cast: Cast) -> Watched:
    """Return the organisation on each kind of database in turn."""
    return _watched(any_database, cast)


@pytest.fixture
def parsed() -> Callable[[tuple[Issued, ...]], tuple[Certificate, ...]]:
    """Return a function that reads what was issued."""
    return lambda chain: tuple(Certificate.from_der(one.der) for one in chain)


@pytest.fixture
def pin_of() -> Callable[[Issued], str]:
    """Return a function that pins the key of what was issued."""
    return lambda issued: str(Pin.of_key(Certificate.from_der(issued.der)))
