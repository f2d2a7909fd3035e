"""The pages Reports and Report group: bursts over time, and why."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from keypin.pins import Pin
from keypin.reports import Arrival, Form, GroupKey, Report
from keypin.watch.collecting.filing import Drawer
from keypin.watch.collecting.judge import GroupJudge
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import applications, audit_log, report_groups


def test_groups_stand_under_a_chart_with_their_cause(owner) -> None:
    """The chart has a series for each cause, and a table says the same."""
    page = owner.get("/reports?span=2").text
    for text in ("AS64496", "By country", "/report/", "reports in the last 30 days", "data-chart"):
        assert text in page


@pytest.mark.parametrize("span", ["0", "1", "2", "3", "9"])
def test_a_span_shows_the_groups_that_had_a_report_in_it(owner, span: str) -> None:
    """One that does not exist is a week."""
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/reports.csv?span={span}").text)))
    assert len(rows) == {"0": 1, "1": 1, "2": 2, "3": 0, "9": 1}[span]


def _rows(browser, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(f"/reports.csv?{query}").text)))


def _report(shop, number: int, minutes: int, *, application: str = "kiosk", **more: Any) -> None:
    """File so many reports of a release that came in so many minutes ago."""
    leaf = shop.cast.leaf("renewed", name="pay.shop.example", hosts=("pay.shop.example",))
    report = Report(
        form=Form.TRUSTKIT_ANDROID,
        host="pay.shop.example",
        enforced=True,
        application=application,
        served=(leaf.der, shop.cast.authority("intermediate").der),
        **{"version": "3.1", "pins": (Pin.parse(shop.cast.pin("active")),), **more},
    )
    at = shop.now - timedelta(minutes=minutes)
    arrivals = [Arrival(report, at, source=bytes([one]) * 8, country="AT") for one in range(number)]
    with shop.database.begin_across() as connection:
        query = select(applications.c.id).where(applications.c.name == application)
        drawer = Drawer(connection, 1, connection.execute(query).scalar_one(), shop.now)
        drawer.reports([(GroupKey.of(report), arrivals)])
    GroupJudge(shop.core).turn()


def test_groups_that_read_alike_are_told_apart(new_shop) -> None:
    """By application, by what was shown, and by what was expected."""
    shop = new_shop()
    owner = shop.browser()
    _report(shop, 1, 2)
    _report(shop, 1, 2, pins=(Pin.parse(shop.cast.pin("backup")),))
    _report(shop, 1, 2, application="shop-android")
    rows = _rows(owner, "q=pay.shop")
    keys = "application", "issuer", "key", "expected"
    assert len({tuple(row[key] for key in keys) for row in rows}) == 3
    assert {row["issuer"] for row in rows} == {"keypin lab intermediate"}
    assert {row["key"] for row in rows} == {shop.cast.pin("renewed")}
    assert {row["application"] for row in _rows(owner, "q=kiosk")} == {"kiosk"}
    page = owner.get("/reports").text
    for text in (
        '<td data-label="Application">kiosk</td>',
        "shown: keypin lab intermediate",
        f'<code title="{shop.cast.pin("backup")}">{shop.cast.pin("backup")[7:15]}',
        "kiosk 3.1",
        "shop-android 3.1",
    ):
        assert text in page


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("application", "application"),
        ("releases", "releases"),
        ("countries", "countries"),
        ("sources", "sources"),
    ],
)
def test_each_column_sorts(new_shop, key: str, column: str) -> None:
    """Those of several values by the commonest."""
    shop = new_shop()
    _report(shop, 3, 2, version="9")
    owner = shop.browser()
    up = [row[column] for row in _rows(owner, f"span=2&sort={key}")]
    down = [row[column] for row in _rows(owner, f"span=2&sort=-{key}")]
    first = {
        "application": "kiosk",
        "releases": "3.1",
        "countries": "AT",
        "sources": "3",
    }[key]
    assert len(up) == 3
    assert up[0] == first
    assert down == up[::-1] or sorted(down) == sorted(up)
    assert down[0] != up[0]
    assert f'id="groups-by-{key}"' in owner.get("/reports").text


def test_a_group_that_grows_sorts_by_what_it_became(new_shop) -> None:
    """What a list sorts by is written with what is folded."""
    shop = new_shop()
    _report(shop, 2, 2, version="1")
    _report(shop, 5, 1, version="2")
    with shop.database.read_across() as connection:
        row = connection.execute(
            report_groups.select().where(report_groups.c.host == "pay.shop.example")
        ).one()
    assert (row.sources, row.release, row.country) == (5, "2", "AT")


def test_the_last_hour_has_bars_of_a_minute(new_shop) -> None:
    """So that a burst of a minute is seen, on the page of all and of one group."""
    shop = new_shop()
    _report(shop, 30, 7)
    owner = shop.browser()
    number = _group(shop, 30)
    for path in ("/reports", f"/reports/{number}"):
        page = owner.get(f"{path}?span=3").text
        assert "Reports a minute" in page
        assert "30 reports in the last hour; the most, 30," in page
        links = re.findall(r">(1 hour|24 hours|7 days|30 days)<", page)
        assert links[:4] == ["1 hour", "24 hours", "7 days", "30 days"]
        drawn = owner.get(f"{path}?span=3&table=over-time-table&as=csv").text
        values = [row[1] for row in csv.reader(io.StringIO(drawn))][1:]
        assert (len(values), values.count("30.0"), values.count("0.0")) == (60, 1, 59)


def test_a_burst_says_since_when_and_that_it_is_calm(new_shop) -> None:
    """It is none now once a stretch went by without a report; the rule ends it a little later."""
    shop = new_shop()
    owner = shop.browser()
    _report(shop, 30, 1, pins=(Pin.parse(shop.cast.pin("backup")),))
    (row,) = _rows(owner, "q=pay.shop")
    since = row["burst since"]
    assert since
    page = owner.get("/reports").text
    assert re.search(
        r"burst</span> <span class=.kp-quiet.>since \d{4}-\d\d-\d\d \d\d:\d\d UTC", page
    )
    assert "1 burst now" in owner.get("/").text
    shop.now += timedelta(minutes=6)
    page = owner.get("/reports").text
    assert "calm after a burst" in page
    assert "no burst now" in owner.get("/").text
    shop.now += timedelta(minutes=20)
    while GroupJudge(shop.core).turn():
        pass
    assert "calm after a burst" not in owner.get("/reports").text
    assert not _rows(owner, "q=pay.shop")[0]["burst since"]


def test_where_reports_came_from_is_a_table_too(new_shop) -> None:
    """With all parts, and what is not known; releases have the name of their application."""
    shop = new_shop()
    _report(shop, 8, 1)
    text = shop.browser().get("/reports?table=from-where&as=csv").text
    rows = [(row["by"], row["name"], row["reports"]) for row in csv.DictReader(io.StringIO(text))]
    assert rows == [
        ("network", "AS64496", "26"),
        ("network", "192.0.2.0/24", "14"),
        ("network", "unknown", "8"),
        ("country", "DE", "20"),
        ("country", "FR", "20"),
        ("country", "AT", "8"),
        ("release", "shop-android 3.1", "40"),
        ("release", "kiosk 3.1", "8"),
    ]
    page = shop.browser().get("/reports").text
    assert "From where" in page
    assert "<span>kiosk 3.1</span>" in page


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
