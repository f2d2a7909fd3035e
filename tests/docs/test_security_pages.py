"""The pages about security say what is so: tests that exist, and every role and scope."""

import re
from pathlib import Path

from keypin.watch.people.roles import SCOPES, Role

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"


def test_the_threat_model_names_tests_that_exist() -> None:
    """Each threat in a table has one at least."""
    page = (DOCS / "explanation" / "threat-model.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and "`" in line]
    for row in rows:
        shown = re.findall(r"`([\w/]+\.py)`", row.rpartition("|")[0].rpartition("|")[2])
        assert shown, row
        for name in shown:
            assert (REPOSITORY / "tests" / name).exists(), name


def test_the_page_about_signing_in_lists_every_role_and_scope() -> None:
    """And no other."""
    page = (DOCS / "how-to" / "sign-in.md").read_text(encoding="utf-8")
    first = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [one for one in first if one in set(Role)] == list(Role)
    assert [one.strip("`") for one in first if one.startswith("`")] == list(SCOPES)
