"""What somebody asks of a table, in an address that anybody can write."""

import pytest
from starlette.datastructures import QueryParams

from keypin.web.asked import LAST_PAGE, LONGEST, Asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Asked(sort="a", descending=True)),
        ("sort=b&q=x&page=3", Asked(sort="b", query="x", page=3)),
        ("sort=-b", Asked(sort="b", descending=True)),
        ("sort=--b", Asked(sort="a", descending=True)),
        ("sort=c&page=0", Asked(sort="a", descending=True)),
        ("page=-1&q=%00%07%20y%20", Asked(sort="a", descending=True, query="y")),
        ("page=999999", Asked(sort="a", descending=True, page=LAST_PAGE)),
        ("page=%C2%B2", Asked(sort="a", descending=True)),
    ],
    ids=["nothing", "all", "down", "twice", "unknown", "negative", "far", "no-digit"],
)
def test_what_is_not_understood_counts_as_not_said(text: str, expected: Asked) -> None:
    """The default is sorted downwards here."""
    assert Asked.of(QueryParams(text), {"a", "b"}, "-a") == expected


def test_a_filter_has_an_end() -> None:
    """However long it was typed."""
    asked = Asked.of(QueryParams({"q": "x" * 9999}), {"a"}, "a")
    assert len(asked.query) == LONGEST


def test_an_address_asks_one_table_of_a_page() -> None:
    """What it asks of another one is not asked of this."""
    asked = QueryParams("table=one&sort=b&q=x")
    assert Asked.of(asked, {"a", "b"}, "a", "one") == Asked(sort="b", query="x")
    assert Asked.of(asked, {"a", "b"}, "a", "other") == Asked(sort="a")
