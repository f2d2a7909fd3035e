"""Routes and rules of `keypin.toml`: what stands, and what makes a change of it.

The file says where an address is kept, and never the address. So what it said is kept beside the
address: a file that says the same again is no change. Of an address that was given by hand a file
says that it is a secret; until such a one is kept, that means the address as it is. Whoever applies
a file knows its secrets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from keypin.errors import InputError
from keypin.inventory import Action, Change, Kept, Kind, Reference, RouteEntry, RuleEntry
from keypin.inventory.names import MAX_NAME
from keypin.watch.alerting import routes, rules
from keypin.watch.inventory.apply import Applied, Handler
from keypin.watch.inventory.edit import Edit
from keypin.watch.people import named_secrets
from keypin.watch.store import Scope, Sealer, SealError
from keypin.watch.store.tables import alert_routes

Resolve = Callable[[Reference], str]
"""Returns the address that a reference stands for; raises InputError where there is none."""


def standing_routes(
    scope: Scope, sealer: Sealer, wanted: Sequence[RouteEntry] | None = None
) -> tuple[RouteEntry, ...]:
    """Return the routes as a file would have them, by name.

    An address that no file gave is said to be a secret, under a name that no other secret has.

    Args:
        scope: a transaction of the organisation.
        sealer: opens addresses.
        wanted: the routes of a file that is held against them. Then an address stands hidden where
            the file says another place for it, and where its secret was replaced since: a file
            that names the secret gives it the new one.
    """
    columns = alert_routes.c.name, alert_routes.c.reference
    rows = scope.rows(scope.select(*columns).order_by(alert_routes.c.name))
    said = {row["name"]: _reference(row["reference"]) for row in rows}
    own = _own_secrets(scope, sealer, said)
    asked = None if wanted is None else {one.name: one.url for one in wanted}
    return tuple(
        RouteEntry(
            route=one.route,
            url=_url(scope, sealer, one.route.name, said=said, own=own, asked=asked),
        )
        for one in sorted(routes.listed(scope), key=lambda one: one.route.name)
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
    address = _address(change, entry.url, resolve)
    if change.action is Action.ADD:
        edit = routes.add(where.scope, sealer, entry.route, address or "", at=where.at)
    else:
        edit = routes.change(where.scope, sealer, entry.route, address)
    if address is not None:
        reference = {"kept": entry.url.kept.value, "name": entry.url.name}
        kept = None if entry.url.kept is Kept.INLINE else reference
        rows = where.scope.update(alert_routes).where(alert_routes.c.name == name)
        where.scope.execute(rows.values(reference=kept))
    return edit


def needs_address(change: Change) -> bool:
    """Say whether a change of a route cannot be made without the address that the file names."""
    said = any(field.name == "url" for field in change.fields)
    return change.kind is Kind.ROUTE and said and change.action is not Action.REMOVE


def _address(change: Change, url: Reference, resolve: Resolve) -> str | None:
    """Return the address that a route gets; None: it keeps the one that it has."""
    try:
        return resolve(url)
    except InputError:
        if needs_address(change):
            raise
        return None


def _rule(where: Applied, change: Change) -> Edit:
    if change.action is Action.REMOVE:
        return rules.remove(where.scope, change.subject, at=where.at)
    entry = next(one for one in where.wanted.rules if one.name == change.subject)
    make = rules.add if change.action is Action.ADD else rules.change
    return make(where.scope, entry.rule, at=where.at)


def _reference(said: Mapping[str, str] | None) -> Reference | None:
    return None if said is None else Reference(Kept(said["kept"]), said["name"])


def _url(
    scope: Scope,
    sealer: Sealer,
    name: str,
    *,
    said: Mapping[str, Reference | None],
    own: Mapping[str, Reference],
    asked: Mapping[str, Reference] | None,
) -> Reference:
    reference = said[name]
    if reference and (asked is None or reference.kept is not Kept.SECRET):
        return reference
    if not reference and (asked is None or asked.get(name) == own[name]):
        return own[name]
    try:
        address = routes.address_of(scope, sealer, name)
        if reference and _holds(scope, sealer, reference, address):
            return reference
    except SealError:  # its key is gone: a file that says an address gives it that
        return reference or own[name]
    return Reference(Kept.INLINE, address)


def _holds(scope: Scope, sealer: Sealer, secret: Reference, address: str) -> bool:
    """Say whether a secret is an address still; one that is gone is no other."""
    found = named_secrets.reveal(scope, sealer, secret.name)
    return found is None or found == address.encode()


def _own_secrets(
    scope: Scope, sealer: Sealer, said: Mapping[str, Reference | None]
) -> dict[str, Reference]:
    """Return the secrets that the addresses which no file gave are said to be, by their routes."""
    taken = {one.name for one in said.values() if one and one.kept is Kept.SECRET}
    found: dict[str, Reference] = {}
    for route in (name for name, reference in said.items() if not reference):
        others = taken | (said.keys() - {route})
        free = (name for name in _names(route) if name not in others)
        secrets = (Reference(Kept.SECRET, name) for name in free)
        found[route] = next(one for one in secrets if _may_be(scope, sealer, one, route))
        taken.add(found[route].name)
    return found


def _names(route: str) -> Iterator[str]:
    yield route
    for number in count(2):
        end = f"-{number}"
        yield route[: MAX_NAME - len(end)].rstrip("-") + end


def _may_be(scope: Scope, sealer: Sealer, secret: Reference, route: str) -> bool:
    """Say whether a secret is not kept, or is the address of a route."""
    try:
        return _holds(scope, sealer, secret, routes.address_of(scope, sealer, route))
    except SealError:  # whatever either is, nobody can tell
        return True
