"""Routes and rules of `keypin.toml`: what stands, and what makes a change of it.

The file says where an address is kept, and never the address. So what it said is kept beside the
address: a file that says the same again is no change. Whoever applies a file knows its secrets.
"""

from collections.abc import Callable, Mapping

from keypin.inventory import Action, Change, Kept, Kind, Reference, RouteEntry, RuleEntry
from keypin.watch.alerting import routes, rules
from keypin.watch.inventory.apply import Applied, Handler
from keypin.watch.inventory.edit import Edit
from keypin.watch.people import named_secrets
from keypin.watch.store import Scope, Sealer, SealError
from keypin.watch.store.tables import alert_routes

Resolve = Callable[[Reference], str]
"""Returns the address that a reference stands for; raises InputError where there is none."""


def standing_routes(
    scope: Scope, sealer: Sealer, *, compared: bool = False
) -> tuple[RouteEntry, ...]:
    """Return the routes as a file would have them; an address that no file gave stands hidden.

    Args:
        scope: a transaction of the organisation.
        sealer: opens addresses.
        compared: whether a file is held against them. Then an address stands hidden as well where
            its secret was replaced since: a file that names the secret gives it the new one.
    """
    columns = alert_routes.c.name, alert_routes.c.reference
    said = {row["name"]: row["reference"] for row in scope.rows(scope.select(*columns))}
    return tuple(
        RouteEntry(
            route=one.route,
            url=_reference(scope, sealer, one.route.name, said, compared=compared),
        )
        for one in routes.listed(scope)
    )


def standing_rules(scope: Scope) -> tuple[RuleEntry, ...]:
    """Return the rules as a file would have them."""
    return tuple(RuleEntry(rule=one) for one in rules.listed(scope))


def handlers(sealer: Sealer, resolve: Resolve) -> Mapping[Kind, Handler]:
    """Return what makes changes of routes and rules, for `keypin.watch.inventory.apply`.

    Args:
        sealer: seals addresses.
        resolve: knows the addresses of the file's references, `checked` ones.
    """
    return {
        Kind.ROUTE: lambda where, change: _route(where, change, sealer, resolve),
        Kind.RULE: _rule,
        Kind.RULES: lambda where, _: rules.order(
            where.scope, [one.name for one in where.wanted.rules], at=where.at
        ),
    }


def _route(where: Applied, change: Change, sealer: Sealer, resolve: Resolve) -> Edit:
    name = change.subject
    if change.action is Action.REMOVE:
        return routes.remove(where.scope, name, at=where.at)
    entry = next(one for one in where.wanted.routes if one.name == name)
    address = resolve(entry.url)
    if change.action is Action.ADD:
        edit = routes.add(where.scope, sealer, entry.route, address, at=where.at)
    else:
        edit = routes.change(where.scope, sealer, entry.route, address)
    reference = {"kept": entry.url.kept.value, "name": entry.url.name}
    kept = None if entry.url.kept is Kept.INLINE else reference
    rows = where.scope.update(alert_routes).where(alert_routes.c.name == name)
    where.scope.execute(rows.values(reference=kept))
    return edit


def _rule(where: Applied, change: Change) -> Edit:
    if change.action is Action.REMOVE:
        return rules.remove(where.scope, change.subject, at=where.at)
    entry = next(one for one in where.wanted.rules if one.name == change.subject)
    make = rules.add if change.action is Action.ADD else rules.change
    return make(where.scope, entry.rule, at=where.at)


def _reference(
    scope: Scope,
    sealer: Sealer,
    name: str,
    said: Mapping[str, Mapping[str, str] | None],
    *,
    compared: bool,
) -> Reference:
    known = said[name]
    reference = None if known is None else Reference(Kept(known["kept"]), known["name"])
    if reference and not (compared and reference.kept is Kept.SECRET):
        return reference
    try:
        address = routes.address_of(scope, sealer, name)
        if reference and _holds(scope, sealer, reference, address):
            return reference
    except SealError:  # its key is gone: a file that says an address gives it that
        return reference or Reference(Kept.SECRET, name)
    return Reference(Kept.INLINE, address)


def _holds(scope: Scope, sealer: Sealer, secret: Reference, address: str) -> bool:
    """Say whether a secret is an address still; one that is gone is no other."""
    found = named_secrets.reveal(scope, sealer, secret.name)
    return found is None or found == address.encode()
