"""Changes of the inventory, written into the audit log in the transaction that makes them."""

from collections.abc import Mapping, Sequence
from typing import cast

from keypin.watch.inventory import Edit
from keypin.watch.inventory.edit import Did
from keypin.watch.people import audit
from keypin.watch.store import Scope
from keypin.web.pages.desk import Somebody

_VERBS = {Did.ADDED: "add", Did.CHANGED: "change", Did.REMOVED: "remove"}


def audited(scope: Scope, visit: Somebody, edit: Edit) -> None:
    """Write down what was changed; nothing where everything stands as before."""
    if edit.did is Did.UNCHANGED:
        return
    action = f"{edit.kind}.{_VERBS[edit.did]}"
    detail = cast("audit.Detail", _whole(edit.detail))
    audit.record(scope, visit.identity.actor, action, edit.subject, detail, at=visit.at)


def _whole(value: object) -> object:
    """Return a value without fractions, which databases write in several ways."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            return f"{value:g}"
        case Mapping():
            items = cast("Mapping[str, object]", value)
            return {name: _whole(one) for name, one in items.items()}
        case Sequence():
            return [_whole(one) for one in cast("Sequence[object]", value)]
        case _:
            return str(value)
