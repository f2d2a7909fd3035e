"""Whoever knows the secret address gets the calendar and the feed of one organisation."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from starlette.applications import Starlette
from starlette.testclient import TestClient

from keypin.alerts import Signal, Subject
from keypin.findings import Severity
from keypin.watch.alerting.engine import Engine
from keypin.watch.alerting.feeds import new_token
from keypin.watch.alerting.signals import tell
from keypin.watch.core import Core
from keypin.watch.people.audit import SERVICE
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline
from keypin.web.feeds import addresses, routes

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BASE = "https://keypin.example"


@pytest.fixture
def core(database: Database) -> Core:
    """Return an installation in which one organisation has an alert that is a date as well."""
    day = (NOW + timedelta(days=9)).isoformat()
    trouble = Signal(
        id="pins-exhausted",
        severity=Severity.ERROR,
        subject=Subject("endpoint", "api.example.com:443"),
        title="no pin of shop 3.2 is left",
        facts=(("at", day),),
        link="/endpoints/7",
    )
    with database.begin(1) as scope:
        tell(scope, [trouble], NOW)
    Engine(database).turn(NOW)
    return Core(
        settings=Settings(public_url=BASE),
        database=database,
        sealer=Sealer([Fernet.generate_key().decode()]),
        work=Inline(),
        clock=lambda: NOW,
    )


def test_a_token_reads_one_organisations_feeds(core: Core) -> None:
    """Both come with their types, and lead to the organisation's pages."""
    with core.database.begin(1) as scope:
        token = new_token(scope, core.sealer, by=SERVICE, at=NOW)
    client = TestClient(Starlette(routes=routes(core)), base_url=BASE)
    dates, news = (client.get(one) for one in addresses(core, "acme", token))
    assert dates.headers["content-type"] == "text/calendar; charset=utf-8"
    assert news.headers["content-type"] == "application/rss+xml; charset=utf-8"
    for answer in (dates, news):
        assert "no pin of shop 3.2 is left" in answer.text.replace("\r\n ", "")
        assert f"{BASE}/o/acme/endpoints/7" in answer.text.replace("\r\n ", "")


@pytest.mark.parametrize("organisation", ["acme", "rival", "nobody", "%00", "ACME"])
def test_nothing_else_opens_them(core: Core, organisation: str) -> None:
    """A wrong token, another's, and an organisation that there is not: there is nothing."""
    with core.database.begin(2) as scope:
        new_token(scope, core.sealer, by=SERVICE, at=NOW)
    client = TestClient(Starlette(routes=routes(core)), base_url=BASE)
    for token in ("wrong", "%F0%9F%94%91", "%00"):
        for address in addresses(core, organisation, token):
            assert client.get(address).status_code == 404
