"""Settings, "Alert routes": who is told, tried and changed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from keypin.alerts import Delivery, Hours, Match, Route
from keypin.findings import Severity
from keypin.watch.alerting import routes
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log

ROUTE = {"name": "on-call", "address": f"https://192.0.32.10/hook#{'k' * 32}", "severity": "error"}
PATH = "/settings/routes"


def test_a_route_is_kept_paused_and_removed_and_its_address_stays_secret(new_shop) -> None:
    """The log names the route, and never where it leads."""
    shop = new_shop()
    browser = shop.browser()
    assert browser.post(f"{PATH}/add", **ROUTE, owner="mobile", tags="eu").status_code == 303
    page = browser.get(PATH).text
    for text in ("on-call", "error or worse", "of mobile", "192.0.32.10"):
        assert text in page
    assert browser.post(f"{PATH}/switch", route="on-call", enabled="no").status_code == 303
    assert "paused" in browser.get(PATH).text
    assert browser.post(f"{PATH}/switch", route="on-call", enabled="yes").status_code == 303
    assert browser.post(f"{PATH}/remove", route="on-call").status_code == 303
    with shop.database.read_across() as connection:
        log = connection.execute(audit_log.select()).mappings().all()
    assert [row["action"] for row in log][-4:] == [
        "route.add",
        "route.change",
        "route.change",
        "route.remove",
    ]
    assert "/hook" not in str([row["detail"] for row in log])


def test_an_address_that_leads_inside_is_refused(owner) -> None:
    """As is one that leads nowhere."""
    for address in ("http://127.0.0.1/hook", "nonsense"):
        answer = owner.post(f"{PATH}/add", **{**ROUTE, "address": address})
        assert answer.status_code == 422
        assert 'id="route-address-error"' in answer.text


def _actions(shop) -> list[str]:
    with shop.database.read_across() as connection:
        rows = connection.execute(audit_log.select().order_by(audit_log.c.id)).mappings()
        return [row["action"] for row in rows if row["action"].startswith("route")]


def test_a_route_is_changed_and_its_address_stays(new_shop) -> None:
    """Conditions, hours and delivery; the address is another only where one was typed."""
    shop = new_shop()
    browser = shop.browser()
    browser.post(f"{PATH}/add", **ROUTE, tags="eu")
    page = browser.get(f"{PATH}?route=on-call").text
    for text in ("Change on-call", 'value="eu"', "stays unless another is typed"):
        assert text in page
    assert "k" * 32 not in page
    hours = {"hours-days": "Mon, tue", "hours-from": "09:00", "hours-to": "17:30"}
    more = {"hours-zone": "Europe/Berlin", "hours-urgent": "none", "delivery": "digest"}
    fields = {"name": "on-call", "severity": "note", "owners": "mobile", "tags": "web, eu"}
    assert browser.post(f"{PATH}/change", **fields, **hours, **more).status_code == 303
    with shop.database.read(1) as scope:
        kept = routes.find(scope, "on-call").route
        address = routes.address_of(scope, shop.sealer, "on-call")
    assert address == ROUTE["address"]
    assert kept == Route(
        name="on-call",
        match=Match(severity=Severity.NOTE, owners=("mobile",), tags=("web", "eu")),
        delivery=Delivery.DIGEST,
        hours=replace(kept.hours or Hours(), days=("mon", "tue"), zone="Europe/Berlin"),
        urgent=None,
    )
    page = browser.get(PATH).text
    assert "mon, tue 09:00 to 17:30 Europe/Berlin" in page
    again = browser.get(f"{PATH}?route=on-call").text
    for text in ('value="mon, tue"', 'value="09:00"', 'value="17:30"', 'value="Europe/Berlin"'):
        assert text in again
    other = f"https://192.0.32.11/hook#{'o' * 32}"
    browser.post(f"{PATH}/change", **fields, address=other)
    with shop.database.read(1) as scope:
        assert routes.address_of(scope, shop.sealer, "on-call") == other
        assert routes.find(scope, "on-call").route.hours is None
    assert _actions(shop) == ["route.add", "route.change", "route.change"]


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"name": "On Call"}, "name", "lower case words"),
        ({"name": "there"}, "name", "there"),
        ({"address": "nonsense"}, "address", ""),
        ({"severity": "awful"}, "severity", "one of"),
        ({"owners": "nobody"}, "owners", "whom there is not"),
        ({"hours-days": "someday"}, "", "some of mon, tue"),
        ({"hours-from": "25:00"}, "hours-from", "a time of day"),
        ({"hours-from": "09:00", "hours-to": "08:00"}, "", "an end after the beginning"),
        ({"hours-from": "09:00", "hours-zone": "Mars"}, "", "an IANA name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(new_shop, fields, field, why) -> None:
    """And what was typed stands in the form again, but for the address."""
    browser = new_shop().browser()
    browser.post(f"{PATH}/add", **{**ROUTE, "name": "there"})
    answer = browser.post(f"{PATH}/add", **{**ROUTE, "tags": "kept", **fields})
    assert answer.status_code == 422
    assert why in answer.text
    assert not field or f'id="route-{field}-error"' in answer.text
    assert 'value="kept"' in answer.text
    assert "k" * 32 not in answer.text


@pytest.fixture
def hook() -> Iterator[tuple[str, list[int], list[bytes]]]:
    """Return the address of a webhook on loopback, what it answers, and what it was sent."""
    answers, bodies = list[int](), list[bytes]()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop())
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook#{'k' * 32}", answers, bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_test_is_sent_and_the_page_says_what_became_of_it(new_shop, hook) -> None:
    """Taken or not, in one sentence; the message leads back to this page."""
    address, answers, bodies = hook
    shop = new_shop()
    shop.settings = replace(shop.settings, internal=(ip_network("127.0.0.0/8"),))
    shop.__post_init__()
    browser = shop.browser()
    browser.post(f"{PATH}/add", **{**ROUTE, "address": address})
    answers[:] = [404, 204]
    taken = browser.post(f"{PATH}/test", route="on-call")
    assert (taken.status_code, "on-call took the test message." in taken.text) == (200, True)
    failed = browser.post(f"{PATH}/test", route="on-call").text
    assert "on-call did not take the test message: the webhook answered 404." in failed
    assert [json.loads(one)["kind"] for one in bodies] == ["test", "test"]
    assert "/o/acme/settings/routes" in json.loads(bodies[0])["text"]
    assert _actions(shop) == ["route.add", "route.test", "route.test"]


def test_a_route_that_is_not_there_is_not_found(owner) -> None:
    """Whoever removed it meanwhile."""
    assert owner.get(f"{PATH}?route=gone").status_code == 404
    assert owner.post(f"{PATH}/test", route="gone").status_code == 404
    assert owner.post(f"{PATH}/change", name="gone").status_code == 404


def test_only_owners_see_it(shop) -> None:
    """An address is a secret."""
    assert shop.browser(Role.EDITOR).get(PATH).status_code == 403
