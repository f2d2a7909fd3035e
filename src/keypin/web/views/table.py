"""A table that sorts, filters, turns its pages and is had as CSV: the same on every page.

Each of these is an address: what a person sees can be sent to somebody else, works without scripts,
and is answered by the same handler, which reads `sort`, `q` and `page` from the query.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

Row = TypeVar("Row")

# The parameter of an address that asks for a table of a page as CSV.
CSV = ("as", "csv")


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        key: what `sort` says to sort by it; empty where it does not sort.
        title: as people read it.
        numeric: whether it is set to the right.
        quiet: whether the title is for screen readers alone.
    """

    key: str
    title: str
    numeric: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """One page of a table.

    Attributes:
        key: the table's name, an identifier in the page.
        title: said to screen readers.
        path: the address of the table, without a query: that of its page, or, where a page has
            several, perhaps of the page that shows this table alone.
        columns: from left to right.
        rows: those of this page.
        total: how many there are that the filter lets through.
        sort: the key of the column by which the rows are sorted.
        descending: whether the greatest comes first.
        query: what the filter says.
        page: which page this is, from 1.
        size: how many rows a page has.
        hint: what the filter looks at, as "name, tag or owner".
        kept: further parameters of the address that every link keeps.
        whole: whether it is a page of a `keypin.web.views.whole.Whole`, which is had as CSV at the
            address of its page; that of any other table is `path.csv`.
    """

    key: str
    title: str
    path: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    sort: str
    descending: bool = False
    query: str = ""
    page: int = 1
    size: int = 50
    hint: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    whole: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are; one, even where there is no row."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row on this page, from 1; 0 where there is none."""
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row on this page."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def near(self) -> tuple[int, ...]:
        """The pages that are linked: first, last, and those beside this one; 0 for a gap."""
        shown = sorted(
            {1, self.pages}
            | {self.page + step for step in (-1, 0, 1)} & {*range(1, self.pages + 1)}
        )
        linked: list[int] = []
        for page in shown:
            if linked and page > linked[-1] + 1:
                linked.append(0)
            linked.append(page)
        return tuple(linked)

    def order(self, column: Column) -> str:
        """Return the column's `aria-sort`."""
        if column.key != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"

    def sort_url(self, column: Column) -> str:
        """Return the address that sorts by a column; by the sorted one, the other way round."""
        turned = column.key == self.sort and not self.descending
        return self._url(sort=f"-{column.key}" if turned else column.key)

    def page_url(self, page: int) -> str:
        """Return the address of another page."""
        return self._url(*([("page", str(page))] if page > 1 else []))

    @property
    def csv_url(self) -> str:
        """The address of all rows, not of this page alone, as CSV."""
        return self._url(CSV) if self.whole else self._url(path=f"{self.path}.csv")

    @property
    def all_url(self) -> str:
        """The address without a filter."""
        return f"{self.path}?{urlencode(self.kept)}" if self.kept else self.path

    @property
    def sorting(self) -> str:
        """The value of `sort`: the column, with a minus where the greatest comes first."""
        return f"-{self.sort}" if self.descending else self.sort

    def _url(self, *more: tuple[str, str], sort: str = "", path: str = "") -> str:
        parameters = [
            *self.kept,
            ("sort", sort or self.sorting),
            *([("q", self.query)] if self.query else []),
            *more,
        ]
        return f"{path or self.path}?{urlencode(parameters)}"
