"""Plans: chains that somebody means to deploy, kept with the day, and judged before it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, func

from keypin.certs import Certificate, assemble, load_certificates
from keypin.errors import CertificateError, InventoryError, Place
from keypin.inventory.names import check_title
from keypin.pins import canonical_host
from keypin.rotation.deployable import check_deployable
from keypin.rotation.names import names_of
from keypin.watch.inventory import chains
from keypin.watch.inventory.edit import Edit, UnknownError, added, changed, removed
from keypin.watch.store import Scope
from keypin.watch.store.tables import plans

MAX_PLANS = 1000
MAX_HOSTS = 1000

# A chain with a container's further certificates; a whole trust store is no chain.
MAX_CHAIN = 100


class Ended(StrEnum):
    """How a plan came to its end."""

    DEPLOYED = "deployed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlan:
    """A plan, as the inventory knows it.

    Attributes:
        id: its number.
        name: its name.
        hosts: what the chain is for; empty: all that its certificate names.
        chain: the digest that the chain is kept under.
        deploy_at: when it is to be deployed.
        created_by: who made the plan.
        created_at: and when.
        ended_at: since when it is none any more.
        ended: how it ended.
    """

    id: int
    name: str
    hosts: tuple[str, ...]
    chain: bytes
    deploy_at: datetime
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    ended: Ended | None


def read_chain(data: bytes, name: str | None = None) -> chains.Chain:
    """Read the chain of an upload, as a server would send it: its own certificate first.

    Args:
        data: PEM or DER, in any container of certificates, in any order.
        name: the file's name, for errors.

    Raises:
        CertificateError: it holds no certificate, those of several servers, or a precertificate.
    """
    found = load_certificates(data, name=name)
    if len(found) > MAX_CHAIN:
        raise CertificateError(
            f"{len(found)} certificates", expected=f"{MAX_CHAIN} at most", place=Place(file=name)
        )
    leaves = dict.fromkeys(chain[0] for chain in assemble(found))
    servers = [one for one in leaves if not one.is_ca] or list(leaves)
    if len(servers) > 1:
        raise CertificateError(
            f"certificates of {len(servers)} servers: " + ", ".join(one.label for one in servers),
            expected="one server's certificate with those above it",
            next_step="give each chain its own file",
            place=Place(file=name),
        )
    check_deployable(servers, name)
    return (servers[0], *(one for one in dict.fromkeys(found) if one != servers[0]))


def listed(scope: Scope, *, ended: bool = False) -> tuple[KnownPlan, ...]:
    """Return the plans, by the day; those that ended, too, if asked for."""
    query = scope.select(plans).order_by(plans.c.deploy_at, plans.c.id)
    if not ended:
        query = query.where(plans.c.ended_at.is_(None))
    return tuple(map(_known, scope.rows(query)))


def find(scope: Scope, name: str) -> KnownPlan:
    """Return a plan.

    Raises:
        UnknownError: there is none of this name.
    """
    return _known(_row(scope, name))


def add(
    scope: Scope,
    name: str,
    chain: Sequence[Certificate],
    *,
    deploy_at: datetime,
    by: str,
    at: datetime,
    hosts: Sequence[str] = (),
) -> Edit:
    """Plan to deploy a chain.

    Args:
        scope: whose.
        name: what people call the plan.
        chain: the certificates as the server will send them, its own first.
        deploy_at: when.
        by: who plans it.
        at: now.
        hosts: for these hosts alone; without them for all that the certificate names.

    Raises:
        TakenError: there is a plan of this name.
        HostError: one of the hosts is none.
        InventoryError: the name is none, or there is too much of something.
    """
    check_title(name, "name of a plan")
    count = scope.value(scope.select(func.count(plans.c.id)).where(plans.c.ended_at.is_(None)))
    for seen, most, what in ((count + 1, MAX_PLANS, "plans"), (len(hosts), MAX_HOSTS, "hosts")):
        if seen > most:
            raise InventoryError(f"{seen} {what}", expected=f"{most} at most")
    digest = chains.digest_of(tuple(chain))
    chains.keep(scope.connection, {digest: tuple(chain)})
    return added(
        scope,
        plans,
        "plan",
        name,
        name=name,
        hosts=list(dict.fromkeys(map(canonical_host, hosts))),
        chain=digest,
        deploy_at=deploy_at,
        created_by=by,
        created_at=at,
    )


def end(scope: Scope, name: str, how: Ended, *, at: datetime) -> Edit:
    """End a plan: its chain was deployed, or will not be.

    Raises:
        UnknownError: there is none of this name.
        InventoryError: it ended already.
    """
    row = _row(scope, name)
    if row["ended_at"] is not None:
        raise InventoryError(
            f"the plan {name!r} was {row['ended']}", next_step="make a new plan under another name"
        )
    return changed(scope, plans, "plan", name, row, ended=how.value, ended_at=at)


def move(scope: Scope, name: str, deploy_at: datetime) -> Edit:
    """Put a plan off, or forward.

    Raises:
        UnknownError: there is none of this name.
    """
    return changed(scope, plans, "plan", name, _row(scope, name), deploy_at=deploy_at)


def remove(scope: Scope, name: str) -> Edit:
    """Forget a plan.

    Raises:
        UnknownError: there is none of this name.
    """
    return removed(scope, plans, "plan", name, _row(scope, name))


def names_for(hosts: Iterable[str], chain: chains.Chain) -> frozenset[str]:
    """Return the names that a plan is for: the hosts that it says, or those of its certificate."""
    return frozenset(hosts) or frozenset(names_of(chain[0]))


def is_for(host: str, names: frozenset[str]) -> bool:
    """Tell whether a host is among names, of which some are wildcards (RFC 9525 section 6.3)."""
    return host in names or f"*.{host.partition('.')[2]}" in names


def _row(scope: Scope, name: str) -> RowMapping:
    row = scope.row(scope.select(plans).where(plans.c.name == name))
    if row is None:
        raise UnknownError.of("plan", name)
    return row


def _known(row: RowMapping) -> KnownPlan:
    return KnownPlan(
        id=row["id"],
        name=row["name"],
        hosts=tuple(row["hosts"]),
        chain=row["chain"],
        deploy_at=row["deploy_at"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
        ended=None if row["ended"] is None else Ended(row["ended"]),
    )
