"""The page Endpoints: a table that sorts, filters and turns, and a form that adds one."""

import csv
import io

import pytest

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
    ("query", "found"),
    [("cdn", 1), ("api.shop.example:443", 1), ("mobile", 1), ("not read yet", 1), ("100%", 0)],
)
def test_it_filters_by_host_owner_and_state(owner, query: str, found: int) -> None:
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


def test_a_viewer_sees_no_form_and_may_send_none(shop) -> None:
    """The handler refuses, whatever is shown."""
    viewer = shop.browser(Role.VIEWER)
    assert "Watch an endpoint" not in viewer.get("/endpoints").text
    assert viewer.post("/endpoints", endpoint="a.example").status_code == 403


def test_whoever_is_not_signed_in_goes_to_the_sign_in(shop) -> None:
    """And comes back afterwards."""
    answer = shop.visitor().get("/endpoints?q=cdn")
    assert answer.headers["location"] == "/sign-in?next=%2Fo%2Facme%2Fendpoints%3Fq%3Dcdn"
