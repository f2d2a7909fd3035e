"""Every page walked as its user would: a real browser, a real database, real handshakes."""

import csv
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.watch.inventory import endpoints
from keypin.watch.people import accounts, memberships
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role

pytestmark = pytest.mark.once

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """
() => axe.run(document, { resultTypes: ["violations"], iframes: false }).then(
  (result) => result.violations.map(
    (one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`))
"""
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"
PASSWORD = "correct horse battery staple"
WHO = "grace@shop.example"

# Light on a wide screen, dark on a phone.
LOOKS = (("light", 1400), ("dark", 390))


@dataclass
class Walk:
    """Somebody who walks through the pages."""

    page: Page
    url: str
    shop: Any
    port: int

    def open(self, path: str) -> None:
        """Open a page of the organisation."""
        self.page.goto(f"{self.url}/o/acme{path}")

    def press(self, name: str) -> None:
        """Press a button or follow a link."""
        self.page.get_by_role("button", name=name).first.click()

    def unfold(self, title: str) -> None:
        """Open a form that is folded."""
        self.page.locator("summary", has_text=title).click()

    def says(self, text: str) -> None:
        """Expect the page to say something."""
        expect(self.page.get_by_text(text).first).to_be_visible()


@pytest.fixture(scope="module")
def server(new_shop) -> Iterator[tuple[str, Any]]:
    """Serve the shop at an address of its own, which may read loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    shop = new_shop()
    loopback = (ip_network("127.0.0.0/8"),)
    shop.settings = replace(shop.settings, public_url=url, internal=loopback)
    shop.__post_init__()
    with shop.database.begin(1) as scope:
        number = accounts.create(scope.connection, WHO, "Grace", shop.now, password=PASSWORD)
        memberships.add(scope, number, Role.OWNER, SERVICE, shop.now)
    running = uvicorn.Server(uvicorn.Config(shop.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    yield url, shop
    running.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def port(server) -> Iterator[int]:
    """Serve a chain of the shop's CA on loopback, and return the port."""
    _, shop = server
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
def walk(tab, server, port) -> Walk:
    """Return somebody who is signed in, as the first of them signed in by hand."""
    url, shop = server
    page = tab.page
    page.set_default_timeout(10_000)
    if not page.context.cookies(url):
        page.goto(f"{url}/")
        page.get_by_label("Mail").fill(WHO)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return Walk(page, url, shop, port)


def test_the_overview_leads_to_an_alert_which_is_taken_care_of(walk) -> None:
    """From what needs somebody, to its evidence, to an answer; then it is silenced."""
    walk.open("/")
    walk.page.get_by_role("link", name="api.shop.example breaks now").click()
    walk.press("Take care of it")
    walk.says("You take care of this alert.")
    walk.page.get_by_label("Reason").fill("The release is out on Monday")
    walk.press("Silence")
    walk.says("Nobody is told of this until the silence ends")
    walk.open("/alerts?state=acknowledged")
    walk.says("silenced")


def test_several_alerts_are_chosen_and_a_silence_is_made_and_ended(walk) -> None:
    """All of a page at once, by the keyboard as by the mouse; the list says what came of it."""
    walk.open("/alerts")
    boxes = walk.page.locator("#alerts tbody input")
    walk.page.get_by_label("All on this page").check()
    expect(walk.page.locator("#alerts tbody input:checked")).to_have_count(boxes.count())
    walk.page.get_by_label("All on this page").uncheck()
    boxes.nth(1).check()
    walk.page.get_by_label("Note, or reason").fill("The move on Monday")
    walk.press("Take care of them")
    walk.says("You take care of these alerts.")
    walk.page.get_by_role("link", name="Silences").click()
    walk.unfold("Silence something")
    walk.page.get_by_label("Applications").fill("kiosk")
    walk.page.get_by_label("Reason").fill("in repair")
    walk.page.get_by_role("button", name="Silence", exact=True).click()
    walk.says("The silence begins.")
    rows = walk.page.locator("#silences tbody tr", has_text="in repair")
    rows.get_by_role("button", name="End it now").click()
    walk.says("The silence is over.")
    expect(rows).to_contain_text("ended by grace@shop.example")


