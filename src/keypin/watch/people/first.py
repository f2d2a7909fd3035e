"""Links that the machine prints: there is no default password, and no other way around the sign-in.

At the first start a link makes the first owner. Each start of each machine prints one of its own,
so that none takes another's away; the first that is used ends all others. Later a link makes
another owner, for whoever works on the machine may write the database anyway.
"""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from keypin.errors import InputError
from keypin.watch.core import Core
from keypin.watch.people import accounts, invitations, organisations
from keypin.watch.people.audit import OPERATOR, SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Database

LIFE = timedelta(hours=24)
NAME = "main"


def first_link(core: Core) -> str | None:
    """Return a link by which the first owner joins, or None: somebody has an account already.

    Args:
        core: the installation; its organisation `main` is made if there is none.
    """
    at = core.clock()
    number = _main(core.database, at)
    if number is None:
        return None
    with core.database.begin(number) as scope:
        link = invitations.create(scope, Role.OWNER, SERVICE, at, life=LIFE)
    return _address(core.settings, link)


def owner_link(database: Database, settings: Settings, organisation: str, at: datetime) -> str:
    """Return a link that makes an owner of an organisation, once.

    Args:
        database: the installation's; the service may run on it meanwhile.
        settings: where people reach it.
        organisation: its name.
        at: now.

    Raises:
        InputError: there is no such organisation.
    """
    with database.read_across() as connection:
        number = organisations.named(connection, organisation).number
    with database.begin(number) as scope:
        link = invitations.create(scope, Role.OWNER, OPERATOR, at, life=LIFE)
    return _address(settings, link)


def _main(database: Database, at: datetime) -> int | None:
    """Return the number of the organisation that is made first, or None: there are accounts."""
    with database.read_across() as connection:
        if accounts.exist(connection):
            return None
        found = organisations.find(connection, NAME)
    if found is not None:
        return found.number
    try:
        with database.begin_across() as connection:
            return organisations.create(connection, NAME, "Main", SERVICE, at)
    except (InputError, IntegrityError):  # another process makes it at the same moment
        with database.read_across() as connection:
            return organisations.named(connection, NAME).number


def _address(settings: Settings, link: str) -> str:
    return f"{settings.base_url}/join/{link}"
