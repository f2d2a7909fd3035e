"""The table of flaws promises tests, and each promise is kept."""

import re
from pathlib import Path


def test_each_flaw_has_its_tests(root: Path) -> None:
    """Every test that the table names exists, in the tests of connections."""
    page = (root / "docs" / "explanation" / "no-way-around.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 30
    written = {
        name
        for folder in ("tls", "clients")
        for file in (root / "tests" / folder).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row in rows:
        promised = re.findall(r"`(test_\w+)`", row)
        assert promised, row
        assert set(promised) <= written, row
