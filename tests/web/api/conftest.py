"""The API over SQLite, with an organisation of our own and a rival's."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.routing import Mount
from starlette.testclient import TestClient

from keypin.alerts import Alert, Signal, State, Subject
from keypin.certs import load_certificates
from keypin.findings import Severity
from keypin.lab.cast import Cast
from keypin.watch.alerting import keeping, rulebook
from keypin.watch.alerting.signals import tell
from keypin.watch.core import Core
from keypin.watch.inventory.chains import Chain, digest_of, keep
from keypin.watch.people import accounts, memberships, tokens
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Scope, Sealer, tables
from keypin.watch.work.inline import Inline
from keypin.web.api.operation import Body, Operation
from keypin.web.app import FACES, Pages, compose
from keypin.web.look import Look
from keypin.web.statics import Statics

ADDRESS = "https://watch.example"
BASE = f"{ADDRESS}/api/v1"
HOOK = "https://127.0.0.1:9/keypin#" + "k" * 43
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass
class Api:
    """The whole application, and a client of it with a token of `acme` that may do everything."""

    database: Database
    at: datetime
    statics: Statics
    settings: Settings = field(
        default_factory=lambda: Settings(public_url=ADDRESS, internal=(ip_network("127.0.0.0/8"),))
    )
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()]))

    def __post_init__(self) -> None:
        """Put it together."""
        self.core = Core(
            settings=self.settings,
            database=self.database,
            sealer=self.sealer,
            work=Inline(),
            clock=lambda: self.at,
        )
        shown = Pages(self.core, Look(self.statics), self.statics)
        routes = [route for face in FACES for route in face(shown)]
        self.throttle = next(one.app for one in routes if isinstance(one, Mount)).throttle
        self.app = compose(shown, routes)
        self.client = self.of(self.token("admin"))

    def token(self, *scopes: str, organisation: int = 1) -> str:
        """Make a token."""
        with self.database.begin(organisation) as scope:
            return tokens.create(scope, "pipeline", scopes, SERVICE, self.at)

    def of(self, token: str = "") -> TestClient:
        """Return a client with a token, or without one; a failure of ours is raised in the test."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url=BASE, headers=headers, client=("192.0.2.7", 50000))

    def later(self, **units: float) -> None:
        """Move the clock."""
        self.at += timedelta(**units)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Ask as the owner."""
        return self.client.get(path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> httpx2.Response:
        """Send as the owner."""
        return self.client.post(path, json=json, **options)

    def audited(self, organisation: int = 1) -> list[str]:
        """Return what the audit log has, the oldest first."""
        audit_log = tables.audit_log
        with self.database.read_across() as connection:
            query = audit_log.select().where(audit_log.c.organisation == organisation)
            return [row.action for row in connection.execute(query.order_by(audit_log.c.id))]


@pytest.fixture(scope="session")
def statics() -> Statics:
    """Return the files that pages load."""
    return Statics()


@pytest.fixture
def api(database: Database, statics: Statics) -> Iterator[Api]:
    """Return the API."""
    made = Api(database, NOON, statics)
    yield made
    made.client.close()


@pytest.fixture
def new_api(statics: Statics) -> Iterator[Callable[[Database], Api]]:
    """Return a function that makes the API over a database, and answers however many calls."""
    made: list[Api] = []

    def make(database: Database) -> Api:
        made.append(Api(database, NOON, statics))
        made[-1].throttle.most = 1_000_000
        return made[-1]

    yield make
    for one in made:
        one.client.close()


MARK = "zanzibar"
"""In every text of acme's, and in no answer to its rival."""


@pytest.fixture(scope="session")
def cast() -> Cast:
    """Return the laboratory's CA, made once."""
    return Cast(NOON)


@pytest.fixture(scope="session")
def pem(cast: Cast) -> Callable[..., bytes]:
    """Return a function that issues a chain, by the name of its key."""

    def issue(key: str = "active", **changes: Any) -> bytes:
        both = (cast.leaf(key, **changes), cast.authority("intermediate"))
        return b"".join(one.certificate.public_bytes(Encoding.PEM) for one in both)

    return issue


@pytest.fixture(scope="session")
def pins(cast: Cast) -> Callable[..., bytes]:
    """Return a function that writes a pins.toml of keys of the cast, the last as backup."""

    def write(*keys: str, host: str = "localhost") -> bytes:
        pins = [f'"{cast.pin(key)}"' for key in keys]
        return (
            f'version = 1\n[[policy]]\nhost = "{host}"\npins = [{", ".join(pins[:-1])}]\n'
            f"backup_pins = [{pins[-1]}]\n"
        ).encode()

    return write


@dataclass
class Filled:
    """The API, with one of everything of acme's.

    Attributes:
        api: it.
        values: what stands for each parameter of a path.
    """

    api: Api
    values: dict[str, str]

    def ask(self, operation: Operation, client: TestClient, chain: bytes) -> httpx2.Response:
        """Ask for an operation with what is acme's, and with a body that is accepted."""
        path = re.sub(r"\{(\w+)\}", lambda found: self.values[found[1]], operation.path[1:])
        body: dict[str, Any] = {"content": chain} if operation.body is not Body.JSON else {}
        if operation.example is not None:
            body = {"json": operation.example}
        planned = {"name": "x", "deploy_at": "2027-01-01T00:00:00Z"}
        params = planned if operation.id == "create_plan" else {}
        return client.request(operation.method, path, params=params, **body)


Fill = Callable[[Api], Filled]


