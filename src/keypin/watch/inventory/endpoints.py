"""Endpoints: what is probed, however it came to be known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, Select, func, or_, select, tuple_

from keypin.certs import Endpoint, Protocol
from keypin.errors import InventoryError
from keypin.inventory.entries import HOURLY, WatchedEndpoint
from keypin.inventory.inventory import LIMITS
from keypin.pins import PinSet
from keypin.watch.inventory.edit import Edit, TakenError, UnknownError, added, changed, removed
from keypin.watch.inventory.owners import number_of
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.upsert import insert_new
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings, endpoints, owners


class Origin(StrEnum):
    """How an endpoint came to be known."""

    PINS = "pins"
    HAND = "hand"
    CODE = "code"
    LOGS = "logs"


class State(StrEnum):
    """What is to be said of an endpoint, the worst of it."""

    UNKNOWN = "unknown"
    FINE = "fine"
    FINDING = "finding"
    """Something is not as it should be, and nobody is locked out yet."""
    REFUSED = "refused"
    """A release in the field, or every client, refuses what it shows."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEndpoint:
    """An endpoint, as the inventory knows it.

    Attributes:
        id: its number.
        endpoint: host, port and protocol.
        origin: how it came to be known.
        owner: the name of who acts for it.
        tags: for filters and alerts.
        expected_issuers: who may issue for its host, in everybody else's stead.
        interval: how often it is probed.
        vantage_points: from where, by name; from everywhere where none is named.
        enabled: whether it is probed.
        state: what is to be said of it.
        created_at: when it was added.
        probed_at: when it was probed last.
        changed_at: when what it shows last became another.
        expires_at: the first end of a certificate that it shows.
    """

    id: int
    endpoint: Endpoint
    origin: Origin
    owner: str | None
    tags: tuple[str, ...]
    expected_issuers: tuple[str, ...]
    interval: timedelta
    vantage_points: tuple[str, ...]
    enabled: bool
    state: State
    created_at: datetime
    probed_at: datetime | None
    changed_at: datetime | None
    expires_at: datetime | None


def listed(
    scope: Scope,
    *,
    state: State | None = None,
    search: str = "",
    after: tuple[str, int] = ("", 0),
    limit: int = 100,
) -> tuple[KnownEndpoint, ...]:
    """Return endpoints by host, a page of them.

    Args:
        scope: whose.
        state: in this state alone.
        search: whose host begins with this, or has it after a dot.
        after: host and number of the last of the page before.
        limit: so many at most.
    """
    query = query_of(scope).order_by(endpoints.c.host, endpoints.c.id).limit(limit)
    query = query.where(tuple_(endpoints.c.host, endpoints.c.id) > after)
    if state is not None:
        query = query.where(endpoints.c.state == state.value)
    if search:
        start = endpoints.c.host.startswith(search, autoescape=True)
        inside = endpoints.c.host.contains(f".{search}", autoescape=True)
        query = query.where(or_(start, inside))
    return tuple(map(known, scope.rows(query)))


def counts(scope: Scope) -> dict[State, int]:
    """Return how many endpoints are in each state."""
    query = scope.select(endpoints.c.state, func.count()).group_by(endpoints.c.state)
    found = {State(state): count for state, count in scope.execute(query)}
    return {state: found.get(state, 0) for state in State}


def find(scope: Scope, number: int) -> KnownEndpoint:
    """Return an endpoint.

    Raises:
        UnknownError: there is none of this number.
    """
    return known(_row(scope, number))


def find_by(scope: Scope, endpoint: Endpoint) -> KnownEndpoint | None:
    """Return an endpoint by where it is, or None."""
    row = scope.row(
        query_of(scope).where(
            endpoints.c.host == endpoint.host,
            endpoints.c.port == endpoint.port,
            endpoints.c.protocol == endpoint.protocol.value,
        )
    )
    return None if row is None else known(row)


def add(
    scope: Scope, entry: WatchedEndpoint, *, at: datetime, origin: Origin = Origin.HAND
) -> Edit:
    """Add an endpoint; it is probed at once.

    Raises:
        TakenError: it is there.
        UnknownError: there is no such owner.
        InventoryError: there are too many.
    """
    _check_room(scope, 1)
    where = entry.endpoint
    return added(
        scope,
        endpoints,
        "endpoint",
        str(where),
        **_new(where, origin, at),
        **_values(scope, entry),
    )


def add_all(
    scope: Scope,
    wanted: Iterable[Endpoint],
    *,
    at: datetime,
    origin: Origin,
    interval: timedelta = HOURLY,
) -> int:
    """Add those endpoints that are not there yet, and return how many.

    Raises:
        InventoryError: there are too many.
    """
    fresh = _unknown(scope, tuple(dict.fromkeys(wanted)))
    if not fresh:
        return 0
    _check_room(scope, len(fresh))
    common: dict[str, object] = {
        "tags": [],
        "interval": int(interval.total_seconds()),
        "vantage_points": [],
    }
    # In one order everywhere, so that two who add the same never wait for each other.
    rows = [{**_new(where, origin, at), **common} for where in sorted(fresh, key=_order)]
    ours = [{**row, "organisation": scope.organisation} for row in rows]
    return insert_new(scope.connection, endpoints, ours)


