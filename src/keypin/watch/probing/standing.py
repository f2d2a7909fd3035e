"""What endpoints show now, read from storage: what is judged again whenever something changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from keypin.certs import Endpoint, Observation, Protocol
from keypin.probe.verdicts import Verdicts
from keypin.watch.inventory.chains import Chain, Chains
from keypin.watch.inventory.endpoints import State
from keypin.watch.probing.look import standing
from keypin.watch.probing.observations import CONFIRMED
from keypin.watch.probing.signs import About
from keypin.watch.store.tables import endpoints, observations, organisations, owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What lists say of an endpoint.

    Attributes:
        state: the worst of it.
        refused: how many releases refuse what it shows.
        issuer: who signed its leaf, as people call them; empty where it shows none.
        expires_at: the first end of a certificate that it shows.
    """

    state: State
    refused: int
    issuer: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An endpoint, and what it shows now.

    Attributes:
        about: the endpoint.
        organisation: the number of whose it is.
        said: what was said of it when it was judged last.
        chains: what it shows now, by digest.
        before: the chain that it showed before, or None.
        shown: handshakes and failures, those left out that may be a blip.
        doubtful: whether there are failures that may be a blip.
    """

    about: About
    organisation: int
    said: Said
    chains: Mapping[bytes, Chain]
    before: Chain | None
    shown: Observation
    doubtful: bool


def read(
    connection: Connection,
    numbers: Sequence[int],
    *,
    chains: Chains,
    verdicts: Verdicts,
    at: datetime,
) -> tuple[Standing, ...]:
    """Return what endpoints show.

    Args:
        connection: a transaction over organisations.
        numbers: of the endpoints.
        chains: reads chains.
        verdicts: verifies them.
        at: now.
    """
    rows = _endpoints(connection, numbers)
    shown, past = _open(connection, rows), _past(connection, rows)
    digests = {row["chain"] for each in shown.values() for row in each} | set(past.values())
    kept = chains.read(connection, digests - {None})
    return tuple(
        _standing(row, (shown.get(row["id"], []), past.get(row["id"])), kept, verdicts, at)
        for row in rows
    )


def _standing(
    row: RowMapping,
    seen: tuple[Sequence[RowMapping], bytes | None],
    kept: Mapping[bytes, Chain],
    verdicts: Verdicts,
    at: datetime,
) -> Standing:
    shown, past = seen
    endpoint = Endpoint(row["host"], row["port"], Protocol(row["protocol"]))
    sure = [one for one in shown if one["chain"] is not None or _is_sure(one, shown)]
    digests = dict.fromkeys(one["chain"] for one in sure if one["chain"] in kept)
    return Standing(
        about=About(
            id=row["id"],
            organisation=row["organisation_name"],
            endpoint=endpoint,
            owner=row["owner_name"],
            tags=tuple(row["tags"]),
        ),
        organisation=row["organisation"],
        said=Said(
            state=State(row["state"]),
            refused=row["refused"],
            issuer=row["issuer"],
            expires_at=row["expires_at"],
        ),
        chains={digest: kept[digest] for digest in digests},
        before=None if past is None or past in digests else kept.get(past),
        shown=standing(endpoint, sure, kept, verdicts, at),
        doubtful=len(sure) < len(shown),
    )


def _is_sure(failure: RowMapping, shown: Sequence[RowMapping]) -> bool:
    """Tell whether a failure is no blip: it came three times, or is seen from two places."""
    places = {one["vantage"] for one in shown if one["chain"] is None}
    return failure["probes"] >= CONFIRMED or len(places) > 1


def _endpoints(connection: Connection, numbers: Iterable[int]) -> Sequence[RowMapping]:
    query = (
        select(
            endpoints,
            organisations.c.name.label("organisation_name"),
            owners.c.name.label("owner_name"),
        )
        .join_from(endpoints, organisations, organisations.c.id == endpoints.c.organisation)
        .outerjoin(
            owners,
            (owners.c.id == endpoints.c.owner)
            & (owners.c.organisation == endpoints.c.organisation),
        )
        .where(endpoints.c.id.in_(numbers))
        .order_by(endpoints.c.id)
    )
    return connection.execute(query).mappings().all()


def _open(connection: Connection, rows: Sequence[RowMapping]) -> dict[int, list[RowMapping]]:
    # With their organisations, as the index has them.
    query = select(observations).where(
        observations.c.organisation.in_({row["organisation"] for row in rows}),
        observations.c.endpoint.in_([row["id"] for row in rows]),
        observations.c.ended_at.is_(None),
    )
    found: dict[int, list[RowMapping]] = {}
    for row in connection.execute(query.order_by(observations.c.id)).mappings():
        found.setdefault(row["endpoint"], []).append(row)
    return found


def _past(connection: Connection, rows: Sequence[RowMapping]) -> dict[int, bytes]:
    """Return the chain that each endpoint showed last of what it shows no more."""
    last = (
        select(observations.c.chain)
        .where(
            observations.c.organisation == endpoints.c.organisation,
            observations.c.endpoint == endpoints.c.id,
            observations.c.ended_at.is_not(None),
            observations.c.failure.is_(None),
        )
        .order_by(observations.c.ended_at.desc(), observations.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(endpoints.c.id, last).where(endpoints.c.id.in_([row["id"] for row in rows]))
    found = connection.execute(query)
    return {endpoint: chain for endpoint, chain in found if chain is not None}
