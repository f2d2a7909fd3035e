"""The first start: no default password, but a link that makes the first owner.

Whoever reads what the service prints may use it, as long as there is no account; a link that was
printed earlier works no more.
"""

from datetime import timedelta

from keypin.watch.core import Core
from keypin.watch.people import accounts, invitations, organisations
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role

LIFE = timedelta(hours=24)
NAME = "main"


def first_link(core: Core) -> str | None:
    """Return the link by which the first owner joins, or None: somebody has an account already.

    Args:
        core: the installation; its organisation `main` is made if there is none.
    """
    at = core.clock()
    with core.database.begin_across() as connection:
        if accounts.exist(connection):
            return None
        found = organisations.find(connection, NAME)
        number = (
            found.number
            if found is not None
            else organisations.create(connection, NAME, "Main", SERVICE, at)
        )
        invitations.withdraw_all(connection, number)
    with core.database.begin(number) as scope:
        link = invitations.create(scope, Role.OWNER, SERVICE, at, life=LIFE)
    return f"{core.settings.base_url}/join/{link}"
