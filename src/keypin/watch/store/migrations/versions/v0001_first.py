"""The tables as they were first."""

from alembic import op

from keypin.watch.store.migrations.immutable import forbid_changes
from keypin.watch.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables, and let nobody edit the audit log."""
    metadata.create_all(op.get_bind())
    forbid_changes(op.get_bind(), "audit_log")
