"""An inventory of a shop, as its file and as its values, and inventories at random."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import strategies as st

from keypin.alerts import Match, Route, Rule
from keypin.alerts.toml import route_of, rule_of
from keypin.certs import Endpoint, Protocol
from keypin.findings import Severity
from keypin.inventory import (
    Application,
    CtWatch,
    Inventory,
    Kept,
    Owner,
    PinFile,
    Platform,
    Reference,
    ReleaseEntry,
    RouteEntry,
    RuleEntry,
    WatchedEndpoint,
)
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (str(Pin(bytes([number]) * 32)) for number in (1, 2, 3))

TEXT = f"""\
version = 1
organisation = "shop"

[ct]
expected_issuers = ["DigiCert, Inc.", "pki.goog"]
caa = true
look_alikes = false

[[owner]]
name = "platform"
title = "Platform team"
mail = ["platform@example.com"]

[[application]]
name = "shop-ios"
title = "Shop for iPhone"
platform = "ios"
owner = "platform"
tags = ["mobile"]
expected_issuers = ["letsencrypt.org"]

[[application.release]]
version = "3.2"
released = 2026-05-01
share = 0.41
pins = "pins/3.2.toml"

[[application.release]]
version = "3.1"

[[application.release.policy]]
host = "api.example.com"
pins = [
  "{A}",
]
backup_pins = [
  "{B}",
]

[[endpoint]]
host = "api.example.com"

[[endpoint]]
host = "mail.example.com"
protocol = "smtp"
interval = "6h"
vantage_points = ["eu"]
owner = "platform"
tags = ["mail"]
expected_issuers = ["Mail CA"]

[[endpoint]]
host = "2001:db8::7"
port = 8443

[[route]]
name = "on-call"
url = {{ env = "SLACK_URL" }}
severity = "error"
owners = ["platform"]
tags = ["mobile"]

[[rule]]
name = "all"
routes = ["on-call"]
"""

PINS_FILE = f"""version = 1

[[policy]]
host = "**.example.com"
pins = ["{A}", "{C}"]
"""


def pin_set(*numbers: int, host: str = "api.example.com", **changes) -> PinSet:
    """Return a pin set of one policy; the last pin is the backup."""
    *active, backup = (Pin(bytes([number]) * 32) for number in numbers)
    entries = (*map(PolicyPin, active), PolicyPin(backup, Role.BACKUP))
    return PinSet([Policy(host=HostPattern.parse(host), pins=entries, **changes)])


@pytest.fixture
def text() -> str:
    """Return the canonical file of the shop's inventory."""
    return TEXT


@pytest.fixture
def files() -> dict[str, bytes]:
    """Return the files that it refers to."""
    return {"pins/3.2.toml": PINS_FILE.encode()}


@pytest.fixture
def shop() -> Inventory:
    """Return the shop's inventory, of which one file was not read."""
    return Inventory(
        organisation="shop",
        ct=CtWatch(expected_issuers=("DigiCert, Inc.", "pki.goog"), caa=True),
        owners=(Owner(name="platform", title="Platform team", mail=("platform@example.com",)),),
        applications=(
            Application(
                name="shop-ios",
                title="Shop for iPhone",
                platform=Platform.IOS,
                owner="platform",
                tags=("mobile",),
                expected_issuers=("letsencrypt.org",),
                releases=(
                    ReleaseEntry(
                        version="3.2",
                        released=date(2026, 5, 1),
                        share=0.41,
                        file=PinFile(path="pins/3.2.toml"),
                    ),
                    ReleaseEntry(version="3.1", pin_set=pin_set(1, 2)),
                ),
            ),
        ),
        endpoints=(
            WatchedEndpoint(endpoint=Endpoint("api.example.com")),
            WatchedEndpoint(
                endpoint=Endpoint("mail.example.com", 25, Protocol.SMTP),
                interval=timedelta(hours=6),
                vantage_points=("eu",),
                owner="platform",
                tags=("mail",),
                expected_issuers=("Mail CA",),
            ),
            WatchedEndpoint(endpoint=Endpoint("2001:db8::7", 8443)),
        ),
        routes=(
            RouteEntry(
                route=Route(
                    name="on-call",
                    match=Match(severity=Severity.ERROR, owners=("platform",), tags=("mobile",)),
                ),
                url=Reference(Kept.ENV, "SLACK_URL"),
            ),
        ),
        rules=(RuleEntry(rule=Rule(name="all", routes=("on-call",))),),
    )


