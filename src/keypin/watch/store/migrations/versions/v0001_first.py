"""The tables as they were first."""

from alembic import op

from keypin.watch.store.migrations.immutable import forbid_changes
from keypin.watch.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables, and let nobody edit the audit log."""
    # A table that is there already is another program's.
    metadata.create_all(op.get_bind(), checkfirst=False)
    forbid_changes(op.get_bind(), "audit_log")
