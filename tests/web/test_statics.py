"""Files are served under their digest; what is vendored is what its page says, and light."""

import gzip
import hashlib
import re
from pathlib import Path
from types import ModuleType

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from keypin.web.look import Look
from keypin.web.statics import FOLDER, Statics

VENDOR = FOLDER / "vendor"
ROWS = re.findall(
    r"^\| (\S+) \| \S+ \| [\d.]+ \| \[[^\]]+\]\(([^)]+)\) \| ([0-9a-f]{64}) \|$",
    (VENDOR / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


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


def test_every_vendored_file_is_as_its_page_says() -> None:
    """Each file has its row, with its digest and a licence that is here."""
    files = {path.name for path in VENDOR.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name, _, _ in ROWS} == files
    for name, licence, digest in ROWS:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
        assert (VENDOR / licence).stat().st_size > 500, licence


def test_every_icon_that_a_page_shows_is_in_the_sprite(look: Look, samples: ModuleType) -> None:
    """A wrong name would draw nothing, and nobody would notice."""
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    pages = [look.render(frame, view) for view, frame in samples.PAGES.values()]
    shown = {name for page in pages for name in re.findall(r"icons\.svg#([^\"]+)", page)}
    assert shown <= sprite
    assert len(shown) > 40


def test_a_page_weighs_little() -> None:
    """All that any page loads is under 208 kB over the wire; the map of the world is 32 more."""
    files = [path for path in FOLDER.rglob("*") if path.suffix in {".js", ".css", ".svg", ".woff2"}]
    weights = [
        len(path.read_bytes() if path.suffix == ".woff2" else gzip.compress(path.read_bytes()))
        for path in files
    ]
    assert sum(weights) < 240_000
