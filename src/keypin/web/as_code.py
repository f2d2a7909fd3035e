"""`keypin.toml` over HTTP, one for the API and the pages: read, compared, and held to its plan.

Everything that a file needs stands in it: its pins too. Addresses of routes never do; those that it
says are secrets are known here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from keypin.errors import InputError
from keypin.inventory import Change, Inventory, Kept, Reference, RouteEntry, diff, dumps, loads
from keypin.watch.alerting.as_code import standing_routes, standing_rules
from keypin.watch.inventory import releases
from keypin.watch.inventory.standing import shares_of, standing
from keypin.watch.people import named_secrets
from keypin.watch.store import Scope, Sealer


def read(text: str, organisation: str) -> Inventory:
    """Read a file.

    Args:
        text: of the file.
        organisation: the name of whoever sends it.

    Raises:
        InputError: it is none, of another organisation, or its pins stand in other files.
    """
    wanted = loads(text, name="keypin.toml")
    if wanted.organisation != organisation:
        raise InputError(f"the keypin.toml of {wanted.organisation}", expected=organisation)
    for application in wanted.applications:
        for release in application.releases:
            if release.pin_set is None:
                raise InputError(
                    f"the pins of {application.name} {release.version} stand in another file",
                    expected="policies in keypin.toml itself",
                    next_step="send it with keypin inventory plan, which writes them into it",
                )
    return wanted


def stands(scope: Scope, sealer: Sealer, wanted: Inventory | None = None) -> Inventory:
    """Return the inventory that stands, as a file would say it.

    Args:
        scope: a transaction of the organisation.
        sealer: opens the addresses of routes.
        wanted: the file that it is compared with, if it is.
    """
    routes = standing_routes(scope, sealer, compared=wanted is not None)
    rules = standing_rules(scope)
    return standing(scope, wanted, routes=routes, rules=rules)


def changes(scope: Scope, sealer: Sealer, wanted: Inventory) -> tuple[Change, ...]:
    """Return what applying a file would do."""
    shares = shares_of(releases.listed(scope))
    return diff(stands(scope, sealer, wanted), wanted, shares=shares)


def digest(wanted: Inventory, changed: Sequence[Change]) -> str:
    """Return what tells a plan from all others."""
    whole = json.dumps([dumps(wanted), [one.document() for one in changed]], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def address(
    scope: Scope, sealer: Sealer, one: Reference, given: Mapping[str, str] | None = None
) -> str:
    """Return the address of a route that a file names by where it is kept.

    Args:
        scope: a transaction of the organisation.
        sealer: opens its secrets.
        one: where it is kept.
        given: what variables hold, where whoever sends the file has them.

    Raises:
        InputError: nobody knows it.
    """
    if one.kept is Kept.ENV and given and one.name in given:
        return given[one.name]
    secret = named_secrets.reveal(scope, sealer, one.name) if one.kept is Kept.SECRET else None
    if secret is None:
        raise InputError(
            f"the address {one} of a route is not known",
            expected="a secret of the organisation, or a variable of keypin inventory apply",
        )
    return secret.decode()


def without_secrets(inventory: Inventory) -> Inventory:
    """Return an inventory whose routes say where their addresses are kept, and never which."""
    hidden = (replace(one, url=_hidden(one)) for one in inventory.routes)
    return replace(inventory, routes=tuple(hidden))


def _hidden(one: RouteEntry) -> Reference:
    return Reference(Kept.SECRET, one.name) if one.url.kept is Kept.INLINE else one.url
