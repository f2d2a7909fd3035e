"""Pages let nothing in from elsewhere, and a browser shows each so that everybody can use it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from jinja2 import UndefinedError
from playwright.sync_api import Page, expect

from keypin.web.look import CSP, HEADERS, Look
from keypin.web.statics import FOLDER
from keypin.web.views.frame import NAVIGATION
from keypin.web.views.parts import Link

pytestmark = pytest.mark.once

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "reference"
TEMPLATES = FOLDER.parent / "templates"
EVERY = sorted(path for path in TEMPLATES.rglob("*.html"))
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
NAMES = [
    "first-overview",
    "check",
    "check-result",
    "check-refused",
    "matrix-planned",
    "issued",
    "report-group",
    "alert",
    "silences",
    "application",
    "settings",
    "sign-in",
    "code",
    "error",
]
# Those that tests/web/pages/test_walk.py looks at, with what a real database has.
WALKED = {
    "overview",
    "endpoints",
    "endpoint",
    "matrix",
    "ct",
    "reports",
    "alerts",
    "inventory",
    "release",
    "audit",
}
# What is hidden on a phone has colours too: those are looked at once more on a dark, wide screen.
LOOKS = (
    ("light", 1400, {}),
    ("dark", 1400, {"runOnly": ["color-contrast"]}),
    ("dark", 375, {}),
)
VIOLATIONS = """
(rules) => axe.run(document, { resultTypes: ["violations"], iframes: false, ...rules }).then(
  (result) => result.violations.map(
    (one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`))
"""
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


def test_a_page_may_load_and_run_only_what_this_service_serves() -> None:
    """The policy begins with nothing, and allows no inline script or style."""
    assert CSP.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in CSP
    assert HEADERS["content-security-policy"] == CSP
    assert HEADERS["x-content-type-options"] == "nosniff"
    assert HEADERS["cache-control"] == "no-store"


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_no_template_needs_what_the_policy_forbids(path: Path) -> None:
    """No template holds an inline script, style or handler, or switches escaping off."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\bjs:", text)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))
    assert "|safe" not in text
    assert "autoescape" not in text
    assert not re.search(r"(?:href|src)=\"https?:", text)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_every_template_says_what_it_is_given(path: Path) -> None:
    """A template begins with a comment: what it is, and which view it shows."""
    assert path.read_text(encoding="utf-8").startswith("{# ")


def test_what_came_from_outside_is_text(look: Look, samples: ModuleType) -> None:
    """Names that a server, a log or a phone chose cannot become a part of the page."""
    hostile = '"><script src=/x></script>'
    view = replace(samples.alert_page(), message=hostile, links=(Link(hostile, "/x"),))
    page = look.render(samples.frame("alerts"), view)
    assert "<script src=/x>" not in page
    assert "&lt;script src=/x&gt;" in page


def test_a_view_that_lacks_something_is_an_error(look: Look, samples: ModuleType) -> None:
    """A page never shows an empty place where a fact should be."""

    @dataclass(frozen=True)
    class Nothing:
        template: ClassVar[str] = "audit.html"

    with pytest.raises(UndefinedError, match="intact"):
        look.render(samples.frame("audit"), Nothing())


def test_every_page_has_a_sample(samples: ModuleType) -> None:
    """No page goes without being looked at: templates and samples are the same set."""
    pages = {path.name for path in TEMPLATES.glob("*.html")} - {"base.html"}
    assert {view.template for view, _ in samples.PAGES.values()} == pages


def test_the_page_about_the_pages_names_and_shows_each() -> None:
    """The documentation has a heading and a shortcut of each entry, and each picture it shows."""
    text = (REFERENCE / "pages.md").read_text(encoding="utf-8")
    for entry in NAVIGATION:
        assert f"## {entry.label}\n" in text
        assert f"| `g` `{entry.letter}` | {entry.label} |" in text
    shown = set(re.findall(r"\((pages/[^)#]+)", text))
    there = {f"pages/{path.name}" for path in (REFERENCE / "pages").iterdir()}
    assert shown == there


def test_who_may_not_change_anything_sees_no_settings_of_others(
    look: Look, samples: ModuleType
) -> None:
    """The role decides what the frame offers."""
    frame = samples.frame("alerts", owner=False)
    assert not frame.may_edit
    assert not frame.may_own
    assert samples.frame("alerts").may_own
    assert not samples.outside().may_edit
    page = look.render(samples.outside(), samples.sign_in_page())
    assert 'aria-label="Main"' not in page


def load_axe(page: Page) -> None:
    """Put axe-core into a page past its policy, as a debugger would."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE})
    session.detach()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_in_both_themes_and_widths(tab: Any, shown: str, name: str) -> None:
    """Axe-core finds nothing, nothing is too wide, and the policy has nothing to refuse."""
    page = tab.page
    page.goto(f"{shown}/show/{name}")
    load_axe(page)
    for theme, width, rules in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        assert page.evaluate(VIOLATIONS, rules) == [], (theme, width)
        assert page.evaluate(TOO_WIDE) <= 0, (theme, width)


def test_every_sample_is_looked_at(samples: Any) -> None:
    """The list of names is the list of samples, but for the one that is still going on."""
    assert set(NAMES) | WALKED == set(samples.PAGES) - {"check-live"}


def test_the_theme_is_chosen_and_remembered(tab: Any, shown: str) -> None:
    """A choice outlasts the page, and can be given back to the device."""
    page = tab.page
    page.emulate_media(color_scheme="light")
    page.goto(f"{shown}/show/audit")
    for choice, theme in (("Dark", "dark"), ("As the device", "light")):
        page.locator("details.kp-theme > summary").click()
        page.get_by_role("button", name=choice).click()
        page.reload()
        assert page.get_attribute("html", "data-bs-theme") == theme


def test_a_pin_is_copied(tab: Any, shown: str, samples: Any) -> None:
    """The button copies the whole pin, and says so."""
    page = tab.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{shown}/show/release")
    page.get_by_role("button", name="Copy the pin").first.click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    copied = page.evaluate("navigator.clipboard.readText()")
    release, _ = samples.PAGES["release"]
    assert copied == release.policies[0].pins[0].pin


def test_a_table_filters_sorts_and_has_an_address(tab: Any, shown: str) -> None:
    """Typing filters in place; a header sorts, keeps the focus, and both stand in the address."""
    page = tab.page
    page.goto(f"{shown}/o/shop/endpoints")
    page.keyboard.press("/")
    page.keyboard.type("shop.example:443")
    expect(page.get_by_text("1 to 2 of 2")).to_be_visible()
    assert "q=shop.example%3A443" in page.url
    header = page.get_by_role("columnheader", name="Endpoint")
    expect(header).to_have_attribute("aria-sort", "ascending")
    header.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(header.get_by_role("link")).to_be_focused()
    assert page.url.endswith("sort=-endpoint&q=shop.example%3A443")
    page.go_back()
    expect(header).to_have_attribute("aria-sort", "ascending")


def test_nothing_matches_and_all_come_back(tab: Any, shown: str) -> None:
    """A filter that finds nothing says what it looked for, and how to leave it."""
    page = tab.page
    page.goto(f"{shown}/o/shop/endpoints?q=zzz")
    expect(page.get_by_text("Nothing matches “zzz”.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("1 to 3 of 3")).to_be_visible()


def test_who_was_signed_out_meanwhile_comes_to_the_sign_in(tab: Any, shown: str) -> None:
    """A page that is no table does not take the place of one."""
    page = tab.page
    page.goto(f"{shown}/o/shop/endpoints")
    page.get_by_label("Filter by name, tag or owner").fill("signed out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_error_is_told_and_the_table_stays(tab: Any, shown: str) -> None:
    """What the server says of an error does not take the place of the rows."""
    page = tab.page
    page.goto(f"{shown}/o/shop/endpoints")
    page.get_by_label("Filter by name, tag or owner").fill("broken")
    expect(page.get_by_text("The server could not answer. Try again.")).to_be_visible()
    expect(page.get_by_text("1 to 3 of 3")).to_be_visible()
    assert len(tab.complaints) == 1
    assert "500 (Internal Server Error)" in tab.complaints.pop()


def test_a_check_shows_its_progress_and_then_its_result(tab: Any, shown: str) -> None:
    """What the server sends is swapped in as it comes, under the same policy."""
    page = tab.page
    page.goto(f"{shown}/show/check-live")
    expect(page.get_by_role("heading", name="Should you pin this?")).to_be_visible()
    page.get_by_text("res/xml/network_security_config.xml").click()
    expect(page.get_by_text("<network-security-config>")).to_be_visible()


def test_what_takes_something_away_asks_first(tab: Any, shown: str) -> None:
    """Cancel sends nothing; the other button sends the form with its token."""
    page = tab.page
    page.goto(f"{shown}/show/alert")
    page.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Resolve it, although the release still refuses the chain?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Resolve").click()
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("heading", name="Sent with token")).to_be_visible()


def test_the_keyboard_reaches_everything(tab: Any, shown: str) -> None:
    """First the way past the navigation, then menus that close again, then the pages by letters."""
    page = tab.page
    page.goto(f"{shown}/show/audit")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    account = page.locator("details.kp-person")
    account.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(account.locator("summary")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/o/shop/endpoints")


def test_a_bar_of_the_timeline_says_what_it_stands_for(tab: Any, shown: str) -> None:
    """The one that has the focus is told below the picture; its table says all of them."""
    page = tab.page
    page.goto(f"{shown}/show/endpoint")
    page.locator("[data-says*='refused']").focus()
    expect(page.locator(".kp-timeline-detail")).to_have_text(
        "Shop 3.1 (12%): refused. 17 Nov 2026 to now. 12% of the users"
    )
    page.get_by_text("The timeline as a table").click()
    expect(page.get_by_role("cell", name="planned renewal, planned")).to_be_visible()


def test_a_phone_opens_the_navigation(tab: Any, shown: str) -> None:
    """On a phone the navigation is behind a button, and tables stay tables for screen readers."""
    page = tab.page
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{shown}/show/endpoints")
    link = page.get_by_role("link", name="Release matrix")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    expect(page.get_by_role("cell", name="accepted by all")).to_be_visible()


def test_what_goes_on_is_read_anew_and_what_is_open_stays(tab: Any, shown: str) -> None:
    """The content is replaced in place: the chart, the focus and what was unfolded remain."""
    page = tab.page
    page.goto(f"{shown}/show/overview")
    page.get_by_text("The chart as a table").click()
    page.evaluate("document.querySelector('#needs').textContent = 'Stale'")
    page.evaluate("document.dispatchEvent(new Event('keypin:refresh'))")
    expect(page.get_by_role("heading", name="Needs you now")).to_be_visible()
    expect(page.get_by_role("columnheader", name="our rotation")).to_be_visible()
    expect(page.locator(".kp-plot canvas")).to_have_count(1)


def test_charts_are_drawn(tab: Any, shown: str) -> None:
    """Each chart has a picture, and a table for who cannot see it."""
    page = tab.page
    page.goto(f"{shown}/show/overview")
    expect(page.locator(".kp-plot canvas")).to_have_count(1)
    page.get_by_text("The chart as a table").click()
    expect(page.get_by_role("columnheader", name="our rotation")).to_be_visible()
