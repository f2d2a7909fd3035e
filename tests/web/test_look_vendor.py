"""What is vendored is what its page says, with its licence, and light."""

import gzip
import hashlib
import re

from keypin.web.statics import FOLDER

VENDOR = FOLDER / "vendor"
ROWS = re.findall(
    r"^\| (\S+) \| \S+ \| [\d.]+ \| \[[^\]]+\]\(([^)]+)\) \| ([0-9a-f]{64}) \|$",
    (VENDOR / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_vendored_file_is_as_its_page_says() -> None:
    """Each file has its row, with its digest and a licence that is here."""
    files = {path.name for path in VENDOR.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name, _, _ in ROWS} == files
    for name, licence, digest in ROWS:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
        assert (VENDOR / licence).stat().st_size > 500, licence


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    """A wrong name would draw nothing, and nobody would notice."""
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    sources = [
        path.read_text(encoding="utf-8")
        for path in [*(FOLDER.parent / "templates").rglob("*.html"), *FOLDER.parent.rglob("*.py")]
    ]
    named = {name for text in sources for name in re.findall(r'icon\("([^"]+)"', text)}
    assert named <= sprite
    assert "circle-check" in named


def test_a_page_weighs_little() -> None:
    """All that any page loads is under 208 kB over the wire."""
    files = [path for path in FOLDER.rglob("*") if path.suffix in {".js", ".css", ".svg", ".woff2"}]
    weights = [
        len(path.read_bytes() if path.suffix == ".woff2" else gzip.compress(path.read_bytes()))
        for path in files
    ]
    assert sum(weights) < 208_000
