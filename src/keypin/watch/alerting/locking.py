"""One process at a time makes alerts of an organisation's signals, or lets people change them."""

from sqlalchemy import select

from keypin.watch.store import Scope
from keypin.watch.store.tables import organisations


def alone(scope: Scope, *, wait: bool = True) -> bool:
    """Be the only one at an organisation's alerts until the transaction ends.

    On SQLite whoever writes is alone anyway. On PostgreSQL the organisation's row is locked, in the
    way that lets others refer to it.

    Args:
        scope: a transaction that writes.
        wait: for whoever is at it; False to come back later.

    Returns:
        False where somebody else is at it.
    """
    query = select(organisations.c.id).where(organisations.c.id == scope.organisation)
    return scope.value(query.with_for_update(key_share=True, skip_locked=not wait)) is not None
