"""A small shop that has been watched for months: what every test of the pages looks at."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from keypin.certs import (
    Cause,
    Certificate,
    Endpoint,
    Failure,
    Handshake,
    Observation,
    TrustStore,
    VerificationError,
    VerifiedChain,
    load_certificates,
)
from keypin.inventory.entries import Application, Owner, Platform, WatchedEndpoint
from keypin.lab.authority import Issued
from keypin.lab.cast import Cast
from keypin.pins import Pin
from keypin.probe.verdicts import Verdicts
from keypin.reports import Arrival, Form, GroupKey, Report
from keypin.watch.alerting.engine import Engine
from keypin.watch.collecting.filing import Drawer
from keypin.watch.collecting.judge import GroupJudge
from keypin.watch.core import Core
from keypin.watch.inventory import applications, chains, endpoints, owners, read_upload
from keypin.watch.inventory.pushing import plan, push
from keypin.watch.people import accounts, audit, memberships, sessions
from keypin.watch.people.audit import SERVICE, Actor
from keypin.watch.people.roles import Role
from keypin.watch.probing import observations
from keypin.watch.probing.claims import Claimed
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import applications as application_table
from keypin.watch.store.tables import ct_findings, ct_logs, organisations
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.work.inline import Inline
from keypin.web import csrf
from keypin.web.app import Pages, compose
from keypin.web.identity_routes import people_routes
from keypin.web.look import Look
from keypin.web.pages import routes
from keypin.web.statics import Statics

NOW = datetime.now(UTC).replace(microsecond=0)
ADDRESS = "https://watch.example"
HOSTS = ("api.shop.example", "cdn.shop.example", "pay.shop.example", "new.shop.example")


@dataclass
class Browser:
    """Somebody at the pages, without a screen."""

    client: TestClient
    base: str = "/o/acme"

    @property
    def csrf(self) -> str:
        """What the forms of this browser carry."""
        return csrf.token(self.client.cookies.get("__Host-keypin", ""))

    def get(self, path: str) -> httpx2.Response:
        """Open a page of the organisation."""
        headers = {"accept": "text/html"}
        return self.client.get(self.base + path, headers=headers, follow_redirects=False)

    def post(
        self,
        path: str,
        files: dict[str, tuple[str, bytes]] | None = None,
        **fields: str | list[str],
    ) -> httpx2.Response:
        """Send a form of a page."""
        headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin", "accept": "text/html"}
        return self.client.post(
            self.base + path,
            data={"csrf": self.csrf, **fields},
            files=files,
            headers=headers,
            follow_redirects=False,
        )


@dataclass
class Shop:
    """The organisation `acme` and its service."""

    database: Database
    look: Look
    statics: Statics
    cast: Cast
    settings: Settings
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()]))
    now: datetime = NOW
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        pages = Pages(self.core, self.look, self.statics)
        own = [*people_routes(self.look), self.statics.route(), *routes(self.core, self.look)]
        self.app = compose(pages, own)

    @property
    def core(self) -> Core:
        """The installation."""
        return Core(
            settings=self.settings,
            database=self.database,
            sealer=self.sealer,
            work=Inline(lambda: self.now),
            clock=lambda: self.now,
        )

    @property
    def trust(self) -> TrustStore:
        """What the shop's clients trust."""
        return TrustStore(load_certificates(self.cast.trusted_pem()))

    def cookie(self, name: str, role: Role, organisation: int = 1) -> str:
        """Return the cookie of somebody who is signed in."""
        mail = f"{name.lower()}@shop.example"
        with self.database.begin(organisation) as scope:
            account = accounts.find(scope.connection, mail)
            if account is None:
                number = accounts.create(scope.connection, mail, name, self.now)
                memberships.add(scope, number, role, SERVICE, self.now)
            else:
                number = account.number
        with self.database.begin_across() as connection:
            return sessions.create(connection, number, self.now)

    def browser(self, role: Role = Role.OWNER, organisation: int = 1) -> Browser:
        """Return the browser of somebody who is signed in."""
        client = TestClient(self.app, base_url=ADDRESS, client=("192.0.2.7", 50000))
        token = self.cookie(f"{role.title()}{organisation}", role, organisation)
        client.cookies.set("__Host-keypin", token, domain="watch.example", path="/")
        return Browser(client)

    def visitor(self) -> Browser:
        """Return the browser of somebody who is not signed in."""
        return Browser(TestClient(self.app, base_url=ADDRESS, client=("192.0.2.9", 50000)))

    def chain(self, key: str, host: str, **changes: Any) -> tuple[Issued, ...]:
        """Issue a chain for a host."""
        leaf = self.cast.leaf(key, name=host, hosts=(host,), **changes)
        return leaf, self.cast.authority("intermediate")

    def pins(
        self, *hosts: str, keys: tuple[str, ...] = ("active", "backup"), more: str = ""
    ) -> str:
        """Return a pins.toml that pins keys of the cast, the last as backup."""
        pins = [f'"{self.cast.pin(key)}"' for key in keys]
        policies = (
            f'[[policy]]\nhost = "{host}"\npins = [{", ".join(pins[:-1])}]\n'
            f"backup_pins = [{pins[-1]}]\n{more}"
            for host in hosts
        )
        return "version = 1\n" + "".join(policies)

    def endpoint(self, host: str) -> int:
        """Return the number of an endpoint."""
        query = select(endpoint_table.c.id).where(endpoint_table.c.host == host)
        with self.database.read_across() as connection:
            return int(connection.execute(query).scalar_one())

    def seen(self, host: str, at: datetime, *chain: Issued, address: str = "203.0.113.7") -> None:
        """Record what one look at an endpoint showed; without a chain it was refused."""
        endpoint = Endpoint(host)
        claimed = Claimed(
            schedule=0,
            id=self.endpoint(host),
            organisation=1,
            endpoint=endpoint,
            interval=timedelta(hours=1),
        )
        where = f"{address}:443"
        observation = Observation(endpoint=endpoint, at=at)
        if chain:
            ders = tuple(one.der for one in chain)
            shown, verdict = Verdicts(self.trust).judge(ders, host, at)
            shake = Handshake(
                address=where,
                key_type="ecdsa",
                tls_version="TLSv1.3",
                cipher="TLS_AES_128_GCM_SHA256",
                presented=shown,
                verified=verdict if isinstance(verdict, VerifiedChain) else None,
                problem=verdict if isinstance(verdict, VerificationError) else None,
            )
            observation = replace(observation, handshakes=(shake,))
        else:
            failure = Failure(
                address=where, key_type="ecdsa", cause=Cause.REFUSED, detail="connection refused"
            )
            observation = replace(observation, failures=(failure,))
        with self.database.begin_across() as connection:
            observations.record(connection, "here", [observations.Probed(claimed, observation)])

    def judge(self) -> None:
        """Judge all that is due, and make alerts of it."""
        judge = Judge(self.database, Trust(anchors=self.trust))
        while judge.turn(self.now):
            pass
        while Engine(self.database).turn(self.now):
            pass


