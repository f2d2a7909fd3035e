"""One organisation's view of the storage, within one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Executable,
    Insert,
    RowMapping,
    Select,
    Table,
    Update,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.sql.expression import ColumnElement, FromClause

from keypin.watch.store.tables.base import TENANT


class Scope:
    """A transaction that sees and writes the rows of one organisation alone.

    The statements made here name the organisation by themselves; those made elsewhere may be
    executed too, and `keypin.watch.store.guard` refuses any that does not name it.

    Attributes:
        connection: the connection, in a transaction.
        organisation: the organisation's number.
    """

    __slots__ = ("connection", "organisation")

    def __init__(self, connection: Connection, organisation: int) -> None:
        self.connection = connection
        self.organisation = organisation

    def mine(self, table: FromClause) -> ColumnElement[bool]:
        """Return the condition that a row is this organisation's."""
        return table.c.organisation == self.organisation

    def select(self, *columns: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - as select itself
        """Start a query whose tables are restricted to the organisation.

        Args:
            columns: what `sqlalchemy.select` takes. Tables that are joined later are restricted
                by their `mine`, or by an equal `organisation`.
        """
        query = select(*columns)
        tenants = [one for one in query.get_final_froms() if is_tenant(one)]
        return query.where(*(self.mine(one) for one in tenants))

    def insert(self, table: Table, **values: Any) -> Insert:  # noqa: ANN401 - a column's type
        """Return an insertion of one row of the organisation."""
        return insert(table).values(organisation=self.organisation, **values)

    def update(self, table: Table) -> Update:
        """Start a change of the organisation's rows."""
        return update(table).where(self.mine(table))

    def delete(self, table: Table) -> Delete:
        """Start a removal of the organisation's rows."""
        return delete(table).where(self.mine(table))

    def execute(self, statement: Executable) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement; one that does not name the organisation is refused.

        Raises:
            CrossingError: the statement could reach another organisation.
        """
        return self.connection.execute(statement)

    def add(self, table: Table, **values: Any) -> int:  # noqa: ANN401 - a column's type
        """Insert one row, and return its number."""
        key = self.execute(self.insert(table, **values)).inserted_primary_key
        return int(key[0]) if key else 0

    def add_all(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert many rows at once."""
        whole = [{**row, "organisation": self.organisation} for row in rows]
        if whole:
            self.connection.execute(insert(table), whole)

    def row(self, query: Select[*tuple[Any, ...]]) -> RowMapping | None:
        """Return the first row of a query, or None."""
        return self.execute(query).mappings().first()

    def rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        """Return all rows of a query."""
        return self.execute(query).mappings().all()

    def value(self, query: Select[*tuple[Any, ...]]) -> Any:  # noqa: ANN401 - a column's type
        """Return the first column of the first row, or None."""
        return self.execute(query).scalar()


def is_tenant(clause: FromClause) -> bool:
    """Say whether the rows of a table, or of an alias of one, belong to organisations."""
    element = getattr(clause, "element", clause)
    return isinstance(element, Table) and bool(element.info.get(TENANT))