@pytest.fixture(scope="session")
def fill(pins: Callable[..., bytes], pem: Callable[..., bytes]) -> Fill:
    """Return a function that fills acme with one of everything."""

    def filled(api: Api) -> Filled:
        host = f"{MARK}.example"
        api.post("owners", {"name": "shared", "title": MARK})
        api.post("applications", {"name": "shared", "title": MARK, "owner": "shared"})
        release = "applications/shared/releases/1.0"
        api.client.put(release, content=pins("active", "backup", host=host))
        chain = pem(hosts=(host,))
        deploy = {"name": f"plan {MARK}", "deploy_at": "2026-12-24T08:00:00Z"}
        api.client.post("plans", params=deploy, content=chain)
        api.post("invitations", {"role": "viewer", "mail": f"{MARK}@example.com"})
        with api.database.begin(1) as scope:
            account = accounts.create(scope.connection, f"ada@{MARK}.example", MARK, api.at)
            memberships.add(scope, account, Role.OWNER, SERVICE, api.at)
            numbers = {"member": account, **_found(scope, api.at, load_certificates(chain))}
        api.post("routes", {"name": "shared", "address": HOOK})
        api.post("secrets", {"name": "shared", "value": MARK})
        api.post("rules", {"name": "shared", "when": {"subjects": [MARK]}})
        silence = {"when": {"subjects": [MARK]}, "until": "2026-12-24T08:00:00Z", "reason": MARK}
        api.post("silences", silence)
        lists = {"endpoint": "endpoints", "plan": "plans", "invitation": "invitations"}
        lists |= {"alert": "alerts", "silence": "silences"}
        for name, path in lists.items():
            numbers[name] = api.get(path).json()["items"][0]["id"]
        api.token("read")
        numbers["token"] = api.get("tokens").json()["items"][-1]["id"]
        shared = ("owner", "application", "route", "rule", "secret")
        names = {"version": "1.0", **dict.fromkeys(shared, "shared")}
        return Filled(api, names | {name: str(number) for name, number in numbers.items()})

    return filled


@pytest.fixture
def filled(api: Api, fill: Fill) -> Filled:
    """Return the API with one of everything."""
    return fill(api)


@pytest.fixture
def filled_any(any_database: Database, statics: Statics, fill: Fill) -> Iterator[Filled]:
    """Return the same on each kind of database in turn."""
    api = Api(any_database, NOON, statics)
    yield fill(api)
    api.client.close()


@pytest.fixture(scope="module")
def kept(
    _empty_database: Path, tmp_path_factory: pytest.TempPathFactory, statics: Statics, fill: Fill
) -> Iterator[Filled]:
    """Return the same for all tests of a file, which change nothing that another looks at."""
    path = shutil.copy(_empty_database, tmp_path_factory.mktemp("api") / "keypin.db")
    database = Database(f"sqlite:///{path}")
    with database.begin_across() as connection:
        for name in ("acme", "rival"):
            values = {"name": name, "title": name, "created_at": NOON}
            connection.execute(tables.organisations.insert().values(**values))
    api = Api(database, NOON, statics)
    api.throttle.most = 1_000_000
    yield fill(api)
    api.client.close()
    database.close()


def _found(scope: Scope, at: datetime, chain: Chain) -> dict[str, int]:
    """Put in what the parts of the service would have found."""
    application = scope.value(scope.select(tables.applications.c.id))
    endpoint = scope.value(scope.select(tables.endpoints.c.id))
    digest = digest_of(chain)
    pin_set = scope.value(scope.select(tables.pin_sets.c.id))
    keep(scope.connection, {digest: chain})
    scope.add(
        tables.observations,
        endpoint=endpoint,
        vantage="here",
        address="192.0.2.1",
        key_type="any",
        chain=digest,
        detail={},
        first_seen_at=at,
        last_seen_at=at,
        probes=1,
    )
    scope.add(
        tables.verdicts,
        endpoint=endpoint,
        chain=digest,
        pin_set=pin_set,
        outcome="passes",
        pin=MARK,
        why={},
        judged_at=at,
    )
    finding = scope.add(
        tables.ct_findings,
        identity=MARK,
        rule="issued-unexpected",
        severity="warning",
        message=MARK,
        names=[f"{MARK}.example"],
        issuer=MARK,
        log=MARK,
        position=7,
        logged_at=at,
        known_at=at,
        endpoint=endpoint,
        document={
            "of": MARK,
            "names": [f"{MARK}.example"],
            "hits": [{"kind": "name", "watched": f"{MARK}.example", "seen": f"{MARK}.example"}],
            "applications": [],
            "evidence": [],
            "where": [MARK],
            "cure": MARK,
            "log": MARK,
        },
    )
    group = scope.add(
        tables.report_groups,
        application=application,
        fingerprint=MARK,
        host=f"{MARK}.example",
        classification="intercepting-proxy",
        severity="warning",
        message=MARK,
        document={"of": MARK},
        folded=b"",
        first_at=at,
        last_at=at,
        count=3,
    )
    scope.add(tables.report_counts, application=application, report_group=group, minute=at, count=3)
    _alert(scope, at)
    return {"finding": finding, "group": group}


def _alert(scope: Scope, at: datetime) -> None:
    """Put in an alert, and the signal that it is made of."""
    signal = Signal(
        id="certificate-expires",
        severity=Severity.ERROR,
        subject=Subject("endpoint", f"{MARK}.example:443"),
        title=MARK,
    )
    tell(scope, [signal], at)
    opened = {"since": at, "last_seen": at, "opened_at": at}
    alert = Alert(
        signal=signal, rule="x", severity=Severity.ERROR, group="", state=State.OPEN, **opened
    )
    keeping.keep(scope, [keeping.Moved(None, alert, ())], rulebook.read(scope, at), at)


@pytest.fixture
def mark() -> str:
    """Return what is in every text of acme's."""
    return MARK