issuers = st.sampled_from(((), ("pki.goog",), ("DigiCert, Inc.", 'A "CA"')))
names = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,3})?", fullmatch=True)
tags = st.lists(
    st.from_regex(r"[a-z0-9][a-z0-9._:/=-]{0,5}", fullmatch=True), max_size=2, unique=True
).map(tuple)
titles = st.none() | st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
pin_sets = st.builds(
    pin_set,
    st.integers(0, 3),
    st.integers(4, 6),
    host=st.sampled_from(("api.example.com", "**.example.com", "*.example.com")),
    comment=st.none() | texts,
    expires=st.none() | st.just(datetime(2027, 6, 1, tzinfo=UTC)),
)
releases = st.builds(
    lambda version, released, share, pins: ReleaseEntry(
        version=version,
        released=released,
        share=share,
        **{"pin_set" if isinstance(pins, PinSet) else "file": pins},
    ),
    st.from_regex(r"[0-9]\.[0-9]", fullmatch=True),
    st.none() | st.dates(),
    st.none() | st.floats(0, 0.3),
    pin_sets
    | st.builds(
        PinFile,
        path=st.from_regex(r"[a-z]{1,4}/[a-z ]{1,4}", fullmatch=True),
        form=st.none() | texts,
        host=st.none() | texts,
    ),
)
owners = st.builds(
    Owner,
    name=st.sampled_from(("ada", "bob")),
    title=titles,
    mail=st.sampled_from(((), ("a@example.com",), ("a@example.com", "b@example.com"))),
)
endpoints = st.builds(
    WatchedEndpoint,
    endpoint=st.builds(
        Endpoint,
        st.sampled_from(("example.com", "192.0.2.7", "2001:db8::7")),
        st.sampled_from((443, 25, 8443)),
        st.sampled_from(Protocol),
    ),
    interval=st.integers(30, 604_800).map(lambda seconds: timedelta(seconds=seconds)),
    vantage_points=st.sampled_from(((), ("eu",), ("eu", "us"))),
    owner=st.none() | st.just("ada"),
    tags=tags,
    expected_issuers=issuers,
)
routes = st.builds(
    lambda name, table, url: RouteEntry(route=route_of({"name": name, **table}), url=url),
    names,
    st.sampled_from(
        (
            {},
            {"severity": "note", "owners": ["ada"], "tags": ["a"]},
            {"delivery": "digest"},
            {"hours": {"from": "08:30", "zone": "Europe/Berlin", "urgent": "none"}},
        )
    ),
    st.sampled_from(
        (
            Reference(Kept.ENV, "URL"),
            Reference(Kept.SECRET, "slack"),
            Reference(Kept.INLINE, "https://hooks.example/a"),
            Reference(Kept.INLINE, "https://hooks.example/b"),
        )
    ),
)
rules = st.builds(
    lambda name, table: RuleEntry(rule=rule_of({"name": name, **table})),
    names,
    st.sampled_from(
        (
            {},
            {"ignore": True, "when": {"subjects": ["*.example.com"], "tags": ["a", "b"]}},
            {"wait": "1h30m", "group_by": [], "severity": "error"},
        )
    ),
)
applications = st.builds(
    Application,
    name=names,
    title=titles,
    platform=st.sampled_from(Platform),
    owner=st.none() | st.just("ada"),
    tags=tags,
    expected_issuers=issuers,
    releases=st.lists(releases, max_size=3, unique_by=lambda one: one.version).map(tuple),
)


def several(entries, key):
    """Return some entries that can be told apart."""
    return st.lists(entries, max_size=3, unique_by=key).map(tuple)


def by_name(entry) -> str:
    """Return the name of an entry."""
    return entry.name


random_inventories = st.builds(
    lambda others, **rest: Inventory(
        organisation="shop", owners=(Owner(name="ada"), *others), **rest
    ),
    st.lists(owners.filter(lambda one: one.name == "bob"), max_size=1),
    ct=st.builds(CtWatch, expected_issuers=issuers, caa=st.booleans(), look_alikes=st.booleans()),
    applications=several(applications, by_name),
    endpoints=several(endpoints, lambda one: one.endpoint),
    routes=several(routes, by_name),
    rules=several(rules, by_name),
)


@pytest.fixture(scope="session")
def inventories() -> st.SearchStrategy[Inventory]:
    """Return a strategy of inventories; under importlib mode tests cannot import this file."""
    return random_inventories


@pytest.fixture(scope="session")
def pinned():
    """Return a function that makes a pin set of one policy."""
    return pin_set
