"""The calendar of deadlines and the feed of alerts, for programs that know a secret address.

Calendars and feed readers sign in nowhere: their address holds a token of the organisation, sealed
at rest, which is replaced when it got into wrong hands.
"""

from datetime import datetime
from hmac import compare_digest
from secrets import token_urlsafe

from sqlalchemy import select

from keypin.alerts.feed import MAX_ITEMS, feed
from keypin.watch.alerting import deadlines
from keypin.watch.alerting.documents import alert_of
from keypin.watch.core import Core
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people import named_secrets
from keypin.watch.people.audit import Actor
from keypin.watch.store import Scope, Sealer, SealError
from keypin.watch.store.tables import alerts, organisations

SECRET = f"{named_secrets.OWN}feeds"
"""The name under which the token is kept among an organisation's secrets."""


def token(scope: Scope, sealer: Sealer) -> str | None:
    """Return the token of an organisation's feeds; None: it has none yet, or its key is gone."""
    try:
        kept = named_secrets.reveal(scope, sealer, SECRET)
    except SealError:
        return None  # a new one may be made, and the old one works again once its key is back
    return None if kept is None else kept.decode()


def new_token(scope: Scope, sealer: Sealer, *, by: Actor, at: datetime) -> str:
    """Make a token, in place of the one that there is: its addresses answer no more."""
    made = token_urlsafe(24)
    named_secrets.keep(scope, sealer, SECRET, made.encode(), by=by, at=at)
    return made


def opens(scope: Scope, sealer: Sealer, given: str) -> bool:
    """Tell whether a token is an organisation's own."""
    kept = token(scope, sealer)
    return kept is not None and compare_digest(kept.encode(), given.encode(errors="replace"))


def calendar(core: Core, organisation: int, shelf: Shelf) -> bytes:
    """Return an organisation's deadlines as a calendar (iCalendar, RFC 5545).

    Args:
        core: the installation's storage and clock.
        organisation: its number.
        shelf: a memory of pin sets.
    """
    from keypin.alerts import calendar as written  # noqa: PLC0415 - loads a library for calendars

    at = core.clock()
    with core.database.read(organisation) as scope:
        found, name = deadlines.gather(scope, shelf, at), _name(scope)
    title = f"keypin deadlines of {name}"
    return written.calendar(found, at, base=_base(core, name), name=title)


def rss(core: Core, organisation: int) -> bytes:
    """Return what opened in an organisation lately as a feed (RSS 2.0).

    Args:
        core: the installation's storage and clock.
        organisation: its number.
    """
    with core.database.read(organisation) as scope:
        query = scope.select(alerts.c.document).where(alerts.c.opened_at.is_not(None))
        rows = scope.rows(query.order_by(alerts.c.opened_at.desc()).limit(MAX_ITEMS))
        name = _name(scope)
    told = [alert_of(row["document"]) for row in rows]
    return feed(told, core.clock(), base=_base(core, name), name=f"keypin alerts of {name}")


def _base(core: Core, name: str) -> str:
    return f"{core.settings.base_url}/o/{name}"


def _name(scope: Scope) -> str:
    of = organisations.c.id == scope.organisation
    return str(scope.value(select(organisations.c.name).where(of)))
