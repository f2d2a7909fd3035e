"""What endpoints showed, as intervals, and what each pin set said of it.

Certificates and chains are kept once, by their digest: they are public, and no organisation can
list them but through its own observations.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text

from keypin.watch.store.tables.base import Document, Moment, table, tenant, within

certificates = table(
    "certificates",
    Column("digest", LargeBinary(32), primary_key=True),
    Column("der", LargeBinary, nullable=False),
    Column("spki", LargeBinary(32), nullable=False),  # SHA-256 of the SubjectPublicKeyInfo
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("not_after", Moment, nullable=False),
    Column("names", Document, nullable=False),
    Index(None, "spki"),
)

# The certificates as they were presented, leaf first; the digest is of their digests in a row.
chains = table(
    "chains",
    Column("digest", LargeBinary(32), primary_key=True),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("certificates", Document, nullable=False),  # digests in hexadecimal
    Index(None, "leaf"),
)

# When each endpoint is probed next, from each place.
schedules = tenant(
    "schedules",
    *within("endpoint", "endpoints"),
    Column("vantage", String(64), nullable=False),
    Column("due_at", Moment, nullable=False),  # a claim puts it off for a while
    UniqueConstraint("endpoint", "vantage"),
    Index("ix_schedules_due", "vantage", "due_at"),
)

observations = tenant(
    "observations",
    *within("endpoint", "endpoints"),
    Column("vantage", String(64), nullable=False),
    Column("address", String(64), nullable=False),  # empty where the name does not resolve
    Column("key_type", String(20), nullable=False),  # what was asked for: ecdsa, rsa, any
    Column("chain", LargeBinary(32)),  # null: it failed
    Column("failure", String(50)),  # keypin.certs' name of the failure
    Column("detail", Document, nullable=False),  # TLS version, OCSP, SCTs; the failure's words
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("ended_at", Moment),  # null: it is so until another is seen
    Column("probes", Integer, nullable=False, default=1),
    # What is so still stands together, and what ended by when: no past is too long to be read.
    Index("ix_observations_endpoint", "organisation", "endpoint", "ended_at", "failure"),
    # One thing at a time is seen from one place at one address.
    Index(
        "uq_observations_open",
        "endpoint",
        "vantage",
        "address",
        "key_type",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    # Whether an endpoint shows a chain now; by those of all, SQLite would read who ever showed it.
    Index(
        "ix_observations_shown",
        "organisation",
        "endpoint",
        "chain",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_observations_chain", "organisation", "chain"),
)

# The verdict of one pin set on one chain of one endpoint: what the release matrix shows.
verdicts = tenant(
    "verdicts",
    *within("endpoint", "endpoints"),
    Column("chain", LargeBinary(32), nullable=False),
    *within("pin_set", "pin_sets"),
    Column("outcome", String(20), nullable=False),  # keypin.rotation.gate.Outcome
    Column("pin", String(200)),  # the first that matches, as pins.toml writes it
    Column("position", String(20)),
    Column("matched", LargeBinary(32)),  # the certificate that it matches
    Column("why", Document, nullable=False),  # the refusal's lines, and its diagnosis
    Column("judged_at", Moment, nullable=False),
    UniqueConstraint("endpoint", "chain", "pin_set"),
    Index("ix_verdicts_pin_set", "organisation", "pin_set", "outcome"),
)
