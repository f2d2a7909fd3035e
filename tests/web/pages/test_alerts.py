"""The page Alerts: tabs by state, a table, and a CSV."""

import csv
import io

import pytest


@pytest.mark.parametrize(
    ("state", "some"), [("open", True), ("acknowledged", False), ("resolved", False), ("x", True)]
)
def test_alerts_stand_under_the_tab_of_their_state(owner, state: str, some: bool) -> None:  # noqa: FBT001
    """A state that does not exist is the first."""
    page = owner.get(f"/alerts?state={state}").text
    assert ("breaks now" in page) is some
    assert "Waiting" in page
    assert 'href="/o/acme/silences"' in page
    assert ('id="chosen"' in page) is some


def test_the_gravest_come_first_where_it_is_asked(owner) -> None:
    """Severity is no alphabet."""
    rows = list(csv.DictReader(io.StringIO(owner.get("/alerts.csv?sort=severity").text)))
    found = [row["severity"] for row in rows]
    order = ["error", "warning", "note"]
    assert found == sorted(found, key=order.index)
    assert len(set(found)) > 1


def test_the_filter_looks_at_title_subject_and_owner(owner) -> None:
    """Upper and lower case are the same to it."""
    page = owner.get("/alerts?state=pending&q=BLOG.shop").text
    assert "cannot be reached" in page
    assert "breaks now" not in page
