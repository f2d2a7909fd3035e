"""Applications, their releases, the pin sets in those, and the endpoints they speak to."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from keypin.watch.store.tables.base import Document, Moment, tenant, within

owners = tenant(
    "owners",
    Column("name", String(64), nullable=False),
    Column("title", String(200), nullable=False, default=""),
    Column("mail", Document, nullable=False, default=list),  # addresses
    UniqueConstraint("organisation", "name"),
    parent=True,
)

applications = tenant(
    "applications",
    Column("name", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("platform", String(50), nullable=False, default=""),
    *within("owner", "owners", required=False, gone="NO ACTION"),
    Column("tags", Document, nullable=False),
    Column("expected_issuers", Document),  # null: those of the organisation
    Column("report_key", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "name"),
    parent=True,
)

# Many releases ship the same pins: verdicts are kept for these, once.
pin_sets = tenant(
    "pin_sets",
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the text
    Column("text", Text, nullable=False),  # as pins.toml
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "digest"),
    parent=True,
)

releases = tenant(
    "releases",
    *within("application", "applications"),
    Column("version", String(100), nullable=False),
    *within("pin_set", "pin_sets", gone="NO ACTION"),
    Column("form", String(50), nullable=False),  # what was uploaded: pins.toml, okhttp, apk, ...
    Column("source", String(300), nullable=False, default=""),  # the name of its file
    Column("remarks", Document, nullable=False),  # findings of the reader, or of the audit
    Column("released_at", Moment, nullable=False),
    Column("share", Float),  # of the application's users, from 0 to 1, given by hand
    Column("measured", Float),  # the same, from reports and check-ins
    Column("retired_at", Moment),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "application", "version"),
    Index(None, "pin_set"),
)

endpoints = tenant(
    "endpoints",
    Column("host", String(253), nullable=False),
    Column("port", Integer, nullable=False),
    Column("protocol", String(20), nullable=False),  # keypin.certs.Endpoint's name of it
    Column("origin", String(10), nullable=False),  # pins, hand, code or logs
    *within("owner", "owners", required=False, gone="NO ACTION"),
    Column("tags", Document, nullable=False),
    Column("expected_issuers", Document),  # null: those of the applications that pin the host
    Column("interval", Integer, nullable=False),  # seconds from probe to probe
    Column("vantage_points", Document, nullable=False, default=list),  # all if empty
    Column("enabled", Boolean, nullable=False, default=True),
    Column("created_at", Moment, nullable=False),
    Column("probed_at", Moment),
    Column("changed_at", Moment),  # when what it shows last became another
    Column("state", String(20), nullable=False),  # unknown, fine, finding, refused, unreachable
    Column("refused", Integer, nullable=False, default=0),  # by so many releases
    Column("issuer", String(200), nullable=False, default=""),  # of its leaf, as people call it
    Column("expires_at", Moment),  # the first end of a certificate that is shown
    # When it is judged anew: at once after a change, else when a date comes that may change much.
    Column("judge_at", Moment),
    Column("judged_at", Moment),
    UniqueConstraint("organisation", "host", "port", "protocol"),
    Index(None, "judge_at"),
    # What the list sorts by. With the number, PostgreSQL turns pages within the index.
    Index("ix_endpoints_state", "organisation", "state", "host", "id"),
    Index("ix_endpoints_refused", "organisation", "refused", "host", "id"),
    Index("ix_endpoints_issuer", "organisation", "issuer", "host", "id"),
    Index("ix_endpoints_expires", "organisation", "expires_at", "id"),
    Index("ix_endpoints_owner", "organisation", "owner", "id"),
    parent=True,
)

# A chain that somebody means to deploy, judged before it is.
plans = tenant(
    "plans",
    Column("name", String(200), nullable=False),
    Column("hosts", Document, nullable=False),  # empty: all that the certificate names
    Column("chain", LargeBinary(32), nullable=False),  # chains.digest
    Column("deploy_at", Moment, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended", String(20)),  # deployed or withdrawn
    UniqueConstraint("organisation", "name"),
)
