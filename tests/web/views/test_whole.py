"""A table whose rows are at hand: sorted, filtered, paged and written as CSV by its columns."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from starlette.datastructures import QueryParams

from keypin.web.views.chart import Chart, Series
from keypin.web.views.parts import Link, State, Tone
from keypin.web.views.whole import SIZE, Told, Whole, asked_as_csv, tables

FINE = State(Tone.GOOD, "fine")
DAY = datetime(2026, 11, 29, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    """A row."""

    name: str
    size: int | None = 1
    at: datetime | None = DAY
    state: State = FINE


THINGS: Whole[Thing] = Whole(
    key="things",
    title="Things",
    columns=(
        Told("Thing", lambda one: Link(one.name, f"/{one.name}")),
        Told("How large", lambda one: one.size, numeric=True),
        Told("At", lambda one: one.at),
        Told("State", lambda one: one.state, shown=False),
        Told("Actions", None),
    ),
    default="thing",
)
ROWS = THINGS.of((Thing("b", None), Thing("A", 3), Thing("c", 2, None, State(Tone.BAD, "lost"))))


def names(query: str) -> str:
    """Return the names of the rows that an address asks for."""
    return "".join(row.name for row in ROWS.page("/p", QueryParams(query)).rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "Abc"),
        ("table=things&sort=-thing", "cbA"),
        ("table=things&sort=how-large", "cAb"),
        ("table=things&sort=-how-large", "Acb"),
        ("table=things&sort=-at", "bAc"),
        ("table=things&sort=state", "bAc"),
        ("table=things&sort=actions", "Abc"),
        ("table=things&q=LOST", "c"),
        ("table=things&q=2026-11", "Ab"),
        ("table=others&sort=-thing&q=x", "Abc"),
        ("sort=-thing", "Abc"),
    ],
)
def test_an_address_asks_for_rows(query: str, expected: str) -> None:
    """What has no value comes last either way; what is asked of another table is not of this."""
    assert names(query) == expected


def test_without_a_default_rows_stand_as_they_are_given() -> None:
    """The worst first, say."""
    plain: Whole[Thing] = Whole(key="x", title="X", columns=THINGS.columns)
    table = plain.of((Thing("b"), Thing("a"))).page("/p", QueryParams())
    assert [row.name for row in table.rows] == ["b", "a"]
    assert [table.order(column) for column in table.columns[:2]] == ["none", "none"]


def test_every_link_keeps_what_the_page_was_asked() -> None:
    """Not what the last request did, nor what is asked of another table of it."""
    query = QueryParams("span=2&said=done&table=others&sort=-name&q=x&page=4")
    table = ROWS.page("/p", query)
    assert table.kept == (("span", "2"), ("table", "things"))
    assert table.csv_url == "/p?span=2&table=things&sort=thing&as=csv"
    assert table.all_url == "/p?span=2&table=things"


def test_a_long_one_has_pages() -> None:
    """And no page behind the last."""
    many = THINGS.of(Thing(f"{number:03}") for number in range(SIZE + 1))
    last = many.page("/p", QueryParams("table=things&page=9"))
    assert (last.page, last.total, [row.name for row in last.rows]) == (2, SIZE + 1, [f"{SIZE:03}"])


def test_csv_has_what_stands_within_other_columns_and_no_buttons() -> None:
    """Links and states as their words."""
    assert ROWS.header == ("thing", "how large", "at", "state")
    assert list(ROWS.cells(ROWS.rows[2])) == ["c", 2, None, "lost"]


def test_a_view_is_asked_for_its_tables() -> None:
    """Those that it holds, and those of what is drawn in it."""

    @dataclass(frozen=True)
    class View:
        things: Whole[Thing]
        chart: Chart | None
        text: str = "x"

    series = (Series("seen", Tone.NOTE, (1, None)),)
    chart = Chart(key="c", title="C", summary="", unit="", bars=True, at=(DAY, DAY), series=series)
    view = View(ROWS, chart)
    assert [one.key for one in tables(view)] == ["things", "c-table"]
    assert [one.key for one in tables(View(ROWS, None))] == ["things"]
    assert list(tables("x")) == []
    assert asked_as_csv(view, QueryParams("table=things&as=csv")) is ROWS
    assert asked_as_csv(view, QueryParams("table=things")) is None
    assert asked_as_csv(view, QueryParams("as=csv")) is None
    assert chart.table.header == ("time", "seen")


def test_a_chart_without_a_series_has_no_rows() -> None:
    """Moments alone say nothing."""
    chart = Chart(key="c", title="C", summary="", unit="", bars=True, at=(DAY,), series=())
    assert chart.table.rows == ()
