"""Lists of endpoints: filtered, sorted by any column, a page at a time, over a hundred thousand.

A page begins after a key, so that no page costs more than another. What is not known sorts last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)

from keypin.watch.inventory.endpoints import KnownEndpoint, State, known
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, owners
from keypin.web.api.paging import Key
from keypin.web.api.shapes import Line

# Later than every moment that is kept.
_NEVER = 2**62


class Sort(StrEnum):
    """What endpoints are sorted by."""

    HOST = "host"
    STATE = "state"
    EXPIRES_AT = "expires_at"
    CHANGED_AT = "changed_at"
    PROBED_AT = "probed_at"


def _moment(name: str) -> ColumnElement[int]:
    return func.coalesce(type_coerce(endpoints.c[name], BigInteger), _NEVER)


_KEYS: dict[Sort, tuple[ColumnElement[str] | ColumnElement[int], ...]] = {
    Sort.HOST: (endpoints.c.host, endpoints.c.id),
    Sort.STATE: (endpoints.c.state, endpoints.c.host, endpoints.c.id),
    Sort.EXPIRES_AT: (_moment("expires_at"), endpoints.c.id),
    Sort.CHANGED_AT: (_moment("changed_at"), endpoints.c.id),
    Sort.PROBED_AT: (_moment("probed_at"), endpoints.c.id),
}

_KINDS: dict[Sort, tuple[type, ...]] = {
    Sort.HOST: (str, int),
    Sort.STATE: (str, str, int),
    Sort.EXPIRES_AT: (int, int),
    Sort.CHANGED_AT: (int, int),
    Sort.PROBED_AT: (int, int),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which endpoints, and in which order.

    Attributes:
        state: in this state alone.
        search: whose host begins with this, or has it after a dot.
        owner: of this owner alone.
        sort: by what they are sorted.
        descending: whether the greatest comes first.
    """

    state: State | None = None
    search: str = ""
    owner: str | None = None
    sort: Sort = Sort.HOST
    descending: bool = False

    @property
    def kinds(self) -> tuple[type, ...]:
        """The types of a key's values."""
        return _KINDS[self.sort]


def _wanted(
    state: Annotated[State | None, Query()] = None,
    search: Annotated[
        Line, Query(description="Whose host begins with this, or has it after a dot.")
    ] = "",
    owner: Annotated[str | None, Query(max_length=64)] = None,
    sort: Annotated[Sort, Query()] = Sort.HOST,
    *,
    descending: Annotated[bool, Query()] = False,
) -> Wanted:
    return Wanted(state, search.lower(), owner, sort, descending)


WantedEndpoints = Annotated[Wanted, Depends(_wanted)]
"""The filter and the order of a request."""


def rows(
    scope: Scope, wanted: Wanted, after: Key | None, limit: int
) -> list[tuple[Key, KnownEndpoint]]:
    """Return endpoints with their keys.

    Args:
        scope: whose.
        wanted: which, and in which order.
        after: the key of the one before the first.
        limit: so many at most.
    """
    found = read(scope, wanted, after, limit)
    return [(key_of(wanted, row), known(row)) for row in found]


def read(scope: Scope, wanted: Wanted, after: Key | None, limit: int) -> Sequence[RowMapping]:
    """Return the same as they are stored, for those who need a hundred thousand."""
    keys = _KEYS[wanted.sort]
    query = _filtered(_query(scope, keys), wanted)
    if after is not None:
        key = tuple_(*keys)
        query = query.where(key < after if wanted.descending else key > after)
    order = [one.desc() if wanted.descending else one for one in keys]
    return scope.rows(query.order_by(*order).limit(limit))


def key_of(wanted: Wanted, row: RowMapping) -> Key:
    """Return the key of a row."""
    return tuple(row[f"key_{place}"] for place in range(len(wanted.kinds)))


def _query(
    scope: Scope, keys: tuple[ColumnElement[str] | ColumnElement[int], ...]
) -> Select[*tuple[object, ...]]:
    columns = [one for one in endpoints.c if one.name != "owner"]
    labels = [one.label(f"key_{place}") for place, one in enumerate(keys)]
    joined = endpoints.outerjoin(
        owners,
        (owners.c.id == endpoints.c.owner) & (owners.c.organisation == endpoints.c.organisation),
    )
    query = select(*columns, owners.c.name.label("owner"), *labels).select_from(joined)
    return query.where(scope.mine(endpoints))


def _filtered(query: Select[*tuple[object, ...]], wanted: Wanted) -> Select[*tuple[object, ...]]:
    if wanted.state is not None:
        query = query.where(endpoints.c.state == wanted.state.value)
    if wanted.owner is not None:
        query = query.where(owners.c.name == wanted.owner)
    if wanted.search:
        start = endpoints.c.host.startswith(wanted.search, autoescape=True)
        inside = endpoints.c.host.contains(f".{wanted.search}", autoescape=True)
        query = query.where(or_(start, inside))
    return query
