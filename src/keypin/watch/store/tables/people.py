"""Organisations, the people in them, and what each of them may and did."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Text, UniqueConstraint

from keypin.watch.store.tables.base import Document, Key, Moment, link, table, tenant

organisations = table(
    "organisations",
    Column("id", Key, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("created_at", Moment, nullable=False),
)

accounts = table(
    "accounts",
    Column("id", Key, primary_key=True),
    Column("mail", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password", Text),  # argon2id, or null: signs in elsewhere
    Column("totp", LargeBinary),  # sealed
    Column("totp_step", Integer),  # the newest code that was used: none is used twice
    Column("recovery", Document),  # digests of codes that stand in for a lost device
    Column("issuer", String(500)),
    Column("subject", String(255)),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    UniqueConstraint("issuer", "subject"),
)

memberships = tenant(
    "memberships",
    link("account", "accounts"),
    Column("role", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "account"),
    Index(None, "account"),
)

invitations = tenant(
    "invitations",
    Column("mail", String(254)),  # null: whoever has the link
    Column("role", String(20), nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("invited_by", String(254)),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("accepted_at", Moment),
)

sessions = table(
    "sessions",
    Column("digest", LargeBinary(32), primary_key=True),
    link("account", "accounts"),
    link("organisation", "organisations", required=False, gone="SET NULL"),
    Column("stage", String(20), nullable=False),  # password, then whole
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("agent", String(300), nullable=False, default=""),
    Column("network", String(64), nullable=False, default=""),
    Index(None, "account"),
    Index(None, "expires_at"),
)

tokens = tenant(
    "tokens",
    Column("name", String(100), nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", Document, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
)

# Each row holds the digest of the one before it; triggers refuse changes (see migrations).
audit_log = table(
    "audit_log",
    Column("id", Key, primary_key=True),
    link("organisation", "organisations", required=False, gone="NO ACTION"),
    Column("at", Moment, nullable=False),
    Column("actor", String(300), nullable=False),
    Column("network", String(64), nullable=False, default=""),
    Column("action", String(100), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("detail", Document, nullable=False),
    Column("previous", LargeBinary(32), nullable=False, unique=True),  # no row has two that follow
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Index(None, "organisation", "id"),
    Index(None, "organisation", "at"),
)

idempotency = tenant(
    "idempotency",
    Column("key", String(255), nullable=False),
    Column("request", LargeBinary(32), nullable=False),
    Column("status", Integer),  # null: still being answered
    Column("headers", Document),
    Column("body", LargeBinary),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "key"),
    Index(None, "created_at"),
)

settings = tenant(
    "settings",
    Column("name", String(100), nullable=False),
    Column("value", Document, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("organisation", "name"),
)

secrets = tenant(
    "secrets",
    Column("name", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("organisation", "name"),
)
