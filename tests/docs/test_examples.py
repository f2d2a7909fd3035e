"""Every example of the documentation does what the page says."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
GENERATED = {"cli.md", "lint.md", "findings.md", "lab.md", "questions.md"}
WRITTEN = (path for path in (ROOT / "docs").rglob("*.md") if path.name not in GENERATED)
PAGES = [ROOT / "README.md", *sorted(WRITTEN)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_examples_of_a_page_work(path: Path, page: Any) -> None:
    """Commands print what the page shows, and Python runs."""
    page.run(path.read_text(encoding="utf-8"))


def test_the_examples_are_found(page: Any) -> None:
    """The evaluator sees blocks: the tutorial has several."""
    assert page.run((ROOT / "docs/tutorial/index.md").read_text(encoding="utf-8")) > 5


def test_a_wrong_example_is_caught(page: Any) -> None:
    """A page that shows what is not printed fails."""
    with pytest.raises(AssertionError, match="the page shows"):
        page.run("```console\n$ keypin --version\nkeypin 0.0.0.0\n```\n")


def test_a_pin_stands_for_one_pin(page: Any) -> None:
    """One pin of a page cannot stand for two keys."""
    shown = f"sha256/{'A' * 43}="
    pin = "keypin pin localhost:{} --connect 127.0.0.1 --cafile lab/ca.pem | head -1"
    with pytest.raises(AssertionError, match=f"{shown} is"):
        page.run(
            f"```console\n$ {pin.format(44301)}\n{shown}\n$ {pin.format(44302)}\n{shown}\n```\n"
        )
