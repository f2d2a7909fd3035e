"""What somebody asks of a table: the column it is sorted by, the filter, and which page of it.

It comes in an address, which anybody can write: what is not understood counts as not said.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import QueryParams

LONGEST = 200
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a table.

    Attributes:
        sort: the key of a column.
        descending: whether the greatest comes first.
        query: what rows must hold; empty for all.
        page: which page, from 1.
    """

    sort: str
    descending: bool = False
    query: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: QueryParams, sorts: Collection[str], default: str, table: str = "") -> Self:
        """Read the parameters of an address.

        Args:
            query: the parameters.
            sorts: the keys of the columns that sort.
            default: what is said by an address without `sort`: a key, perhaps after a minus.
            table: the key of the table: an address with the `table` of another one says nothing
                of this one.
        """
        if query.get("table", table) != table:
            query = QueryParams()
        said = query.get("sort", "")
        sort = said if said.removeprefix("-") in sorts else default
        text = "".join(sign for sign in query.get("q", "") if sign.isprintable())
        return cls(
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            query=text.strip()[:LONGEST],
            page=_page(query.get("page", "")),
        )


def _page(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PAGE))
    return min(max(int(text), 1), LAST_PAGE) if plain else 1
