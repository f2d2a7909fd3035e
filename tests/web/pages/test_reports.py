"""The pages Reports and Report group: bursts over time, and why."""

import csv
import io

import pytest

from keypin.watch.store.tables import report_groups


def test_groups_stand_under_a_chart_with_their_cause(owner) -> None:
    """The chart has a series for each cause, and a table says the same."""
    page = owner.get("/reports?span=2").text
    for text in ("AS64496", "By country", "/report/", "reports in the last 30 days", "data-chart"):
        assert text in page


@pytest.mark.parametrize("span", ["0", "1", "2", "9"])
def test_a_span_shows_the_groups_that_had_a_report_in_it(owner, span: str) -> None:
    """One that does not exist is a week."""
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/reports.csv?span={span}").text)))
    assert len(rows) == {"0": 1, "1": 1, "2": 2, "9": 1}[span]


def test_the_filter_looks_at_host_and_cause(owner) -> None:
    """A cause may be typed as it is read."""
    assert "Nothing matches" in owner.get("/reports?q=nowhere").text
    page = owner.get("/reports?q=api.shop&sort=-reports").text
    assert "1 to 1 of 1" in page


def test_a_group_says_why_with_its_evidence_and_what_phones_were_shown(shop, owner) -> None:
    """And what they expected, and the newest reports, which name nobody."""
    with shop.database.read_across() as connection:
        rows = connection.execute(report_groups.select()).mappings().all()
    first = next(row for row in rows if row["count"] == 40)
    page = owner.get(f"/reports/{first['id']}").text
    for text in ("mitmproxy", "What they expected", "By platform", "192.0.2.0/24", "android"):
        assert text in page
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/reports/{first['id']}.csv?q=FR").text)))
    assert len(rows) == 20
    assert "none" in owner.get(f"/reports/{first['id']}?q=nothing&sort=country").text


def test_what_is_not_there_is_not_found(owner) -> None:
    """Whatever the number."""
    assert owner.get("/reports/4711").status_code == 404


def test_before_the_first_report_the_page_says_where_they_go_to(new_shop) -> None:
    """Each application has its address."""
    shop = new_shop()
    with shop.database.begin_across() as connection:
        connection.execute(report_groups.delete())
    assert "No report yet" in shop.browser().get("/reports").text