def _inventory(shop: Shop) -> None:
    """Two applications with releases, and who answers for them."""
    at = shop.now - timedelta(days=100)
    with shop.database.begin(1) as scope:
        owners.add(scope, Owner(name="mobile", title="Mobile", mail=("mobile@shop.example",)))
        for name, platform in (("shop-android", Platform.ANDROID), ("kiosk", Platform.DEVICE)):
            entry = Application(name=name, title=name.title(), platform=platform, owner="mobile")
            applications.add(scope, entry, at=at)
        audit.record(scope, Actor("ada@shop.example"), "application.add", "kiosk", {}, at=at)
        more = 'expires = 2027-06-01T00:00:00Z\non_expiry = "report"\n'
        pushes = (
            ("shop-android", "3.1", shop.pins(*HOSTS[:3], keys=("renewed", "backup")), 0.12, 90),
            ("shop-android", "3.2", shop.pins(*HOSTS[:3], more=more), 0.41, 30),
            ("kiosk", "1.0", shop.pins("pay.shop.example", "new.shop.example"), None, 60),
        )
        for application, version, text, share, days in pushes:
            upload = read_upload(BytesIO(text.encode()), "pins.toml", at=at)
            when = shop.now - timedelta(days=days)
            push(scope, application, version, upload, at=when, share=share)
        hand = WatchedEndpoint(
            endpoint=Endpoint("blog.shop.example"), owner="mobile", tags=("web",)
        )
        endpoints.add(scope, hand, at=at)


