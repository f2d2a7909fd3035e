"""What holds now, the alerts made of it, and the notices on their way to people."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from keypin.watch.store.tables.base import Document, Moment, tenant, within

# Written by every part that judges, read by alerting alone: the one door between them.
signals = tenant(
    "signals",
    Column("fingerprint", String(200), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("title", Text, nullable=False),
    Column("document", Document, nullable=False),  # keypin.alerts.Signal
    *within("endpoint", "endpoints", required=False),
    *within("application", "applications", required=False),
    Column("holds", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("taken", Boolean, nullable=False, default=False),  # whether alerting has seen this state
    UniqueConstraint("organisation", "fingerprint"),
    Index("ix_signals_taken", "taken", "seen_at"),
    Index("ix_signals_endpoint", "endpoint"),
)

alert_rules = tenant(
    "alert_rules",
    Column("name", String(100), nullable=False),
    Column("place", Integer, nullable=False),  # rules are asked in this order
    Column("definition", Document, nullable=False),
    UniqueConstraint("organisation", "name"),
)

alert_routes = tenant(
    "alert_routes",
    Column("name", String(100), nullable=False),
    Column("definition", Document, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the address, with what it takes to use it
    Column("enabled", Boolean, nullable=False, default=True),
    Column("failing_since", Moment),
    Column("failure", Text),
    UniqueConstraint("organisation", "name"),
    parent=True,
)

alerts = tenant(
    "alerts",
    Column("fingerprint", String(200), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("title", Text, nullable=False),
    Column("owner", String(100)),
    Column("document", Document, nullable=False),  # keypin.alerts.Alert
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("due_at", Moment),  # when it must be looked at again: a wait, a repeat, an escalation
    Index("ix_alerts_fingerprint", "organisation", "fingerprint"),
    Index("ix_alerts_state", "organisation", "state", "opened_at"),
    Index("ix_alerts_due", "due_at"),
)

silences = tenant(
    "silences",
    Column("definition", Document, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)

deliveries = tenant(
    "deliveries",
    Column("key", String(200), nullable=False),  # idempotent: one notice to one route, once
    *within("route", "alert_routes"),
    Column("notice", Document, nullable=False),
    Column("state", String(20), nullable=False),  # waiting, delivered, given-up
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("failure", Text),
    UniqueConstraint("organisation", "key"),
    Index("ix_deliveries_due", "state", "due_at"),
)
