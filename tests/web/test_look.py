"""Pages are made of a frame and a view, and let nothing in from elsewhere."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
from jinja2 import UndefinedError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from keypin.web.look import CSP, HEADERS, Look
from keypin.web.statics import FOLDER, Statics
from keypin.web.views.parts import Link

TEMPLATES = FOLDER.parent / "templates"
EVERY = sorted(path for path in TEMPLATES.rglob("*.html"))


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


@pytest.fixture(scope="module")
def client(statics: Statics) -> TestClient:
    """Return a client of the static files."""
    return TestClient(Starlette(routes=[statics.route()]))


def test_a_file_is_kept_for_a_year_under_its_digest(client: TestClient, statics: Statics) -> None:
    """The address changes with the content, so the browser need never ask again."""
    answer = client.get(statics.url("keypin.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (FOLDER / "keypin.css").read_bytes()


def test_a_client_without_gzip_gets_the_bytes_as_they_are(
    client: TestClient, statics: Statics
) -> None:
    """What is packed says so, and what is not asked for is not sent."""
    answer = client.get(statics.url("keypin.js"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    font = client.get(statics.url("vendor/inter-latin-wght-normal.woff2"))
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers


def test_a_page_from_before_an_upgrade_still_gets_its_files(client: TestClient) -> None:
    """Under another digest the file is sent, and kept by nobody."""
    assert client.get("/static/0123/keypin.css").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["nothing.css", "../look.py", "vendor/README.md", "%2e%2e/look.py"]
)
def test_nothing_else_is_served(client: TestClient, statics: Statics, name: str) -> None:
    """Only what was found at the start has an address."""
    assert client.get(f"/static/{statics.digest}/{name}").status_code == 404


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    """A changed byte, and a file of another name, both change every address."""
    (tmp_path / "a.css").write_text("a")
    first = Statics(tmp_path)
    (tmp_path / "a.css").write_text("b")
    second = Statics(tmp_path)
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    assert len({first.digest, second.digest, Statics(tmp_path).digest}) == 3
    assert first.url("a.css") == f"/static/{first.digest}/a.css"
    with pytest.raises(KeyError):
        first.url("b.css")
