"""What every table is made of: keys, moments, documents, and the organisation a row belongs to."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

# Alembic can change what has a name alone, and SQLite gives none.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A table whose rows each belong to one organisation says so here, and the guard reads it.
TENANT = "tenant"

# SQLite counts rows up by itself for INTEGER alone.
Key = BigInteger().with_variant(Integer, "sqlite")

# A document; on PostgreSQL in the form that can be indexed.
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 in UTC.

    The same on both databases, sorted as numbers are, and never without its zone.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Count; a moment without a zone is a mistake of ours."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment has a time zone, but {value!r} has none")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Make a moment of a count."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


def table(name: str, *items: SchemaItem) -> Table:
    """Declare a table of the service itself."""
    return Table(name, metadata, *items)


def tenant(name: str, *items: SchemaItem, parent: bool = False) -> Table:
    """Declare a table whose rows each belong to one organisation, and have a number.

    Args:
        name: of the table.
        items: its columns and constraints.
        parent: whether rows of other tables are `within` one of this.
    """
    key = [UniqueConstraint("organisation", "id")] if parent else []
    return Table(
        name,
        metadata,
        Column("id", Key, primary_key=True),
        link("organisation", "organisations"),
        *items,
        *key,
        info={TENANT: True},
    )


def link(name: str, to: str, *, required: bool = True, gone: str = "CASCADE") -> Column[int]:
    """Declare a column that holds the number of a row of the service itself.

    Args:
        name: of the column.
        to: the other table.
        required: whether there always is one.
        gone: what happens when the other row goes, `CASCADE`, `SET NULL` or `NO ACTION`.
    """
    return Column(name, Key, ForeignKey(f"{to}.id", ondelete=gone), nullable=not required)


def within(
    name: str, to: str, *, required: bool = True, gone: str = "CASCADE"
) -> tuple[SchemaItem, SchemaItem]:
    """Declare a column that holds the number of a row of the same organisation.

    The database itself refuses the number of another organisation's row.

    Args:
        name: of the column.
        to: the other table, a `parent`.
        required: whether there always is one.
        gone: `CASCADE`, or `NO ACTION`: whoever removes the other row looks to this first.
    """
    return (
        Column(name, Key, nullable=not required),
        ForeignKeyConstraint(
            ["organisation", name], [f"{to}.organisation", f"{to}.id"], ondelete=gone
        ),
    )
