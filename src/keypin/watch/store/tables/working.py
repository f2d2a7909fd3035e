"""The processes that share the work, what is done once in each period, and the installation."""

from sqlalchemy import BigInteger, Column, Integer, String

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

periods = table(
    "periods",
    Column("name", String(100), primary_key=True),
    Column("fired", BigInteger, nullable=False),  # the number of the period, counted from 1970
    Column("worker", String(64)),  # whoever runs it now
    Column("until", Moment),  # its claim ends unless it is renewed
)

# What is said of the installation itself: where it moved, which backup it came from.
installation = table(
    "installation",
    Column("name", String(100), primary_key=True),
    Column("value", Document, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
