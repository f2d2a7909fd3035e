"""A change of an inventory: one row of what applying a file would do, as text and as JSON.

The signs are those that people know from `terraform plan` and from diffs: `+` comes, `~` changes,
`-` goes. A change that can lock users out says so with `!`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


class Action(StrEnum):
    """What happens to an entry."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class Kind(StrEnum):
    """What kind of entry it is, in the order in which entries come to be."""

    CT = "ct"
    """What is expected of what logs hold, of all names."""
    OWNER = "owner"
    APPLICATION = "application"
    RELEASE = "release"
    ENDPOINT = "endpoint"
    ROUTE = "route"
    RULE = "rule"
    RULES = "rules"
    """The order in which rules are asked."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value of an entry, as text: before and after; empty where there is none."""

    name: str
    before: str
    after: str


class FieldDocument(TypedDict):
    """A field of a change as JSON."""

    name: str
    before: str
    after: str


class ChangeDocument(TypedDict):
    """A change as JSON."""

    action: str
    kind: str
    subject: str
    fields: list[FieldDocument]
    danger: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of a plan.

    Attributes:
        action: what happens.
        kind: to what kind of entry.
        subject: to which: its name, `shop-ios 3.2` for a release, host and port for an endpoint.
        fields: what is said of it that was not before; all that it says where it comes.
        danger: whom it could lock out, a sentence without a full stop; empty where nobody.
    """

    action: Action
    kind: Kind
    subject: str
    fields: tuple[FieldChange, ...] = ()
    danger: str = ""

    def text(self) -> str:
        """Return the row as text of one or more lines."""
        head = f"{_SIGNS[self.action]} {self.kind} {self.subject}"
        danger = [f"  ! {self.danger}"] if self.danger else []
        return "\n".join([head, *danger, *self._lines()])

    def _lines(self) -> Iterator[str]:
        width = max((len(one.name) for one in self.fields), default=0)
        for one in self.fields:
            before = f"{one.before or '(none)'} -> " if self.action is Action.CHANGE else ""
            yield f"    {one.name:{width}}  {before}{one.after or '(none)'}"

    def document(self) -> ChangeDocument:
        """Return the row as JSON holds it."""
        return {
            "action": self.action.value,
            "kind": self.kind.value,
            "subject": self.subject,
            "fields": [
                {"name": one.name, "before": one.before, "after": one.after} for one in self.fields
            ],
            "danger": self.danger or None,
        }


_SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.REMOVE: "-"}


def text(changes: Sequence[Change]) -> str:
    """Return a plan as text: each change, then how many of each kind."""
    if not changes:
        return "No changes: the inventory stands as it is written."
    counts = Counter(change.action for change in changes)
    dangerous = sum(bool(change.danger) for change in changes)
    summary = (
        f"{counts[Action.ADD]} to add, {counts[Action.CHANGE]} to change, "
        f"{counts[Action.REMOVE]} to remove"
    )
    warning = f"; {dangerous} could lock users out" if dangerous else ""
    return "\n".join([*(change.text() for change in changes), f"{summary}{warning}."])
