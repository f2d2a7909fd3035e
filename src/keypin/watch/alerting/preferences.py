"""What an organisation says of itself that alerting goes by: its time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keypin.errors import InputError
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Scope
from keypin.watch.store.tables import settings

_ZONE = "time-zone"
_USUAL = "UTC"


def zone(scope: Scope) -> str:
    """Return the IANA name of an organisation's time zone; UTC unless it said another."""
    value = scope.value(scope.select(settings.c.value).where(settings.c.name == _ZONE))
    return _USUAL if value is None else str(value)


def set_zone(scope: Scope, name: str, *, at: datetime) -> None:
    """Say which time zone an organisation lives in.

    Raises:
        InputError: there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        seen = f"the time zone {name[:60]!r}"
        raise InputError(seen, expected="an IANA name, as Europe/Berlin") from error
    row = {
        "organisation": scope.organisation,
        "name": _ZONE,
        "value": name,
        "changed_at": at,
    }
    key, change = ("organisation", "name"), ("value", "changed_at")
    insert_or_change(scope.connection, settings, [row], key=key, change=change)
