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
    Column("definition", Document, nullable=False),  # as keypin.alerts.toml writes it
    Column("sealed", LargeBinary, nullable=False),  # the address, with what it takes to use it
    Column("shown", String(300), nullable=False),  # what may be shown of the address
    Column("reference", Document),  # where keypin.toml said that the address is kept
    Column("enabled", Boolean, nullable=False, default=True),
    Column("failing_since", Moment),
    Column("failure", Text),
    Column("claimed_until", Moment),  # a process tells it until then, unless it died
    Column("digest_at", Moment),  # when its next digest is written; null: it gets none
    Column("digested_at", Moment),  # what its last digest reached to
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation", "name"),
    Index(None, "digest_at"),
    parent=True,
)

alerts = tenant(
    "alerts",
    Column("fingerprint", String(200), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("finding", String(100), nullable=False),  # the signal's identifier
    Column("rule", String(100), nullable=False),  # what decided last
    Column("severity", String(20), nullable=False),
    Column("rank", Integer, nullable=False),  # the gravest is the least
    Column("state", String(20), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("title", Text, nullable=False),
    Column("application", String(100)),
    Column("owner", String(100)),
    Column("document", Document, nullable=False),  # keypin.alerts.Alert
    Column("since", Moment, nullable=False),
    Column("opened_at", Moment),  # null: it never did
    Column("seen_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("due_at", Moment),  # when it must be looked at again: a wait, a repeat, an escalation
    Column("looked_at", Moment, nullable=False),  # when it was; later than now: the clock was set
    UniqueConstraint("organisation", "fingerprint", "episode"),
    Index("ix_alerts_state", "organisation", "state", "since"),
    Index("ix_alerts_opened", "organisation", "opened_at"),
    Index("ix_alerts_due", "due_at"),
    Index(None, "looked_at"),
    parent=True,
)

# What became of an alert: what there was to tell of it, and what people did.
alert_history = tenant(
    "alert_history",
    *within("alert", "alerts"),
    Column("key", String(200), nullable=False),  # the notice's own
    Column("at", Moment, nullable=False),
    Column("kind", String(20), nullable=False),  # keypin.alerts.Kind, acknowledged or closed
    Column("by", String(254)),  # who, where it was a person
    Column("note", Text),  # what they said of it
    Column("notice", Document),  # keypin.alerts.Notice, where there was something to tell
    UniqueConstraint("organisation", "key"),
    Index(None, "alert", "at"),
    parent=True,
)

silences = tenant(
    "silences",
    Column("definition", Document, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_by", String(254)),  # who ended it before its time
)

# What is to be told to a route, and was: a row for each notice, and one for each digest.
deliveries = tenant(
    "deliveries",
    Column("key", String(200), nullable=False),  # one notice to one route, once
    *within("route", "alert_routes", required=False),  # null: it was removed
    Column("gone", String(100)),  # the name of the route that was removed
    Column("gone_shown", String(300)),  # and what may be shown of its address
    *within("entry", "alert_history", required=False),  # null: a digest
    Column("digest", Document),  # keypin.alerts.rendering.Words
    Column("bundle", String(200)),  # the message's idempotency key, once it is fixed what is in it
    Column("state", String(20), nullable=False),  # waiting, digest, delivered, given-up, withdrawn
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tried_at", Moment),
    Column("delivered_at", Moment),
    Column("failure", Text),
    UniqueConstraint("organisation", "key"),
    Index("ix_deliveries_due", "state", "due_at"),
    Index("ix_deliveries_route", "route", "state", "bundle"),
    Index(None, "entry"),
)
