"""A table's links: what a person sees has an address, and every link keeps the rest of it."""

import pytest

from keypin.web.views.table import Column, Table

NAME, SIZE, NOTE = Column("name", "Name"), Column("size", "Size", numeric=True), Column("", "Note")


def table(**more: object) -> Table[str]:
    """Return a table of 120 rows, sorted by name, on its first page."""
    given: dict[str, object] = {"rows": ("a",) * 50, "total": 120, "sort": "name"} | more
    return Table(
        key="things",
        title="Things",
        path="/things",
        columns=(NAME, SIZE, NOTE),
        **given,  # type: ignore[arg-type]
    )


def test_a_column_sorts_and_then_turns_round() -> None:
    """By another column upwards; by the same one the other way; the page begins anew."""
    shown = table(page=2)
    assert shown.sort_url(SIZE) == "/things?sort=size"
    assert shown.sort_url(NAME) == "/things?sort=-name"
    assert table(descending=True).sort_url(NAME) == "/things?sort=name"


def test_screen_readers_hear_how_it_is_sorted() -> None:
    """`aria-sort` is of the sorted column alone."""
    assert [table().order(column) for column in (NAME, SIZE)] == ["ascending", "none"]
    assert table(descending=True).order(NAME) == "descending"


def test_every_link_keeps_the_filter_and_what_else_was_set() -> None:
    """The filter, the order and the state of the page go along."""
    shown = table(query="a&b", descending=True, kept=(("state", "open"),))
    assert shown.page_url(3) == "/things?state=open&sort=-name&q=a%26b&page=3"
    assert shown.csv_url == "/things.csv?state=open&sort=-name&q=a%26b"


@pytest.mark.parametrize(
    ("page", "total", "near"),
    [
        (1, 0, (1,)),
        (1, 50, (1,)),
        (1, 120, (1, 2, 3)),
        (5, 450, (1, 0, 4, 5, 6, 0, 9)),
        (9, 450, (1, 0, 8, 9)),
    ],
)
def test_the_pages_near_this_one_are_linked(page: int, total: int, near: tuple[int, ...]) -> None:
    """First, last, and those beside it, with a gap where some are left out."""
    assert table(page=page, total=total).near == near


def test_it_says_which_rows_it_shows() -> None:
    """From the number of the first to that of the last; none where there is none."""
    last = table(page=3, rows=("a",) * 20)
    assert (last.first, last.last, last.pages) == (101, 120, 3)
    none = table(rows=(), total=0)
    assert (none.first, none.last, none.pages) == (0, 0, 1)
