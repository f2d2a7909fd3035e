"""Whom an inventory tells, and of what: routes with a reference to their secret, and alert rules.

The address of a route is a secret: whoever has it can write there. So an inventory says where it is
kept. A rule is a table that belongs to the alerts; here it is only kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from keypin.alerts import Route, Rule
from keypin.alerts.toml import route_of, route_table_of, rule_of, table_of
from keypin.errors import InventoryError, Place
from keypin.inventory.names import MAX_NAME, check_name, check_tags, refuse_twice

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
        route: what it is told of, and when.
        url: where its secret address is kept.
        place: where it stands in the user's file.
    """

    route: Route
    url: Reference
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what `keypin.toml` could not say."""
        _check_written(self.route, lambda: route_of(route_table_of(self.route)), "route")
        refuse_twice(self.owners, "owner", "owners")
        check_tags(self.route.match.tags)

    @property
    def name(self) -> str:
        """What rules call it."""
        return self.route.name

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose trouble it is told of; everybody's where none is named."""
        return self.route.match.owners


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """What becomes of findings.

    Attributes:
        rule: the rule.
        place: where it stands in the user's file.
    """

    rule: Rule
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what `keypin.toml` could not say."""
        _check_written(self.rule, lambda: rule_of(table_of(self.rule)), "rule")

    @property
    def name(self) -> str:
        """What people call it."""
        return self.rule.name

    @property
    def routes(self) -> tuple[str, ...]:
        """The names of the routes that it tells, at once or when it escalates."""
        return (*self.rule.routes, *(name for one in self.rule.escalate for name in one.routes))

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose trouble it is about; everybody's where none is named."""
        return self.rule.match.owners


def _check_written(value: Route | Rule, read: Callable[[], Route | Rule], what: str) -> None:
    if read() != value:
        raise InventoryError(
            f"the {what} {value.name} says what keypin.toml cannot say",
            expected=f"a {what} without conditions of its own that have no key",
        )
