"""Shares that were given by hand: those of an application's releases make 1 at most.

Whoever gives one release a share says nothing of the others, so these make up the rest: where all
would make more than 1, the others are lowered, each in proportion. Measured shares are not touched.
"""

from keypin.watch.inventory import applications as apps
from keypin.watch.inventory import releases
from keypin.watch.inventory.edit import Edit
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications
from keypin.watch.store.tables import releases as table


def lower_others(scope: Scope, application: str, version: str) -> tuple[Edit, ...]:
    """Lower the shares of other releases in the field until all make 1 at most.

    Args:
        scope: whose.
        application: whose releases.
        version: of the release whose share stays as it was given.

    Returns:
        What was lowered.

    Raises:
        UnknownError: there is no such application.
    """
    number = apps.find(scope, application).id
    # Two who push at once wait for each other here, but not for who inserts a release.
    lock = scope.select(applications.c.id).where(applications.c.id == number)
    scope.execute(lock.with_for_update(key_share=True))
    given = scope.select(table.c.version, table.c.share).where(
        table.c.application == number, table.c.retired_at.is_(None), table.c.share.is_not(None)
    )
    shares = {row["version"]: float(row["share"]) for row in scope.rows(given)}
    if round(sum(shares.values()), 6) <= 1 or version not in shares:
        return ()
    left = 1 - shares.pop(version)
    part = left / sum(shares.values())
    return tuple(
        releases.give_share(scope, application, one, float(f"{share * part:.9g}"))
        for one, share in sorted(shares.items())
        if share
    )