def hosts_of(pin_set: PinSet) -> Iterator[Endpoint]:
    """Yield an endpoint for each host that a pin set names; a wildcard names none."""
    for policy in pin_set.policies:
        if not policy.host.wildcard and policy.exempt is None:
            yield Endpoint(policy.host.name)


def change(
    scope: Scope, number: int, entry: WatchedEndpoint, *, origin: Origin | None = None
) -> Edit:
    """Give an endpoint other values, and another origin if one is given.

    Raises:
        UnknownError: there is none of this number, or no such owner.
        TakenError: another is there already.
    """
    row = _row(scope, number)
    where = entry.endpoint
    other = find_by(scope, where)
    if other is not None and other.id != number:
        raise TakenError.of("endpoint", str(where))
    place = {"host": where.host, "port": where.port, "protocol": where.protocol.value}
    values = {**place, **_values(scope, entry)}
    if origin is not None:
        values["origin"] = origin.value
    before = {**row, "owner": row["owner_number"]}
    return changed(scope, endpoints, "endpoint", str(where), before, **values)


def switch(scope: Scope, number: int, *, enabled: bool) -> Edit:
    """Probe an endpoint, or no longer.

    Raises:
        UnknownError: there is none of this number.
    """
    row = _row(scope, number)
    return changed(scope, endpoints, "endpoint", str(place(row)), row, enabled=enabled)


def remove(scope: Scope, number: int) -> Edit:
    """Remove an endpoint, with all that it showed; what logs hold for its name stays.

    Raises:
        UnknownError: there is none of this number.
    """
    row = _row(scope, number)
    found = scope.update(ct_findings).where(ct_findings.c.endpoint == number)
    scope.execute(found.values(endpoint=None))
    return removed(scope, endpoints, "endpoint", str(place(row)), row)


def judge_again(scope: Scope, numbers: Sequence[int], at: datetime) -> None:
    """Have endpoints judged by what they showed last, without another probe."""
    for some in portions(numbers):
        scope.execute(scope.update(endpoints).where(endpoints.c.id.in_(some)).values(judge_at=at))


def place(row: RowMapping) -> Endpoint:
    """Return where a row's endpoint is."""
    return Endpoint(row["host"], row["port"], Protocol(row["protocol"]))


def known(row: RowMapping) -> KnownEndpoint:
    """Return a row as an endpoint."""
    return KnownEndpoint(
        id=row["id"],
        endpoint=place(row),
        origin=Origin(row["origin"]),
        owner=row["owner"],
        tags=tuple(row["tags"]),
        expected_issuers=tuple(row["expected_issuers"] or ()),
        interval=timedelta(seconds=row["interval"]),
        vantage_points=tuple(row["vantage_points"]),
        enabled=row["enabled"],
        state=State(row["state"]),
        created_at=row["created_at"],
        probed_at=row["probed_at"],
        changed_at=row["changed_at"],
        expires_at=row["expires_at"],
    )


def _unknown(scope: Scope, wanted: Sequence[Endpoint]) -> list[Endpoint]:
    there: set[tuple[str, int, str]] = set()
    for some in portions(sorted({where.host for where in wanted})):
        query = scope.select(endpoints.c.host, endpoints.c.port, endpoints.c.protocol)
        rows = scope.execute(query.where(endpoints.c.host.in_(some)))
        there.update((host, port, protocol) for host, port, protocol in rows)
    return [where for where in wanted if _order(where) not in there]


def _order(where: Endpoint) -> tuple[str, int, str]:
    return where.host, where.port, where.protocol.value


def _check_room(scope: Scope, more: int) -> None:
    count = scope.value(scope.select(func.count(endpoints.c.id)))
    if count + more > LIMITS["endpoints"]:
        raise InventoryError(f"{count + more} endpoints", expected=f"{LIMITS['endpoints']} at most")


def _row(scope: Scope, number: int) -> RowMapping:
    row = scope.row(query_of(scope).where(endpoints.c.id == number))
    if row is None:
        raise UnknownError.of("endpoint", number)
    return row


def query_of(scope: Scope) -> Select[*tuple[object, ...]]:
    """Return the query of endpoints, each with the name of its owner."""
    columns = [one for one in endpoints.c if one.name != "owner"]
    owner = endpoints.c.owner.label("owner_number"), owners.c.name.label("owner")
    joined = endpoints.outerjoin(
        owners,
        (owners.c.id == endpoints.c.owner) & (owners.c.organisation == endpoints.c.organisation),
    )
    query = select(*columns, *owner).select_from(joined)
    return query.where(scope.mine(endpoints))


def _new(where: Endpoint, origin: Origin, at: datetime) -> dict[str, object]:
    return {
        "host": where.host,
        "port": where.port,
        "protocol": where.protocol.value,
        "origin": origin.value,
        "created_at": at,
        "state": State.UNKNOWN.value,
    }


def _values(scope: Scope, entry: WatchedEndpoint) -> dict[str, object]:
    return {
        "owner": number_of(scope, entry.owner),
        "tags": list(entry.tags),
        "expected_issuers": list(entry.expected_issuers) or None,
        "interval": int(entry.interval.total_seconds()),
        "vantage_points": list(entry.vantage_points),
    }
