"""What an organisation expects of Certificate Transparency: one row of its settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from keypin.inventory import CtWatch
from keypin.watch.inventory.edit import Did, Edit
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Scope
from keypin.watch.store.tables import settings

_NAME = "certificate-transparency"


def find(scope: Scope) -> CtWatch:
    """Return what is expected; nothing, unless somebody said otherwise."""
    return _known(scope.value(scope.select(settings.c.value).where(settings.c.name == _NAME)))


def change(scope: Scope, watch: CtWatch, *, at: datetime) -> Edit:
    """Say what is expected from now on."""
    before, after = _values(find(scope)), _values(watch)
    changed = [name for name, value in after.items() if before[name] != value]
    row = {
        "organisation": scope.organisation,
        "name": _NAME,
        "value": after,
        "changed_at": at,
    }
    if changed:
        key, change = ("organisation", "name"), ("value", "changed_at")
        insert_or_change(scope.connection, settings, [row], key=key, change=change)
    return Edit(
        did=Did.CHANGED if changed else Did.UNCHANGED,
        kind="ct",
        subject="watch",
        id=scope.organisation,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def all_of(connection: Connection) -> dict[int, CtWatch]:
    """Return what each organisation expects that said anything."""
    query = select(settings.c.organisation, settings.c.value).where(settings.c.name == _NAME)
    rows = connection.execute(query.order_by(settings.c.organisation))
    return {number: _known(value) for number, value in rows}


def _values(watch: CtWatch) -> dict[str, object]:
    return {
        "expected_issuers": list(watch.expected_issuers),
        "caa": watch.caa,
        "look_alikes": watch.look_alikes,
    }


def _known(value: Mapping[str, Any] | None) -> CtWatch:
    if value is None:
        return CtWatch()
    return CtWatch(
        expected_issuers=tuple(value["expected_issuers"]),
        caa=value["caa"],
        look_alikes=value["look_alikes"],
    )
