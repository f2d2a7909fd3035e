"""Changes of the inventory that have endpoints judged anew, by what they showed last.

A release that is pushed makes endpoints of its hosts; it, and each plan, is judged at once against
what is served now. Whatever changes releases or plans goes through here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keypin.certs import Certificate
from keypin.pins import PinSet
from keypin.pins.toml import loads
from keypin.watch.inventory import endpoints, plans, releases, shares
from keypin.watch.inventory.chains import Chains
from keypin.watch.inventory.edit import Did, Edit
from keypin.watch.inventory.pinning import Pinning
from keypin.watch.inventory.plans import is_for, names_for
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
        lowered: the edits of other releases, whose shares were lowered to make room for its own.
    """

    edit: Edit
    endpoints: int
    pinned: tuple[int, ...]
    lowered: tuple[Edit, ...] = ()


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

    Where the shares of all releases would make more than 1, those of the others are lowered.

    Raises:
        UnknownError: there is no such application.
        TakenError: the version is there with other pins.
        InventoryError: the version or the share is none, or there are too many of something.
    """
    pushed = _ship(scope, application, version, upload, at=at, released_at=released_at, share=share)
    if pushed.edit.did is Did.UNCHANGED:
        return pushed
    return replace(pushed, lowered=_make_room(scope, application, version, at))


def ship(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None = None,
    share: float | None = None,
) -> Edit:
    """Push a release, and return what that did to it; the shares of others stay as they are."""
    return _ship(
        scope, application, version, upload, at=at, released_at=released_at, share=share
    ).edit


def _ship(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None,
    share: float | None,
) -> Pushed:
    edit = releases.add(
        scope, application, version, upload, at=at, released_at=released_at, share=share
    )
    if edit.did is Did.UNCHANGED:
        return Pushed(edit=edit, endpoints=0, pinned=())
    hosts = endpoints.hosts_of(upload.pin_set)
    made = endpoints.add_all(scope, hosts, at=at, origin=endpoints.Origin.PINS)
    return Pushed(edit=edit, endpoints=made, pinned=judge_pinned(scope, upload.pin_set, at))


def _make_room(scope: Scope, application: str, version: str, at: datetime) -> tuple[Edit, ...]:
    """Lower the shares of other releases to make room for that of one, and judge what they pin."""
    lowered = shares.lower_others(scope, application, version)
    for edit in lowered:
        judge_pinned(scope, _pins(scope, application, edit.subject.partition(" ")[2]), at)
    return lowered


def correct(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None = None,
    share: float | None = None,
) -> Edit:
    """Say otherwise what was shipped in a release, where it was written down wrong.

    Raises:
        UnknownError: there is no such release.
        InventoryError: the share is none.
    """
    judge_pinned(scope, _pins(scope, application, version), at)
    edit = releases.correct(
        scope, application, version, upload, at=at, released_at=released_at, share=share
    )
    hosts = endpoints.hosts_of(upload.pin_set)
    endpoints.add_all(scope, hosts, at=at, origin=endpoints.Origin.PINS)
    judge_pinned(scope, upload.pin_set, at)
    return edit


def retire(scope: Scope, application: str, version: str, *, at: datetime) -> Edit:
    """Take a release out of the field, and have what it pinned judged without it.

    Raises:
        UnknownError: there is no such release.
    """
    edit = releases.retire(scope, application, version, at=at)
    judge_pinned(scope, _pins(scope, application, version), at)
    return edit


def restore(scope: Scope, application: str, version: str, *, at: datetime) -> tuple[Edit, ...]:
    """Put a retired release back into the field with its share, and have what it pins judged.

    Returns:
        What that did to it, and to the shares of others, which are lowered to make room.

    Raises:
        UnknownError: there is no such release.
    """
    edit = releases.restore(scope, application, version)
    judge_pinned(scope, _pins(scope, application, version), at)
    return edit, *_make_room(scope, application, version, at)


def remove(scope: Scope, application: str, version: str, *, at: datetime) -> Edit:
    """Forget a release, and have what it pinned judged without it.

    Raises:
        UnknownError: there is no such release.
    """
    pins = _pins(scope, application, version)
    edit = releases.remove(scope, application, version)
    judge_pinned(scope, pins, at)
    return edit


def give_share(
    scope: Scope, application: str, version: str, share: float | None, *, at: datetime
) -> tuple[Edit, ...]:
    """Say a release's share of users, and have what it pins judged: alerts tell whom they hit.

    Returns:
        What that did to it, and to the shares of others, which are lowered to make room.

    Raises:
        UnknownError: there is no such release.
        InventoryError: it is no share.
    """
    edit = releases.give_share(scope, application, version, share)
    judge_pinned(scope, _pins(scope, application, version), at)
    return edit, *_make_room(scope, application, version, at)


def plan(
    scope: Scope,
    name: str,
    chain: Sequence[Certificate],
    *,
    deploy_at: datetime,
    by: str,
    at: datetime,
    hosts: Sequence[str] = (),
) -> Edit:
    """Plan to deploy a chain, and have the endpoints that it is for judged with it.

    Raises:
        TakenError: there is a plan of this name.
        InputError: as `keypin.watch.inventory.plans.add`.
    """
    edit = plans.add(scope, name, chain, deploy_at=deploy_at, by=by, at=at, hosts=hosts)
    _judge_planned(scope, name, at)
    return edit


def end_plan(scope: Scope, name: str, how: plans.Ended, *, at: datetime) -> Edit:
    """End a plan, and have the endpoints that it was for judged without it.

    Raises:
        UnknownError: there is none of this name.
        InventoryError: it ended already.
    """
    edit = plans.end(scope, name, how, at=at)
    _judge_planned(scope, name, at)
    return edit


def _judge_planned(scope: Scope, name: str, at: datetime) -> None:
    known = plans.find(scope, name)
    chain = Chains().read(scope.connection, [known.chain])[known.chain]
    names = names_for(known.hosts, chain)
    rows = scope.execute(scope.select(table.c.id, table.c.host))
    endpoints.judge_again(scope, [number for number, host in rows if is_for(host, names)], at)


def _pins(scope: Scope, application: str, version: str) -> PinSet:
    found = releases.find(scope, application, version)
    return loads(releases.text_of(scope, found.pin_set)).pin_set


def judge_pinned(scope: Scope, pin_set: PinSet, at: datetime) -> tuple[int, ...]:
    """Have every endpoint judged anew that a pin set pins, and return their numbers."""
    pinning = Pinning({0: pin_set})
    rows = scope.execute(scope.select(table.c.id, table.c.host))
    found = tuple(number for number, host in rows if pinning.of(host))
    endpoints.judge_again(scope, found, at)
    return found