def _past(shop: Shop) -> None:
    """What the endpoints showed, as far back as ninety days."""
    active = shop.chain("active", HOSTS[0], start=-20, days=60)
    for host, chain in (
        (HOSTS[0], active),
        (HOSTS[1], shop.chain("active", HOSTS[1], start=-95, days=105)),
        (HOSTS[2], shop.chain("renewed", HOSTS[2], start=-3)),
    ):
        before = shop.chain("renewed", host, start=-100, days=110)
        shop.seen(host, shop.now - timedelta(days=90), *before)
        shop.seen(host, shop.now - timedelta(days=20), *before)
        shop.seen(host, shop.now - timedelta(days=19), *chain)
        shop.seen(host, shop.now - timedelta(minutes=8), *chain)
    for minutes in (30, 20, 5):
        shop.seen("blog.shop.example", shop.now - timedelta(minutes=minutes))


def _logs(shop: Shop) -> None:
    """Two logs, of which one is behind."""
    rows = [
        {
            "log": letter * 64,
            "name": name,
            "operator": "Example",
            "url": f"https://{name.lower()}.example/",
            "state": state,
            "position": 620_000_000,
            "size": 620_000_000 + behind,
            "head_at": shop.now - timedelta(seconds=20),
            "lag": lag,
            "rate": 12.5,
            "problem": problem,
            "updated_at": shop.now - timedelta(seconds=20),
        }
        for letter, name, state, behind, lag, problem in (
            ("a", "Sabre", "followed", 0, 12, None),
            ("b", "Oak", "behind", 90_000, 5400, "The log answers slowly."),
        )
    ]
    with shop.database.begin_across() as connection:
        connection.execute(ct_logs.insert(), rows)
    _found(shop)


def _found(shop: Shop) -> None:
    """What the logs hold: a certificate with a key that nobody pins, and one that is deployed."""
    for number, (key, host, severity, deployed) in enumerate(
        (
            ("attacker", HOSTS[0], "error", None),
            ("active", HOSTS[1], "note", shop.now),
            ("other", "*.shop.example", "warning", None),
        )
    ):
        chain = certificates(*shop.chain(key, host))
        with shop.database.begin(1) as scope:
            chains.keep(scope.connection, {chains.digest_of(chain): chain})
            scope.add(
                ct_findings,
                identity=str(number) * 64,
                rule="key-not-pinned",
                severity=severity,
                message=f"its key is pinned by no release, were it deployed on {host}",
                names=[host],
                issuer=chain[0].issuer,
                spki=chain[0].spki_sha256,
                certificate=chain[0].sha256,
                not_after=chain[0].not_after,
                log="a" * 64,
                position=620_000_000 + number,
                logged_at=shop.now - timedelta(minutes=20),
                known_at=shop.now - timedelta(minutes=9 + number),
                endpoint=None if "*" in host else shop.endpoint(host),
                deployed_at=deployed,
                document={
                    "evidence": ["seen in a log"],
                    "chain": [chain[1].sha256.hex()],
                    "cure": "Ask who ordered it.",
                    "where": ["entry 1 of Sabre", "proved to be in the tree of 9 entries"],
                    "names": [host],
                    "hits": [{"kind": "name", "watched": host, "seen": host}],
                    "applications": [],
                    "log": "Sabre 2026h2",
                },
            )


