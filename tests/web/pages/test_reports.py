"""The pages Reports and Report group: bursts over time, and why."""

import csv
import io
import re
from datetime import timedelta

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log, report_groups


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


def _group(shop, reports: int = 40) -> int:
    """Return the number of the group with so many reports."""
    with shop.database.read_across() as connection:
        rows = connection.execute(report_groups.select()).mappings().all()
    return next(row["id"] for row in rows if row["count"] == reports)


def _seen(shop, number: int) -> dict[str, str]:
    """Return what the form of a group's page says that was seen."""
    page = shop.browser().get(f"/reports/{number}").text
    names = ("classification", "severity")
    return {one: re.search(f'name="{one}" value="([^"]+)"', page)[1] for one in names}


def test_a_group_is_marked_as_known_and_unmarked(new_shop) -> None:
    """It leaves the list, and is found where what is known is asked for."""
    shop = new_shop()
    editor, number = shop.browser(Role.EDITOR), _group(shop)
    path = f"/reports/{number}"
    last = f"{shop.now + timedelta(days=7):%Y-%m-%d}"
    marked = editor.post(f"{path}/mark", **_seen(shop, number), note="the office", until=last)
    assert marked.headers["location"].endswith("said=group-marked")
    page = editor.get(path).text
    assert "Marked by editor1@shop.example" in page
    assert "the office" in page
    assert "Unmark it" in page
    assert "Mark as known" not in page

    def listed(groups: str) -> int:
        text = editor.get(f"/reports.csv?span=2&groups={groups}").text
        return len(list(csv.DictReader(io.StringIO(text))))

    assert [listed(one) for one in ("open", "known", "all", "else")] == [1, 1, 2, 1]
    assert ">known</span>" in editor.get("/reports?span=2&groups=all").text
    assert editor.post(f"{path}/unmark").headers["location"].endswith("said=group-unmarked")
    assert "Marked by" not in editor.get(path).text
    with shop.database.read_across() as connection:
        actions = [row.action for row in connection.execute(audit_log.select())]
    assert actions[-2:] == ["report-group.mark", "report-group.unmark"]


def test_what_is_wrong_with_a_mark_stands_beside_its_field(shop, owner) -> None:
    """And what became something else is not marked."""
    number = _group(shop)
    path, seen = f"/reports/{number}", _seen(shop, number)
    for fields, where, text in (
        ({"note": " "}, "mark-note-error", "a mark without a note"),
        ({"note": "x", "until": "soon"}, "mark-until-error", "is no day"),
        ({"note": "x", "until": "2020-01-01"}, "mark-until-error", "has ended already"),
    ):
        answer = owner.post(f"{path}/mark", **{**seen, **fields})
        assert answer.status_code == 422
        error = re.search(f'id="{where}">.*?</p>', answer.text, re.DOTALL)
        assert text in error[0]
    other = owner.post(f"{path}/mark", classification="one-client", severity="note", note="x")
    assert other.status_code == 422
    assert "look at it again before you mark it" in other.text


def test_a_mark_that_has_ended_says_why(new_shop) -> None:
    """By its day, or because the group got worse; then it can be marked again."""
    shop = new_shop()
    owner, number = shop.browser(), _group(shop)
    path = f"/reports/{number}"
    owner.post(f"{path}/mark", **_seen(shop, number), note="the office")
    with shop.database.begin(1) as scope:
        row = scope.row(scope.select(report_groups).where(report_groups.c.id == number))
        known = {**row["known"], "outgrown": "attack"}
        values = {"known_until": shop.now, "known": known}
        scope.execute(scope.update(report_groups).values(values))
    page = owner.get(path).text
    assert "until it became attack" in page
    assert "Mark as known" in page
    with shop.database.begin(1) as scope:
        scope.execute(scope.update(report_groups).values(known=row["known"]))
    assert "It was known until" in owner.get(path).text


def test_who_only_looks_marks_nothing(shop) -> None:
    """There is no form, and no handler that would take it; nor is there a group of any number."""
    viewer, number = shop.browser(Role.VIEWER), _group(shop)
    assert "Mark as known" not in viewer.get(f"/reports/{number}").text
    assert viewer.post(f"/reports/{number}/mark", note="x").status_code == 403
    owner = shop.browser()
    assert owner.post("/reports/4711/mark", note="x").status_code == 404
    assert owner.post(f"/reports/{number}/unmark").status_code == 404
