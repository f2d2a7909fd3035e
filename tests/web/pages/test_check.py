"""The page Check: guarded, throttled, and read live from a real server."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_network

import pytest

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.watch.inventory import endpoints
from keypin.watch.people.roles import Role
from keypin.web.pages import check


@pytest.fixture(scope="module")
def port(new_shop) -> Iterator[int]:
    """Serve a chain of the shop's CA on loopback, and return the port."""
    shop = new_shop()
    context = tls_context(Play(), (shop.chain("active", "127.0.0.1"),), b"")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), connection:
                    connection.settimeout(5)
                    with context.wrap_socket(connection, server_side=True) as tls:
                        tls.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    listener.close()


@pytest.fixture
def inside(new_shop, port):
    """Return the shop, whose settings let members read loopback, and which watches that port."""
    shop = new_shop()
    shop.settings = replace(shop.settings, internal=(ip_network("127.0.0.0/8"),))
    shop.__post_init__()
    with shop.database.begin(1) as scope:
        watched = WatchedEndpoint(endpoint=Endpoint("other.shop.example", port))
        endpoints.add(scope, watched, at=shop.now)
    return shop


def _events(text: str) -> list[str]:
    """Return the HTML of each event."""
    return [
        "\n".join(line.removeprefix("data: ") for line in event.splitlines())
        for event in text.split("\n\n")
        if event.startswith("data:")
    ]


def test_the_page_opens_a_stream_for_what_was_typed(owner) -> None:
    """A check can be linked to, by the address of its page."""
    assert "It reads as a client does" in owner.get("/check").text
    page = owner.get("/check?host=api.shop.example").text
    assert 'hx-sse:connect="/o/acme/check/events?host=api.shop.example"' in page


@pytest.mark.parametrize("host", ["no%20host", "a..b", "x" * 300, "smtp://"])
def test_what_is_no_host_comes_back_with_the_reason(owner, host: str) -> None:
    """And nothing is dialled."""
    answer = owner.get(f"/check?host={host}")
    assert answer.status_code == 422
    assert 'id="host-error"' in answer.text
    assert owner.get(f"/check/events?host={host}").status_code == 422


def test_a_server_is_read_explained_and_its_pins_are_ready(inside, port) -> None:
    """Progress first, then the result, then the end."""
    answer = inside.browser().get(f"/check/events?host=127.0.0.1:{port}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("event: done\ndata: \n\n")
    *progress, last = _events(answer.text)
    assert "Reading 127.0.0.1" in progress[-1]
    for text in ("verified", "keypin lab intermediate", "Should you pin this?", "pins.toml"):
        assert text in last
    assert "Watch it" in last


def test_a_member_reads_what_the_releases_would_say(inside, port) -> None:
    """Releases that pin another key refuse it: these first, and of them the one with more users."""
    browser = inside.browser()
    path = "/inventory/applications/2/releases"
    for version, key, share in (
        ("6", "renewed", "1"),
        ("7", "active", "50"),
        ("8", "renewed", "9"),
        ("9", "active", ""),
    ):
        text = inside.pins("127.0.0.1", keys=(key, "backup"))
        sent = browser.post(path, text=text, version=version, share=share)
        assert sent.status_code == 303
    last = _events(browser.get(f"/check/events?host=127.0.0.1:{port}").text)[-1]
    said = last.partition("What your releases say of it")[2]
    verdicts = re.findall(r"kiosk (\d).*?(matched|mismatch)", said, re.DOTALL)
    assert verdicts == [("8", "mismatch"), ("6", "mismatch"), ("7", "matched"), ("9", "matched")]


def test_what_is_watched_leads_to_its_page(inside, port) -> None:
    """Where its past is, and the verdicts are a table; it need not be added again."""
    browser = inside.browser()
    where = f"127.0.0.1:{port}"
    added = browser.post("/endpoints", endpoint=where).headers["location"].partition("?")[0]
    for one in (browser, inside.browser(Role.VIEWER)):
        last = _events(one.get(f"/check/events?host={where}").text)[-1]
        assert f'href="{added}"' in last
        assert "Watch it" not in last
    assert 'id="verdicts"' in browser.get(added.removeprefix("/o/acme")).text


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1"])
def test_internal_addresses_are_not_read(owner, host: str) -> None:
    """Whatever they are written as."""
    events = _events(owner.get(f"/check/events?host={host}").text)
    assert len(events) == 2
    assert "is not dialled" in events[-1]


def test_a_stranger_reads_nothing_that_settings_open_to_members(inside, port) -> None:
    """The page is public by setting, and loopback stays closed to it."""
    visitor = inside.visitor()
    visitor.base = ""
    assert "Check a server" in visitor.get("/check?host=127.0.0.1").text
    last = _events(visitor.get(f"/check/events?host=127.0.0.1:{port}").text)[-1]
    assert "not dialled here" in last
    last = _events(visitor.get("/check/events?host=127.0.0.1").text)[-1]
    assert "KEYPIN_INTERNAL" in last
    assert "Nothing unusual" not in last


def test_the_page_is_for_members_unless_the_settings_say_otherwise(new_shop) -> None:
    """A stranger is sent to the sign-in."""
    shop = new_shop()
    shop.settings = replace(shop.settings, check=False)
    shop.__post_init__()
    visitor = shop.visitor()
    visitor.base = ""
    assert visitor.get("/check").headers["location"].startswith("/sign-in")
    assert visitor.get("/check/events?host=a.example").status_code == 403


def test_a_source_may_check_so_often_and_no_more(inside) -> None:
    """It is told how long to wait."""
    browser = inside.browser(Role.VIEWER)
    for _ in range(check.CHECKS):
        browser.get("/check/events?host=127.0.0.1:1")
    last = _events(browser.get("/check/events?host=127.0.0.1:1").text)[-1]
    assert "You checked often. Wait" in last


@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
def test_a_member_scans_no_ports_of_networks_that_settings_open(new_shop, port, role) -> None:
    """Those of TLS and of endpoints are read, there as elsewhere, and the page names both."""
    shop = new_shop()
    shop.settings = replace(shop.settings, internal=(ip_network("127.0.0.0/8"),))
    shop.__post_init__()
    browser = shop.browser(role)
    where = f"/check/events?host=127.0.0.1:{port}"
    assert f"port {port} of 127.0.0.1 is not dialled here" in _events(browser.get(where).text)[-1]
    assert "of your endpoints" not in browser.get("/check").text
    assert shop.browser().post("/endpoints", endpoint=f"a.example:{port}").status_code == 303
    assert "keypin lab intermediate" in _events(browser.get(where).text)[-1]
    assert f"and of your endpoints {port}." in browser.get("/check").text
    visitor = shop.visitor()
    visitor.base = ""
    assert "not dialled here" in _events(visitor.get(where).text)[-1]


def test_a_port_that_is_nobodys_is_not_dialled(owner) -> None:
    """A stranger cannot scan ports by this page."""
    last = _events(owner.get("/check/events?host=192.0.2.1:22").text)[-1]
    assert "not dialled here" in last
