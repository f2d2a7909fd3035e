"""Signals on their way to alerting: what holds of an endpoint, and what has cleared since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from keypin.alerts import Signal, Subject
from keypin.certs import Endpoint
from keypin.diagnose.recognise import RECOGNISERS
from keypin.watch.alerting.signals import clear_others, tell
from keypin.watch.inventory.portions import portions
from keypin.watch.probing.signs import NAMES, NOT_PINNED_BY_ALL, UNREACHABLE
from keypin.watch.store import Scope
from keypin.watch.store.tables import signals

OURS = frozenset(
    {*NAMES.values(), UNREACHABLE, NOT_PINNED_BY_ALL, *(one.id for one in RECOGNISERS)}
)
"""What is told from here: of all else that is told of an endpoint, nothing is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is to be told of an endpoint; what was told before and is not among it has cleared.

    Attributes:
        organisation: the number of whose it is.
        id: its number.
        endpoint: host, port and protocol.
        signals: what holds.
    """

    organisation: int
    id: int
    endpoint: Endpoint
    signals: tuple[Signal, ...]


def tell_all(connection: Connection, told: Sequence[Told], at: datetime) -> None:
    """Write what holds of endpoints, and what has cleared.

    Args:
        connection: a transaction over organisations.
        told: each endpoint once.
        at: now.
    """
    held = set(_held(connection, [one.id for one in told]))
    for one in told:
        scope = Scope(connection, one.organisation)
        if one.signals:
            tell(scope, one.signals, at, endpoint=one.id)
        if one.id in held:
            subject = Subject("endpoint", str(one.endpoint))
            clear_others(scope, one.signals, at, ids=OURS, subject=subject)


def _held(connection: Connection, numbers: Iterable[int]) -> Iterable[int]:
    """Yield the endpoints of which something holds; most are fine, and need no look."""
    for some in portions(numbers):
        query = select(signals.c.endpoint).where(signals.c.endpoint.in_(some), signals.c.holds)
        yield from connection.execute(query.distinct()).scalars()
