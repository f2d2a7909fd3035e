"""Tables of pages: one page of rows, or all of them as CSV, by what is asked for.

A listing is a query of numbers alone, which an index answers, and a function that makes rows of a
page of them: so that what is costly is done for fifty rows and not for a hundred thousand. Counts
end at a bound. What is at hand is a `keypin.web.views.whole.Whole`.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from starlette.datastructures import QueryParams
from starlette.responses import Response

from keypin.watch.store import Database, Scope
from keypin.web.answer import csv_file
from keypin.web.asked import Asked
from keypin.web.views.table import Column, Table

Row = TypeVar("Row")
Ids = Select[*tuple[Any, ...]]

# Rows of a page, and how far is counted: nobody turns two thousand pages.
SIZE = 50
BOUND = 100_000

# Rows of a CSV at most, and so many are read at once.
LONGEST = 1_000_000
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Generic[Row]):
    """What a table is, whatever is in it.

    Attributes:
        key: its identifier in the page.
        title: as people read it.
        columns: from left to right; those with a key sort.
        default: how it is sorted unless asked: a key, perhaps after a minus.
        hint: what the filter looks at.
        header: the titles of the columns of its CSV.
        cells: a row's cells there.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    default: str
    hint: str
    header: tuple[str, ...]
    cells: Callable[[Row], Sequence[object]]

    def asked(self, query: QueryParams) -> Asked:
        """Read what is asked of it."""
        return Asked.of(query, {one.key for one in self.columns if one.key}, self.default, self.key)

    def table(
        self,
        asked: Asked,
        rows: tuple[Row, ...],
        total: int,
        path: str,
        kept: tuple[tuple[str, str], ...],
    ) -> Table[Row]:
        """Return one page of it."""
        return Table(
            key=self.key,
            title=self.title,
            path=path,
            columns=self.columns,
            rows=rows,
            total=total,
            sort=asked.sort,
            descending=asked.descending,
            query=asked.query,
            page=asked.page,
            size=SIZE,
            hint=self.hint,
            kept=kept,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """A table of the database.

    Attributes:
        shape: what it is.
        ids: the query of the numbers of all rows that a filter lets through.
        sorts: by the key of a column, what it sorts by; the number decides at last.
        number: the column of the numbers.
        rows: makes rows of numbers, in their order.
    """

    shape: Shape[Row]
    ids: Callable[[Scope, str], Ids]
    sorts: Mapping[str, Sequence[ColumnElement[Any]]]
    number: ColumnElement[Any]
    rows: Callable[[Scope, Sequence[int]], Sequence[Row]]

    def page(
        self, scope: Scope, asked: Asked, path: str, kept: tuple[tuple[str, str], ...] = ()
    ) -> Table[Row]:
        """Return the page that is asked for, or the last one, if there are fewer."""
        query = self.ids(scope, asked.query)
        total = count(scope, query)
        last = max(1, -(-total // SIZE))
        asked = Asked(
            sort=asked.sort,
            descending=asked.descending,
            query=asked.query,
            page=min(asked.page, last),
        )
        some = self._sorted(query, asked).limit(SIZE).offset((asked.page - 1) * SIZE)
        numbers = list(scope.execute(some).scalars())
        rows = tuple(self.rows(scope, numbers)) if numbers else ()
        return self.shape.table(asked, rows, total, path, kept)

    def csv(self, database: Database, organisation: int, asked: Asked) -> Response:
        """Return all rows that the filter lets through, as CSV."""
        with database.read(organisation) as scope:
            query = self._sorted(self.ids(scope, asked.query), asked).limit(LONGEST)
            numbers = array("q", scope.execute(query).scalars())
        rows = self._chunks(database, organisation, numbers)
        return csv_file(self.shape.key, self.shape.header, rows, self.shape.cells)

    def _chunks(
        self, database: Database, organisation: int, numbers: Sequence[int]
    ) -> Iterator[Row]:
        # A transaction for each: one who reads slowly keeps none open.
        for start in range(0, len(numbers), CHUNK):
            with database.read(organisation) as scope:
                rows = self.rows(scope, list(numbers[start : start + CHUNK]))
            yield from rows

    def _sorted(self, query: Ids, asked: Asked) -> Ids:
        order = [*self.sorts[asked.sort], self.number]
        return query.order_by(*(one.desc() if asked.descending else one for one in order))


def count(scope: Scope, query: Ids, bound: int = BOUND) -> int:
    """Return how many rows a query has, `bound` at most."""
    few = query.order_by(None).limit(bound).subquery()
    return int(scope.value(select(func.count()).select_from(few)))
