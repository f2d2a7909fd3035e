"""The processes that share the work."""

from sqlalchemy import Column, Integer, String

from keypin.watch.store.tables.base import Document, Moment, table

workers = table(
    "workers",
    Column("id", String(64), primary_key=True),
    Column("host", String(253), nullable=False),
    Column("process", Integer, nullable=False),
    Column("vantage", String(63), nullable=False),
    Column("parts", Document, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
