"""Pin failure reports, from the moment they are acknowledged to what they mean together."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from keypin.watch.store.tables.base import Document, Key, Moment, table, tenant, within

# What was acknowledged and is not sorted yet; no more than a queue, of whole batches. On SQLite it
# stays empty: there the batches are in a file of their own.
intake = table(
    "intake",
    Column("id", Key, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("batch", LargeBinary, nullable=False),  # keypin.watch.collecting.batch
)

report_groups = tenant(
    "report_groups",
    *within("application", "applications"),
    Column("fingerprint", String(32), nullable=False),  # keypin.reports.GroupKey.id
    Column("host", String(253), nullable=False),
    Column("classification", String(100), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("benign", Boolean),
    Column("message", Text, nullable=False),
    Column("document", Document, nullable=False),  # the classification whole
    Column("folded", LargeBinary, nullable=False),  # keypin.reports.dumps of the Group
    Column("burst", LargeBinary),  # the same of the BurstState, up to the last whole stretch
    Column("burst_since", Moment),  # told as a burst since then; null: there is none
    Column("chain", LargeBinary(32)),  # chains.digest of the sample's
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("count", Integer, nullable=False),
    # What the list sorts by: of how many sources, and the commonest release and country.
    Column("sources", Integer, nullable=False, default=0),
    Column("release", String(100), nullable=False, default=""),
    Column("country", String(2), nullable=False, default=""),
    Column("judge_at", Moment),  # when it is judged anew
    Column("judged_at", Moment),
    Column("known_since", Moment),  # somebody marked it as known then; null: nobody did
    Column("known_until", Moment),  # when that ends, or ended; null: it does not
    Column("known", Document),  # by whom, why and as what: keypin.watch.collecting.knowing
    UniqueConstraint("organisation", "application", "fingerprint"),
    Index(None, "judge_at"),
    Index("ix_report_groups_last", "organisation", "last_at"),
    parent=True,
)

reports = tenant(
    "reports",
    *within("application", "applications"),
    *within("report_group", "report_groups"),
    Column("received_at", Moment, nullable=False),
    Column("occurred_at", Moment),
    Column("form", String(30), nullable=False),
    Column("host", String(253), nullable=False),
    Column("version", String(100)),
    Column("platform", String(100)),
    Column("network", String(64)),
    Column("country", String(2)),
    Column("source", LargeBinary(16)),
    Index("ix_reports_received", "organisation", "received_at"),
    Index("ix_reports_group", "report_group", "received_at"),
)

# How many of a group came in each minute: what charts and bursts are read from.
report_counts = tenant(
    "report_counts",
    *within("application", "applications"),
    *within("report_group", "report_groups"),
    Column("minute", Moment, nullable=False),
    Column("count", Integer, nullable=False),
    UniqueConstraint("report_group", "minute"),
    # What a chart asks is answered by the index alone.
    Index("ix_report_counts_minute", "organisation", "minute", "report_group", "count"),
)

# What was seen of each release on each day: who checked in, and how many reports named it.
check_ins = tenant(
    "check_ins",
    *within("application", "applications"),
    Column("version", String(100), nullable=False),
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reports", Integer, nullable=False, default=0),
    UniqueConstraint("organisation", "application", "version", "day"),
)
