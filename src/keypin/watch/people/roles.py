"""What each role and each scope of a token may do: two tables, asked by every page and API call.

A new action is a row of `_LEAST`; a new scope is a row of `SCOPES`. What stands in neither table
may nobody do.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from keypin.errors import InputError


class Role(StrEnum):
    """What a person is in an organisation; each may do what those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class Action(StrEnum):
    """Something that is allowed or not."""

    READ = "read"
    """See inventory, endpoints, releases, CT, alerts; check a host."""
    READ_REPORTS = "read reports"
    """See pin failure reports, their groups and counts."""
    READ_AUDIT = "read the audit log"
    """See who changed what."""
    WRITE_RELEASES = "write releases"
    """Push releases with their pin sets, set their shares, retire them."""
    WRITE_ENDPOINTS = "write endpoints"
    """Add, change, probe and remove endpoints."""
    WRITE_PLANS = "write plans"
    """Upload chains that are only planned, and remove them."""
    WRITE_ALERTS = "write alerts"
    """Acknowledge and silence alerts, change rules."""
    WRITE_INVENTORY = "write the inventory"
    """Change applications, owners and tags; apply a keypin.toml."""
    MANAGE_ROUTES = "manage alert routes"
    """Say where alerts go: addresses with secrets in them."""
    MANAGE_PEOPLE = "manage people"
    """Invite people, change their roles, remove them."""
    MANAGE_TOKENS = "manage tokens"
    """Make and revoke tokens of the API."""
    MANAGE_SETTINGS = "manage settings"
    """Rename the organisation, set what it keeps, export everything."""


# The least role that may do it.
_LEAST: Mapping[Action, Role] = MappingProxyType(
    {
        Action.READ: Role.VIEWER,
        Action.READ_REPORTS: Role.VIEWER,
        Action.READ_AUDIT: Role.VIEWER,
        Action.WRITE_RELEASES: Role.EDITOR,
        Action.WRITE_ENDPOINTS: Role.EDITOR,
        Action.WRITE_PLANS: Role.EDITOR,
        Action.WRITE_ALERTS: Role.EDITOR,
        Action.WRITE_INVENTORY: Role.EDITOR,
        Action.MANAGE_ROUTES: Role.OWNER,
        Action.MANAGE_PEOPLE: Role.OWNER,
        Action.MANAGE_TOKENS: Role.OWNER,
        Action.MANAGE_SETTINGS: Role.OWNER,
    }
)

# What a token may do with each of its scopes; `admin` may all.
SCOPES: Mapping[str, frozenset[Action]] = MappingProxyType(
    {
        "read": frozenset({Action.READ, Action.READ_REPORTS, Action.READ_AUDIT}),
        "reports:read": frozenset({Action.READ_REPORTS}),
        "releases:write": frozenset({Action.WRITE_RELEASES}),
        "endpoints:write": frozenset({Action.WRITE_ENDPOINTS}),
        "plans:write": frozenset({Action.WRITE_PLANS}),
        "alerts:write": frozenset({Action.WRITE_ALERTS}),
        "inventory:write": frozenset({Action.WRITE_INVENTORY}),
        "admin": frozenset(Action),
    }
)

_ORDER = tuple(Role)


def may(role: Role, action: Action) -> bool:
    """Say whether somebody in a role may do something."""
    return _ORDER.index(role) >= _ORDER.index(_LEAST[action])


def granted(scopes: Iterable[str]) -> frozenset[Action]:
    """Return what a token with these scopes may do; a scope that is not known grants nothing."""
    return frozenset(action for scope in scopes for action in SCOPES.get(scope, ()))


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes in the table's order, each once.

    Raises:
        InputError: there is none, or one is not known.
    """
    chosen = frozenset(scopes)
    unknown = sorted(chosen - SCOPES.keys())
    if unknown or not chosen:
        seen = f"the scope {unknown[0]!r} does not exist" if unknown else "a token has no scope"
        raise InputError(seen, expected=f"some of {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in chosen)


def least_role(scopes: Iterable[str]) -> Role:
    """Return the least role that may do all that these scopes may."""
    actions = granted(scopes)
    return next(
        role for role in _ORDER if role is _ORDER[-1] or all(may(role, one) for one in actions)
    )
