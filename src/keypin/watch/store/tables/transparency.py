"""The logs that are read, how far, and what they hold for the names of an organisation."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)

from keypin.watch.store.tables.base import Document, Moment, table, tenant, within

ct_logs = table(
    "ct_logs",
    Column("log", String(64), primary_key=True),  # the log's identifier, in hexadecimal
    Column("name", String(200), nullable=False),
    Column("operator", String(200), nullable=False),
    Column("url", String(500), nullable=False),
    Column("state", String(20), nullable=False),
    Column("position", BigInteger, nullable=False),  # entries verified
    Column("size", BigInteger, nullable=False),  # entries of the newest head
    Column("head_at", Moment),
    Column("lag", Integer),  # seconds
    Column("rate", Float),  # entries a second
    Column("problem", Text),
    Column("worker", String(64)),
    Column("updated_at", Moment, nullable=False),
)

# The list of logs that a process reads by: whether it has it, and since when not.
ct_lists = table(
    "ct_lists",
    Column("worker", String(64), primary_key=True),
    Column("source", Text, nullable=False),  # a file, or the address of the public list
    Column("problem", Text),  # null: it has it
    Column("failing_since", Moment),
    Column("listed_at", Moment),  # when whoever publishes it made it
    Column("updated_at", Moment, nullable=False),
)

# How far a log was read, so that another machine can go on where one ended.
ct_tails = table(
    "ct_tails",
    Column("log", String(64), primary_key=True),
    Column("worker", String(64)),  # who writes here: another that takes the log over ends that
    Column("state", LargeBinary),
    Column("updated_at", Moment, nullable=False),
)

ct_findings = tenant(
    "ct_findings",
    Column("identity", String(64), nullable=False),  # one for precertificate and certificate
    Column("rule", String(100), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("names", Document, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("spki", LargeBinary(32)),
    Column("certificate", LargeBinary(32)),  # certificates.digest, where it could be read
    Column("not_after", Moment),
    Column("log", String(64), nullable=False),
    Column("position", BigInteger, nullable=False),  # the entry's index in the log
    Column("logged_at", Moment, nullable=False),
    Column("known_at", Moment, nullable=False),
    *within("endpoint", "endpoints", required=False, gone="NO ACTION"),
    Column("deployed_at", Moment),
    Column("share", Float),  # of users whom its deployment would refuse
    Column("document", Document, nullable=False),  # the finding whole, with its proof
    Column("acknowledged_at", Moment),  # null: nobody said that it is known
    Column("acknowledged_by", String(254)),
    Column("note", Text),
    UniqueConstraint("organisation", "identity", "rule"),
    Index("ix_ct_findings_known", "organisation", "known_at"),
    Index("ix_ct_findings_endpoint", "organisation", "endpoint", "known_at"),
    # What could still do harm: looked through every minute.
    Index(
        "ix_ct_findings_open",
        "not_after",
        sqlite_where=text("deployed_at IS NULL"),
        postgresql_where=text("deployed_at IS NULL"),
    ),
)
