"""What an entry of an inventory says, as fields of text: what plans show, and compare.

Two entries of a name say the same if and only if they mean the same: the name of a pin set and the
order of its policies, the file that pins were read from, and a title that is the name once more,
mean nothing.
"""

from collections.abc import Mapping
from typing import cast

from keypin.alerts.toml import route_table_of, table_of
from keypin.inventory.ct import CtWatch
from keypin.inventory.entries import Application, Owner, ReleaseEntry, WatchedEndpoint
from keypin.inventory.names import spell
from keypin.inventory.routes import RouteEntry, RuleEntry
from keypin.inventory.values import written
from keypin.pins import Policy
from keypin.pins.toml_write import pairs

Said = dict[str, str]
"""Texts by the name of their field; an empty text is the absence of one."""


def of_ct(watch: CtWatch) -> Said:
    """Return what is said of what logs hold."""
    return {
        "expected_issuers": ", ".join(watch.expected_issuers),
        "caa": written(watch.caa),
        "look_alikes": written(watch.look_alikes),
    }


def of_owner(owner: Owner) -> Said:
    """Return what is said of an owner."""
    return {"title": owner.title or "", "mail": ", ".join(owner.mail)}


def of_application(application: Application) -> Said:
    """Return what is said of an application, without its releases."""
    return {
        "title": "" if application.title == application.name else application.title or "",
        "platform": application.platform,
        "owner": application.owner or "",
        "tags": ", ".join(application.tags),
        "expected_issuers": ", ".join(application.expected_issuers),
    }


def of_release(release: ReleaseEntry) -> Said:
    """Return what is said of a release: each policy is a field, or the file that was not read."""
    return {
        "released": release.released.isoformat() if release.released else "",
        "share": "measured" if release.share is None else f"{release.share:.15g}",
        **pins_of(release),
    }


def pins_of(release: ReleaseEntry) -> Said:
    """Return what is said of a release's pins."""
    if release.pin_set is None:
        return {"pins": f"in {release.file}"}
    return {f"pins for {one.host}": _policy(one) for one in release.pin_set.policies}


def _policy(policy: Policy) -> str:
    """Return a policy on one line, without its host. Newlines are those of arrays alone."""
    settings = (line.replace("\n  ", " ").replace("\n]", " ]") for line in pairs(policy))
    named = ("host = ", "include_subdomains = ")
    return "; ".join(line for line in settings if not line.startswith(named))


def of_endpoint(watched: WatchedEndpoint) -> Said:
    """Return what is said of an endpoint."""
    return {
        "interval": spell(watched.interval),
        "vantage_points": ", ".join(watched.vantage_points),
        "owner": watched.owner or "",
        "tags": ", ".join(watched.tags),
        "expected_issuers": ", ".join(watched.expected_issuers),
    }


def of_route(entry: RouteEntry) -> Said:
    """Return what is said of a route; its address stays hidden."""
    return {"url": str(entry.url), **_table(route_table_of(entry.route))}


def of_rule(entry: RuleEntry) -> Said:
    """Return what is said of a rule."""
    return _table(table_of(entry.rule))


def _table(table: Mapping[str, object]) -> Said:
    """Return the keys of a table; what is as usual is not said."""
    return {key: _value(value) for key, value in table.items() if key != "name"}


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, cast("list[object]", value)))
    return value if isinstance(value, str) else written(value)