def test_who_may_issue_is_said_and_a_finding_is_acknowledged(walk) -> None:
    """It is on the page at once; what is acknowledged leaves the list, and is under its tab."""
    walk.open("/ct")
    walk.unfold("Say who may issue")
    walk.page.get_by_label("Who may issue", exact=False).last.fill("Let's Encrypt\npki.goog")
    walk.page.get_by_label("Watch names that look like yours").check()
    walk.press("Keep it")
    walk.says("Expected to issue: Let's Encrypt, pki.goog.")
    rows = walk.page.locator("#found tbody tr")
    expect(rows).to_have_count(3)
    rows.first.get_by_role("link").first.click()
    walk.unfold("Acknowledge it")
    walk.page.get_by_label("Why").fill("Ordered for the move to another CA")
    walk.page.get_by_role("button", name="Acknowledge", exact=True).click()
    walk.says("The finding is acknowledged.")
    walk.open("/ct")
    expect(rows).to_have_count(2)
    walk.page.get_by_role("link", name="Acknowledged 1", exact=True).click()
    walk.says("acknowledged by Grace")
    rows.first.get_by_role("link").first.click()
    walk.press("Take it back")
    walk.says("The finding is told again")


def test_endpoints_are_filtered_sorted_saved_and_opened(walk) -> None:
    """The rows follow what is typed; the CSV has what is seen; the timeline has its spans."""
    walk.open("/endpoints")
    rows = walk.page.locator("#endpoints tbody tr")
    expect(rows).to_have_count(5)
    walk.page.get_by_role("searchbox").fill("shop.example:443")
    walk.page.get_by_role("searchbox").fill("cdn")
    expect(rows).to_have_count(1)
    with walk.page.expect_download() as downloaded:
        walk.page.get_by_role("link", name="CSV").click()
    with Path(downloaded.value.path()).open(encoding="utf-8") as file:
        assert [row["endpoint"] for row in csv.DictReader(file)] == ["cdn.shop.example:443"]
    walk.page.get_by_role("link", name="cdn.shop.example:443").click()
    walk.page.get_by_role("link", name="1 year").click()
    walk.says("matched")
    walk.press("Read it now")
    walk.says("The endpoint is read within seconds")


def test_a_chain_is_tried_before_it_is_deployed(walk) -> None:
    """An upload, the verdicts, and the plan withdrawn after the question."""
    pem = b"".join(one.pem for one in walk.shop.chain("attacker", "api.shop.example"))
    walk.open("/matrix")
    walk.unfold("Try a chain before it is deployed")
    file = {"name": "chain.pem", "mimeType": "application/x-pem-file", "buffer": pem}
    walk.page.get_by_label("Or a file").set_input_files(file)
    walk.page.get_by_label("Name of the plan").fill("Monday")
    walk.press("Judge it and keep the plan")
    walk.says("Judged by a chain that is only planned: Monday")
    walk.says("2 releases of shop-android with 53% of its users would be refused")
    walk.press("Withdraw the plan")
    walk.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    walk.says("The plan is withdrawn.")


def test_a_host_is_checked_live_and_watched_from_then_on(walk) -> None:
    """What is found appears as it is found; the pins are ready; one press watches it.

    Its port is one of the organisation's, for another endpoint has it.
    """
    with walk.shop.database.begin(1) as scope:
        watched = WatchedEndpoint(endpoint=Endpoint("other.shop.example", walk.port))
        endpoints.add(scope, watched, at=walk.shop.now)
    walk.open("/check")
    walk.page.get_by_label("Host, or host:port").fill(f"127.0.0.1:{walk.port}")
    walk.page.get_by_role("button", name="Check", exact=True).click()
    walk.says("Should you pin this?")
    walk.says("Ready to copy")
    walk.press("Watch it")
    walk.says("The endpoint is watched.")


def test_a_release_is_pushed_and_a_file_is_a_plan_before_it_is_applied(walk) -> None:
    """By a form and as code."""
    walk.open("/inventory")
    walk.page.get_by_role("link", name="Kiosk").click()
    walk.unfold("Push a release")
    walk.page.get_by_label("Version", exact=True).fill("2.0")
    text = walk.shop.pins("till.shop.example")
    walk.page.get_by_label("Or the text of one").fill(text)
    walk.press("Push it")
    walk.says("The release is kept.")
    walk.says("till.shop.example:443")
    walk.open("/inventory")
    walk.unfold("Apply a keypin.toml")
    toml = 'version = 1\norganisation = "acme"\n[[endpoint]]\nhost = "mail.shop.example"\n'
    walk.page.get_by_label("Or its text").fill(toml)
    walk.press("Show what would change")
    walk.says("endpoint mail.shop.example")
    walk.says("application kiosk")