def _reports(shop: Shop) -> None:
    """Phones behind a proxy, and some that were refused after the rotation."""
    with shop.database.begin_across() as connection:
        query = select(application_table.c.id).where(application_table.c.name == "shop-android")
        drawer = Drawer(connection, 1, int(connection.execute(query).scalar_one()), shop.now)
        for key, issuer, count, hours in (
            ("attacker", "proxy-root", 40, 2),
            ("active", "intermediate", 12, 200),
        ):
            leaf = shop.cast.leaf(key, name=HOSTS[0], hosts=(HOSTS[0],), issuer=issuer)
            report = Report(
                form=Form.TRUSTKIT_ANDROID,
                host=HOSTS[0],
                enforced=True,
                application="shop-android",
                version="3.1",
                platform="android",
                platform_version="15",
                served=(leaf.der, shop.cast.authority(issuer).der),
                pins=(Pin.parse(shop.cast.pin("renewed")),),
            )
            arrivals = [
                Arrival(
                    report,
                    shop.now - timedelta(hours=hours) + timedelta(minutes=number),
                    source=bytes([number]) * 8,
                    network="AS64496" if number % 3 else "192.0.2.0/24",
                    country="DE" if number % 2 else "FR",
                )
                for number in range(count)
            ]
            drawer.reports([(GroupKey.of(report), arrivals)])
    GroupJudge(shop.core).turn()


def furnish(shop: Shop) -> None:
    """Put everything into an empty database."""
    with shop.database.begin_across() as connection:
        for name in ("acme", "rival"):
            values = {"name": name, "title": name.title(), "created_at": NOW}
            connection.execute(organisations.insert().values(**values))
    _inventory(shop)
    _past(shop)
    _logs(shop)
    _reports(shop)
    shop.judge()


@pytest.fixture(scope="session")
def new_shop(
    _empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    look: Look,
    statics: Statics,
) -> Iterator[Callable[[], Shop]]:
    """Return a function that opens the shop, each time as it was at first."""
    folder = tmp_path_factory.mktemp("shop")
    made = Path(shutil.copy(_empty_database, folder / "made.db"))
    cast = Cast(NOW)
    (folder / "roots.pem").write_bytes(cast.trusted_pem())
    settings = Settings(public_url=ADDRESS, trust=folder / "roots.pem", check=True)
    first = Database(f"sqlite:///{made}")
    furnish(Shop(first, look, statics, cast, settings))
    first.close()
    opened: list[Database] = []

    def new() -> Shop:
        path = shutil.copy(made, folder / f"{len(opened)}.db")
        opened.append(Database(f"sqlite:///{path}"))
        return Shop(opened[-1], look, statics, cast, settings)

    yield new
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def postgresql_shop(
    new_postgresql: Callable[[], str], new_shop: Callable[[], Shop]
) -> Iterator[Shop]:
    """Return the same shop on PostgreSQL."""
    like = new_shop()
    database = Database(new_postgresql())
    shop = Shop(database, like.look, like.statics, like.cast, like.settings)
    furnish(shop)
    yield shop
    database.close()


@pytest.fixture(scope="module")
def shop(new_shop: Callable[[], Shop]) -> Shop:
    """Return the shop of a module, whose tests change only what is theirs."""
    return new_shop()


@pytest.fixture(scope="module")
def owner(shop: Shop) -> Browser:
    """Return the browser of an owner."""
    return shop.browser()


def certificates(*chain: Issued) -> tuple[Certificate, ...]:
    """Return a chain as certificates."""
    return tuple(Certificate.from_der(one.der) for one in chain)


@pytest.fixture(scope="module")
def planned(shop: Shop) -> str:
    """Plan the renewal of the interface, and return the plan's name."""
    chain = shop.chain("backup", HOSTS[0], days=80)
    with shop.database.begin(1) as scope:
        plan(
            scope,
            "renewal",
            certificates(*chain),
            deploy_at=shop.now + timedelta(days=5),
            by="ada@shop.example",
            at=shop.now,
        )
    return "renewal"
