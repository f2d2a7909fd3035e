"""Whom an inventory tells, and of what: routes with a reference to their secret, and alert rules.

The address of a route is a secret: whoever has it can write there. So an inventory says where it is
kept. A rule is a table that belongs to the alerts; here it is only kept.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from keypin.errors import InventoryError, Place
from keypin.findings import Severity
from keypin.inventory.names import MAX_NAME, check_name, check_tags, refuse_twice
from keypin.inventory.values import Value, thawed

_KEY = Place(key="url")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


class Kept(StrEnum):
    """Where a secret is kept."""

    ENV = "env"
    SECRET = "secret"  # noqa: S105 - the word of the file, no secret
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept, rather than the secret.

    Attributes:
        kept: in an environment variable, in the service's store, or here.
        name: the variable, the name in the store, or the URL itself.
    """

    kept: Kept
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what names nothing; an error never shows a URL, which may be the secret."""
        if self.kept is Kept.ENV and not _VARIABLE.fullmatch(self.name):
            seen = f"the environment variable {self.name[:MAX_NAME]!r}"
            raise InventoryError(seen, expected="a name as SLACK_URL", place=_KEY)
        if self.kept is Kept.SECRET:
            check_name(self.name, "name of a secret", "url")
        if self.kept is Kept.INLINE and not _URL.fullmatch(self.name):
            raise InventoryError("no URL", expected="scheme://…", place=_KEY)

    def __str__(self) -> str:
        if self.kept is not Kept.INLINE:
            return f"{self.kept} {self.name}"
        return f"(hidden, {sha256(self.name.encode()).hexdigest()[:8]})"  # tells it from another


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntry:
    """A way to people.

    Attributes:
        name: a name, as `on-call`.
        url: where its secret address is kept.
        severity: the least that it is told of.
        owners: the names of those whose trouble it is told of; everybody's where none is named.
        tags: each of these is on what it is told of.
        place: where it stands in the user's file.
    """

    name: str
    url: Reference
    severity: Severity = Severity.WARNING
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a route that nobody could name."""
        check_name(self.name, "name of a route")
        refuse_twice(self.owners, "owner", "owners")
        check_tags(self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """An alert rule, as the table that it was written as.

    Attributes:
        name: a name, as `expiry-to-platform`.
        settings: its other keys with their values.
        place: where it stands in the user's file.
    """

    name: str
    settings: tuple[tuple[str, Value], ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a rule that nobody could name."""
        check_name(self.name, "name of a rule")

    @property
    def table(self) -> dict[str, object]:
        """Its keys and values, the name among them, as `tomllib` gives them."""
        return {"name": self.name, **{key: thawed(value) for key, value in self.settings}}
