"""Secrets of an organisation by name, sealed: what programs need, and nobody reads again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keypin.errors import InputError, Place
from keypin.inventory import Kept
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.people import audit
from keypin.watch.people.audit import Actor
from keypin.watch.store import Purpose, Scope, Sealer
from keypin.watch.store.tables import alert_routes, secrets

OWN = "keypin:"
"""What the names of the service's own begin with: nobody else can give such a name."""

LARGEST = 64 * 1024
"""Bytes of a secret."""

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """That a secret is kept: under which name, and since when it is what it is."""

    name: str
    changed_at: datetime


def keep(
    scope: Scope, sealer: Sealer, name: str, secret: bytes, *, by: Actor, at: datetime
) -> None:
    """Keep a secret under a name, in place of the one that has it.

    Raises:
        InputError: the name or the secret is too long, or empty.
    """
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"{name[:100]!r} is no name of a secret",
            expected=f"1 to {_LONGEST_NAME} characters",
            place=Place(key="name"),
        )
    if not 0 < len(secret) <= LARGEST:
        raise InputError(
            f"a secret of {len(secret)} bytes",
            expected=f"1 to {LARGEST} bytes",
            place=Place(key="value"),
        )
    row = {"name": name, "sealed": sealer.seal(secret, Purpose.SECRET), "changed_at": at}
    insert_or_change(
        scope.connection,
        secrets,
        [{**row, "organisation": scope.organisation}],
        key=("organisation", "name"),
        change=("sealed", "changed_at"),
    )
    audit.record(scope, by, "secret.keep", name, {}, at=at)


def reveal(scope: Scope, sealer: Sealer, name: str) -> bytes | None:
    """Return a secret, or None: there is none of this name.

    Raises:
        SealError: it was sealed by a key that is gone.
    """
    sealed = scope.value(scope.select(secrets.c.sealed).where(secrets.c.name == name))
    return None if sealed is None else sealer.open(sealed, Purpose.SECRET)


def forget(scope: Scope, name: str, *, by: Actor, at: datetime) -> bool:
    """Remove a secret that no route names; say whether there was one.

    Raises:
        InputError: routes name it; the text says which.
    """
    naming = naming_routes(scope).get(name, ())
    if naming:
        plural = "s" if len(naming) > 1 else ""
        raise InputError(
            f"the secret {name} is named by the route{plural} {', '.join(naming)}",
            next_step="give each another address first",
        )
    gone = scope.execute(scope.delete(secrets).where(secrets.c.name == name)).rowcount > 0
    if gone:
        audit.record(scope, by, "secret.forget", name, {}, at=at)
    return gone


def naming_routes(scope: Scope) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the routes whose address keypin.toml says is a secret, by the secret."""
    query = scope.select(alert_routes.c.name, alert_routes.c.reference)
    found: dict[str, tuple[str, ...]] = {}
    for row in scope.rows(query.order_by(alert_routes.c.name)):
        said = row["reference"]
        if said is not None and said["kept"] == Kept.SECRET.value:
            found[said["name"]] = (*found.get(said["name"], ()), row["name"])
    return found


def find(scope: Scope, name: str) -> KnownSecret | None:
    """Return what may be shown of a secret, or None: there is none of this name."""
    query = scope.select(secrets.c.name, secrets.c.changed_at).where(secrets.c.name == name)
    row = scope.row(query)
    return None if row is None else KnownSecret(**row)


def listed(scope: Scope) -> tuple[KnownSecret, ...]:
    """Return the secrets that people keep, by name."""
    theirs = ~secrets.c.name.startswith(OWN)
    query = scope.select(secrets.c.name, secrets.c.changed_at).where(theirs)
    return tuple(KnownSecret(**row) for row in scope.rows(query.order_by(secrets.c.name)))