def test_the_rest_is_looked_at_and_the_log_has_it_all(walk) -> None:
    """Reports, a group, CT, a certificate, who is told, and that the log says so."""
    walk.open("/reports")
    walk.page.get_by_role("link", name="mitmproxy").click()
    walk.says("What the phones were shown")
    walk.open("/ct")
    walk.page.get_by_role("link", name="*.shop.example").click()
    walk.says("What proves it")
    walk.open("/settings/routes")
    walk.page.get_by_role("textbox", name="Name").fill("on-call")
    walk.page.get_by_role("textbox", name="Address").fill("mailto://user:secret@mail.example.com")
    walk.press("Keep the route")
    walk.says("The route is told from now on.")
    walk.page.get_by_role("link", name="Change on-call").click()
    walk.page.get_by_label("On these days").fill("mon, fri")
    walk.page.get_by_label("From", exact=False).fill("09:00")
    walk.press("Save")
    walk.says("mon, fri 09:00 to 18:00 UTC")
    walk.open("/settings/secrets")
    walk.page.get_by_role("textbox", name="Name").fill("slack")
    walk.page.get_by_label("Secret", exact=True).fill("slack://TokenA/TokenB/TokenC")
    walk.press("Keep the secret")
    walk.says("The secret is kept, and shown nowhere again.")
    walk.page.locator("#secrets tr", has_text="slack").get_by_role("button").click()
    walk.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    walk.says("The secret is removed.")
    walk.open("/audit")
    walk.says("Every entry follows from those before it")
    walk.page.get_by_role("searchbox").fill("on-call")
    expect(walk.page.locator("#audit tbody tr")).to_have_count(2)


def test_who_acts_and_what_becomes_of_findings_is_set(walk) -> None:
    """An owner comes and goes; a rule is tried before it is kept; a group is known."""
    walk.open("/settings/owners")
    walk.page.get_by_role("textbox", name="Name").fill("payments")
    walk.press("Add the owner")
    walk.says("The owner is added.")
    walk.page.locator("#owners tr", has_text="payments").get_by_role("button").click()
    walk.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    walk.says("The owner is removed.")
    walk.open("/settings/rules")
    walk.page.get_by_role("textbox", name="Name").fill("breaks")
    walk.page.get_by_role("textbox", name="Findings").fill("chain-*")
    walk.press("See what it would have decided")
    walk.says("it would have decided 4")
    walk.press("Keep the rule")
    walk.says("The rule decides from now on")
    walk.open("/reports")
    walk.page.get_by_role("link", name="mitmproxy").click()
    walk.unfold("Mark as known")
    walk.page.get_by_role("textbox", name="Note").fill("the lab's own")
    walk.press("Mark as known")
    walk.says("The group is known.")
    walk.open("/reports?groups=known")
    walk.page.get_by_role("link", name="mitmproxy").click()
    walk.press("Unmark it")
    walk.says("The group is not known any more")


def load_axe(page: Page) -> None:
    """Put axe-core into a page past its policy, as a debugger would."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE})
    session.detach()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/endpoints",
        "/endpoints/1",
        "/matrix",
        "/ct",
        "/reports",
        "/alerts",
        "/alerts/1",
        "/silences",
        "/inventory",
        "/inventory/releases/2",
        "/audit",
        "/settings/routes",
        "/settings/owners",
        "/settings/rules",
        "/settings/secrets",
    ],
)
def test_what_is_real_is_accessible_in_both_themes_and_widths(walk, path: str) -> None:
    """Nothing that a rule of axe knows is wrong, and nothing is wider than the screen."""
    for theme, width in LOOKS:
        walk.page.emulate_media(color_scheme=theme)
        walk.page.set_viewport_size({"width": width, "height": 900})
        walk.open(path)
        assert walk.page.evaluate(TOO_WIDE) <= 0
        load_axe(walk.page)
        assert walk.page.evaluate(VIOLATIONS) == []
    walk.page.emulate_media(color_scheme="light")
