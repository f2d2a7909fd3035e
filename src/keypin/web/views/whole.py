"""A table whose rows are all at hand: what a page shows besides its long list.

A view holds it as it is. The template asks the frame for the page of it that the address asks for,
and the answer looks for it in the view where the address asks for CSV: so that a list of three
sessions sorts, filters and is had as CSV as one of a hundred thousand endpoints does, and no page
has a line of code for that.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from starlette.datastructures import QueryParams

from keypin.web.asked import Asked
from keypin.web.views.parts import Link, State
from keypin.web.views.table import CSV, Column, Table

Row = TypeVar("Row")

# Rows of a page.
SIZE = 50

# What an address says of one table of the page, and of what the last request did.
_OWN = {"table", "sort", "q", "page", CSV[0], "said", "done"}

_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Told(Generic[Row]):
    """A column of a table at hand, and what it tells of a row.

    Attributes:
        title: as people read it.
        value: what rows are sorted and filtered by, and what stands in the CSV; None for buttons,
            whose title is for screen readers alone.
        numeric: whether it is set to the right.
        shown: whether the page has it; what is said within another column is of the CSV alone.
    """

    title: str
    value: Callable[[Row], object] | None
    numeric: bool = False
    shown: bool = True

    @property
    def key(self) -> str:
        """What `sort` says to sort by it."""
        return _NO_WORD.sub("-", self.title.casefold()).strip("-")

    @property
    def column(self) -> Column:
        """The column of the page."""
        key = "" if self.value is None else self.key
        return Column(key, self.title, self.numeric, quiet=self.value is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Generic[Row]):
    """A table with all its rows.

    Attributes:
        key: its name, an identifier in the page and the value of `table` in addresses.
        title: as people read it.
        columns: from left to right.
        default: how it is sorted unless asked: the key of a column, perhaps after a minus; empty
            for the order in which the rows are given.
        hint: what the filter looks at.
        rows: all of them.
    """

    key: str
    title: str
    columns: tuple[Told[Row], ...]
    default: str = ""
    hint: str = ""
    rows: tuple[Row, ...] = ()

    def of(self, rows: Iterable[Row]) -> Self:
        """Return the table with rows."""
        return replace(self, rows=tuple(rows))

    @property
    def header(self) -> tuple[str, ...]:
        """The titles of the columns of its CSV."""
        return tuple(one.title.lower() for one in self._told)

    def cells(self, row: Row) -> Sequence[object]:
        """Return a row's cells in CSV."""
        return [_said(one.value(row)) for one in self._told if one.value]

    def asked(self, query: QueryParams) -> Asked:
        """Read what an address asks of it: nothing, where it asks that of another table."""
        mine = query if query.get("table") == self.key else QueryParams()
        return Asked.of(mine, {one.key for one in self._told}, self.default, self.key)

    def found(self, asked: Asked) -> list[Row]:
        """Return the rows that the filter lets through, sorted as is asked."""
        wanted = asked.query.casefold()
        rows = [row for row in self.rows if not wanted or wanted in self._words(row)]
        value = next((one.value for one in self._told if one.key == asked.sort), None)
        if value is None:
            return rows
        known = [(_orderable(value(row)), row) for row in rows]
        some = [one for one in known if one[0] is not None]
        some.sort(key=lambda one: one[0], reverse=asked.descending)
        return [row for _, row in (*some, *(one for one in known if one[0] is None))]

    def page(self, path: str, query: QueryParams) -> Table[Row]:
        """Return the page of it that an address asks for, or the last one, if there are fewer.

        Args:
            path: of the page.
            query: the parameters of its address.
        """
        asked = self.asked(query)
        found = self.found(asked)
        page = min(asked.page, max(1, -(-len(found) // SIZE)))
        others = tuple((key, value) for key, value in query.multi_items() if key not in _OWN)
        return Table(
            key=self.key,
            title=self.title,
            path=path,
            columns=tuple(one.column for one in self.columns if one.shown),
            rows=tuple(found[(page - 1) * SIZE : page * SIZE]),
            total=len(found),
            sort=asked.sort,
            descending=asked.descending,
            query=asked.query,
            page=page,
            size=SIZE,
            hint=self.hint,
            kept=(*others, ("table", self.key)),
            whole=True,
        )

    @property
    def _told(self) -> tuple[Told[Row], ...]:
        return tuple(one for one in self.columns if one.value is not None)

    def _words(self, row: Row) -> str:
        return " ".join(str(one) for one in self.cells(row)).casefold()


@runtime_checkable
class Tabled(Protocol):
    """What is drawn, and says the same as a table: a chart, a timeline."""

    @property
    def table(self) -> Whole[Any]:
        """The table."""
        ...


def tables(view: object) -> Iterator[Whole[Any]]:
    """Yield the tables of a view whose rows are at hand."""
    if is_dataclass(view):
        for one in fields(view):
            value = getattr(view, one.name)
            if isinstance(value, Whole):
                yield value
            elif isinstance(value, Tabled):
                yield value.table


def asked_as_csv(view: object, query: QueryParams) -> Whole[Any] | None:
    """Return the table of a view that an address asks for as CSV; None where it asks for none."""
    if query.get(CSV[0]) != CSV[1]:
        return None
    return next((one for one in tables(view) if one.key == query.get("table")), None)


def _said(value: object) -> object:
    """Return a value as CSV has it."""
    match value:
        case State():
            return value.word
        case Link():
            return value.text
        case _:
            return value


def _orderable(value: object) -> Any:  # noqa: ANN401 - of one type in each column
    said = _said(value)
    if said is None or isinstance(said, int | float | datetime):
        return said
    return str(said).casefold()
