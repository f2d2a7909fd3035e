"""Pushing a release: its hosts become endpoints, and what those show is judged by its pins."""

from dataclasses import dataclass
from datetime import datetime

from keypin.pins import PinSet
from keypin.watch.inventory import endpoints, releases
from keypin.watch.inventory.edit import Did, Edit
from keypin.watch.inventory.pinning import Pinning
from keypin.watch.inventory.uploads import Upload
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What pushing a release did.

    Attributes:
        edit: of the release.
        endpoints: how many endpoints its hosts made.
        pinned: the numbers of all endpoints that it pins, which are judged anew.
    """

    edit: Edit
    endpoints: int
    pinned: tuple[int, ...]


def push(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None = None,
    share: float | None = None,
) -> Pushed:
    """Add a release, watch the hosts that it pins, and have them judged by its pins.

    Raises:
        UnknownError: there is no such application.
        TakenError: the version is there with other pins.
        InventoryError: the version or the share is none, or there are too many of something.
    """
    edit = releases.add(
        scope, application, version, upload, at=at, released_at=released_at, share=share
    )
    if edit.did is Did.UNCHANGED:
        return Pushed(edit=edit, endpoints=0, pinned=())
    hosts = endpoints.hosts_of(upload.pin_set)
    made = endpoints.add_all(scope, hosts, at=at, origin=endpoints.Origin.PINS)
    return Pushed(edit=edit, endpoints=made, pinned=judge_pinned(scope, upload.pin_set, at))


def judge_pinned(scope: Scope, pin_set: PinSet, at: datetime) -> tuple[int, ...]:
    """Have every endpoint judged anew that a pin set pins, and return their numbers."""
    pinning = Pinning({0: pin_set})
    rows = scope.execute(scope.select(table.c.id, table.c.host))
    found = tuple(number for number, host in rows if pinning.of(host))
    endpoints.judge_again(scope, found, at)
    return found
