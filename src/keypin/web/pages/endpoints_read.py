"""Endpoints as rows of pages: with what they serve, who issued it, and which releases refuse it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Text, cast, or_, select

from keypin.certs import Protocol
from keypin.watch.inventory.endpoints import State as Kept
from keypin.watch.inventory.endpoints import place
from keypin.watch.inventory.field import Field
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, owners
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids
from keypin.web.pages.standing import Now, affected, now_of
from keypin.web.views.endpoint import EndpointRow
from keypin.web.views.parts import State, Tone

STATES: Mapping[Kept, State] = {
    Kept.UNKNOWN: State(Tone.UNKNOWN, "not read yet"),
    Kept.FINE: State(Tone.GOOD, "fine"),
    Kept.FINDING: State(Tone.WARNING, "needs a look"),
    Kept.REFUSED: State(Tone.BAD, "refused"),
    Kept.UNREACHABLE: State(Tone.BAD, "cannot be reached"),
}
PAUSED = State(Tone.QUIET, "paused")
FAILED = State(Tone.UNKNOWN, "could not be read")


def protocol_said(name: str) -> str:
    """Return a protocol as people read it."""
    return "TLS" if name == Protocol.TLS.value else f"{name.upper()}, STARTTLS"


def state_of(row: RowMapping, now: Now) -> State:
    """Return how an endpoint is; one that was tried in vain is not one that nobody tried."""
    if not row["enabled"]:
        return PAUSED
    kept = Kept(row["state"])
    return FAILED if kept is Kept.UNKNOWN and now.lost is not None else STATES[kept]


def ids(scope: Scope, query: str) -> Ids:
    """Return the numbers of the endpoints whose host holds a text, or that are in a state.

    An owner is meant by the whole name, a tag by its beginning.
    """
    found = scope.select(endpoints.c.id)
    if not query:
        return found
    word = query.casefold()
    if word in {FAILED.word, STATES[Kept.UNKNOWN].word}:
        tried = endpoints.c.probed_at.is_not(None)
        unknown = endpoints.c.state == Kept.UNKNOWN.value
        return found.where(unknown, tried if word == FAILED.word else ~tried)
    states = [kept.value for kept, said in STATES.items() if said.word == word]
    if states:
        return found.where(endpoints.c.state.in_(states))
    host, _, port = query.casefold().rpartition(":")
    if host and port.isascii() and port.isdigit() and len(port) < len("100000"):
        return found.where(
            endpoints.c.port == int(port), endpoints.c.host.contains(host, autoescape=True)
        )
    named = scope.select(owners.c.id).where(owners.c.name == query)
    return found.where(
        or_(
            endpoints.c.host.contains(query.casefold(), autoescape=True),
            endpoints.c.owner.in_(named),
            cast(endpoints.c.tags, Text).contains(f'"{word}', autoescape=True),
        )
    )


def read(scope: Scope, numbers: Sequence[int]) -> dict[int, RowMapping]:
    """Return endpoints by their numbers, each with the name of its owner."""
    columns = [one for one in endpoints.c if one.name != "owner"]
    owned = (owners.c.id == endpoints.c.owner) & (owners.c.organisation == endpoints.c.organisation)
    query = (
        select(*columns, owners.c.name.label("owner"))
        .select_from(endpoints.outerjoin(owners, owned))
        .where(scope.mine(endpoints), endpoints.c.id.in_(numbers))
    )
    return {row["id"]: row for row in scope.rows(query)}


def rows(scope: Scope, numbers: Sequence[int], field: Field, links: Links) -> list[EndpointRow]:
    """Return endpoints as rows, in the order of their numbers."""
    found, now = read(scope, numbers), now_of(scope, numbers)
    return [
        row_of(found[number], now[number], field, links) for number in numbers if number in found
    ]


def row_of(row: RowMapping, now: Now, field: Field, links: Links) -> EndpointRow:
    """Return an endpoint as a row."""
    refusing = now.refusing & field.by_pin_set.keys()
    return EndpointRow(
        endpoint=links.endpoint(row["id"], str(place(row))),
        protocol=protocol_said(row["protocol"]),
        state=state_of(row, now),
        tags=tuple(row["tags"]),
        owner=row["owner"] or "",
        issuer=row["issuer"],
        expires=row["expires_at"],
        refused=sum(len(field.by_pin_set[one]) for one in refusing),
        affected=affected(field, refusing),
        seen=row["probed_at"],
    )


def cells(row: EndpointRow) -> tuple[Any, ...]:
    """Return an endpoint's cells in CSV."""
    return (
        row.endpoint.text,
        row.protocol,
        row.state.word,
        row.refused,
        row.affected,
        row.issuer,
        row.expires,
        row.owner,
        row.tags,
        row.seen,
    )


HEADER = (
    "endpoint",
    "protocol",
    "state",
    "releases that refuse it",
    "share of users",
    "issuer",
    "expires",
    "owner",
    "tags",
    "read",
)
