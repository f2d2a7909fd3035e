"""What must be done to an inventory that stands until it is the one that is wanted.

Rows come in the order in which they can be applied: an owner before what it owns, a release after
its application, and what goes the other way round, after all that comes. An entry is known by its
name, so a new name is another entry: a renamed release is one that goes and one that comes, and
what goes is forgotten while its users are still there. That is told as a danger. What is expected
of logs is one entry, which is always there: where it is not said, it stays.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from keypin.inventory.change import Action, Change, FieldChange, Kind
from keypin.inventory.ct import CtWatch
from keypin.inventory.entries import ReleaseEntry
from keypin.inventory.inventory import Inventory
from keypin.inventory.said import (
    Said,
    of_application,
    of_ct,
    of_endpoint,
    of_owner,
    of_release,
    of_route,
    of_rule,
    pins_of,
)

Entry = TypeVar("Entry")

Shares = Mapping[str, float]
"""Measured shares of users, 0 to 1, by application and version, as `shop-ios 3.2`."""


def diff(
    standing: Inventory, wanted: Inventory, *, shares: Shares | None = None
) -> tuple[Change, ...]:
    """Return what must be done, in the order in which it can be applied.

    Args:
        standing: what is there.
        wanted: what should be there, of the same organisation. In both, pins that stand in files
            should be read (`keypin.inventory.resolved`); else their files are compared.
        shares: measured shares of users, to tell what becomes of releases that go.

    Raises:
        ValueError: the inventories are of two organisations.
    """
    if standing.organisation != wanted.organisation:
        raise ValueError(f"{standing.organisation} and {wanted.organisation} are kept apart")
    if wanted.ct is None:
        wanted = replace(wanted, ct=standing.ct)
    plans = [plan(standing, wanted, shares or {}) for plan in _PLANS]
    coming = (change for come, _ in plans for change in come)
    going = (change for _, go in reversed(plans) for change in go)
    return (*coming, *going, *_order(standing, wanted))


@dataclass(frozen=True, slots=True)
class _Plan(Generic[Entry]):
    """How one kind of entries is compared."""

    kind: Kind
    entries: Callable[[Inventory], Mapping[str, Entry]]
    said: Callable[[Entry], Said]

    def __call__(
        self, standing: Inventory, wanted: Inventory, shares: Shares
    ) -> tuple[list[Change], list[Change]]:
        """Return what comes and what changes, and what goes."""
        old, new = self.entries(standing), self.entries(wanted)
        added = [
            self.row(Action.ADD, key, after=self.said(one))
            for key, one in new.items()
            if key not in old
        ]
        changed = [
            self.changed(key, old[key], one)
            for key, one in new.items()
            if key in old and old[key] != one
        ]
        removed = [
            self.row(Action.REMOVE, key, danger=_left_behind(key, one, shares))
            for key, one in old.items()
            if key not in new
        ]
        return [*added, *(one for one in changed if one.fields)], removed

    def changed(self, subject: str, before: Entry, after: Entry) -> Change:
        """Return the row of an entry that stays and says something else."""
        danger = _shipped(before, after)
        return self.row(Action.CHANGE, subject, self.said(before), self.said(after), danger)

    def row(
        self,
        action: Action,
        subject: str,
        before: Said | None = None,
        after: Said | None = None,
        danger: str = "",
    ) -> Change:
        """Return a row with the fields that differ."""
        old, new = before or {}, after or {}
        fields = tuple(
            FieldChange(name, old.get(name, ""), new.get(name, ""))
            for name in dict.fromkeys((*old, *new))
            if old.get(name, "") != new.get(name, "")
        )
        return Change(action=action, kind=self.kind, subject=subject, fields=fields, danger=danger)


_CT = "watch"

_PLANS = (
    _Plan(Kind.CT, lambda all_: {_CT: all_.ct or CtWatch()}, of_ct),
    _Plan(Kind.OWNER, lambda all_: {one.name: one for one in all_.owners}, of_owner),
    _Plan(
        Kind.APPLICATION, lambda all_: {one.name: one for one in all_.applications}, of_application
    ),
    _Plan(
        Kind.RELEASE,
        lambda all_: {
            f"{application.name} {one.version}": one
            for application in all_.applications
            for one in reversed(application.releases)  # the newest is added last
        },
        of_release,
    ),
    _Plan(
        Kind.ENDPOINT, lambda all_: {str(one.endpoint): one for one in all_.endpoints}, of_endpoint
    ),
    _Plan(Kind.ROUTE, lambda all_: {one.name: one for one in all_.routes}, of_route),
    _Plan(Kind.RULE, lambda all_: {one.name: one for one in all_.rules}, of_rule),
)


def _left_behind(subject: str, entry: object, shares: Shares) -> str:
    """Say whose pins nobody would watch over any more."""
    if not isinstance(entry, ReleaseEntry):
        return ""
    share = shares.get(subject) if entry.share is None else entry.share
    application = subject.partition(" ")[0]
    if share is None:
        return f"nobody knows how many users of {application} still have it"
    if not share:
        return ""
    return f"{share:.0%} of the users of {application} still have it, and would be forgotten"


def _shipped(before: object, after: object) -> str:
    """Say that no file changes what was shipped."""
    if not isinstance(before, ReleaseEntry) or not isinstance(after, ReleaseEntry):
        return ""
    if pins_of(before) == pins_of(after):
        return ""
    return "what was shipped stays in users' apps: right only if these pins were written down wrong"


def _order(standing: Inventory, wanted: Inventory) -> Iterator[Change]:
    """Yield the order of rules, where adding and removing alone would leave another."""
    after = [one.name for one in wanted.rules]
    stay = [one.name for one in standing.rules if one.name in after]
    left = [*stay, *(name for name in after if name not in stay)]
    if left != after:
        order = FieldChange("order", ", ".join(left), ", ".join(after))
        yield Change(action=Action.CHANGE, kind=Kind.RULES, subject="order", fields=(order,))
