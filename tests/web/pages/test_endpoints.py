"""The page Endpoints: a table that sorts, filters and turns, and a form that adds one."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import event

from keypin.watch.people.roles import Role


def test_every_endpoint_stands_in_the_list_with_how_it_is(owner) -> None:
    """Each row says how the endpoint is, and how many releases refuse it."""
    page = owner.get("/endpoints")
    assert page.status_code == 200
    for text in ("api.shop.example:443", "cannot be reached", "refused", "not read yet", "41%"):
        assert text in page.text


@pytest.mark.parametrize(
    ("sort", "first"), [("endpoint", "api.shop"), ("-endpoint", "pay.shop"), ("expires", "blog")]
)
def test_it_sorts_both_ways(owner, sort: str, first: str) -> None:
    """A minus turns the order round."""
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/endpoints.csv?sort={sort}").text)))
    assert len(rows) == 5
    assert sort == "expires" or rows[0]["endpoint"].startswith(first)


@pytest.mark.parametrize(
    ("sort", "title"),
    [
        ("refused", "releases that refuse it"),
        ("issuer", "issuer"),
        ("state", "state"),
        ("owner", "owner"),
        ("expires", "expires"),
        ("seen", "read"),
    ],
)
def test_every_column_sorts(owner, sort: str, title: str) -> None:
    """By what stands in it, as the link in its title says."""
    page = owner.get(f"/endpoints?sort={sort}").text
    assert page.count('<th scope="col" class="" aria-sort="') == page.count("<th ") == 7
    assert page.count('aria-sort="ascending"') == 1
    told = [
        [one[title] for one in csv.DictReader(io.StringIO(owner.get(path).text))]
        for path in (f"/endpoints.csv?sort={sort}", f"/endpoints.csv?sort=-{sort}")
    ]
    assert told[0] == told[1][::-1] or sort == "state"
    if sort in {"refused", "issuer"}:
        assert len(set(told[0])) > 1
        assert told[0] == sorted(told[0])


@pytest.mark.parametrize("sort", ["state", "refused", "issuer", "expires", "owner"])
@pytest.mark.parametrize("turn", ["", "-"])
def test_a_far_page_is_found_within_an_index(new_shop, sort: str, turn: str) -> None:
    """No table of a hundred thousand is sorted for fifty rows."""
    shop = new_shop()
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT endpoints.id \n") and "ORDER BY" in statement:
            asked.append((statement, parameters))

    event.listen(shop.database.engine, "before_cursor_execute", note)
    shop.browser().get(f"/endpoints?sort={turn}{sort}")
    ((statement, parameters),) = asked
    with shop.database.read_across() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    (step,) = (row[-1] for row in plan)
    assert f"COVERING INDEX ix_endpoints_{sort} " in step


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cdn", 1),
        ("api.shop.example:443", 1),
        ("mobile", 1),
        ("web", 1),
        ("We", 1),
        ("eb", 0),
        ("%22", 0),
        ("not read yet", 1),
        ("could not be read", 0),
        ("100%", 0),
    ],
)
def test_it_filters_by_host_owner_tag_and_state(owner, query: str, found: int) -> None:
    """What the filter lets through is counted and had as CSV alike."""
    rows = list(csv.reader(io.StringIO(owner.get(f"/endpoints.csv?q={query}").text)))
    assert len(rows) == found + 1


@pytest.mark.parametrize("query", ["sort=evil", "page=99999999", "page=x", "q=%00", "sort=-"])
def test_what_no_table_understands_counts_as_not_said(owner, query: str) -> None:
    """An address that somebody made up is a page."""
    assert owner.get(f"/endpoints?{query}").status_code == 200


def test_an_endpoint_is_added_by_hand_and_written_down(new_shop) -> None:
    """It is watched from then on, and the audit log says by whom."""
    browser = new_shop().browser()
    answer = browser.post("/endpoints", endpoint="smtp://mail.shop.example", tags="mail, eu")
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"].removeprefix("/o/acme"))
    assert "The endpoint is watched." in page.text
    assert "SMTP, STARTTLS" in page.text
    again = browser.post("/endpoints", endpoint="smtp://mail.shop.example")
    assert "said=endpoint-there" in again.headers["location"]


def test_what_is_no_endpoint_comes_back_with_the_reason(owner) -> None:
    """The form is shown again, as it was filled in."""
    answer = owner.post("/endpoints", endpoint="not a host")
    assert answer.status_code == 422
    assert 'value="not a host"' in answer.text


@pytest.mark.parametrize("interval", ["9223372036854775808", "9" * 5000, "-1", "soon", "1e9", "²"])
def test_an_interval_that_is_none_comes_back_with_the_reason(owner, interval: str) -> None:
    """However long it is; what is too long or too short is told as such."""
    answer = owner.post("/endpoints", endpoint="a.example", interval=interval)
    assert answer.status_code == 422
    assert "the interval" in answer.text
    answer = owner.post("/endpoints", endpoint="a.example", interval="999999")
    assert "an interval of 11 days" in answer.text


def test_a_viewer_sees_no_form_and_may_send_none(shop) -> None:
    """The handler refuses, whatever is shown."""
    viewer = shop.browser(Role.VIEWER)
    assert "Watch an endpoint" not in viewer.get("/endpoints").text
    assert viewer.post("/endpoints", endpoint="a.example").status_code == 403


def test_whoever_is_not_signed_in_goes_to_the_sign_in(shop) -> None:
    """And comes back afterwards."""
    answer = shop.visitor().get("/endpoints?q=cdn")
    assert answer.headers["location"] == "/sign-in?next=%2Fo%2Facme%2Fendpoints%3Fq%3Dcdn"
