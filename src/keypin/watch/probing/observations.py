"""What was shown, from when until when: the intervals, and how one more look moves them.

The same again extends the open row; another ends it and begins one; an address that is gone from
the name ends. So a quiet year costs one row. A batch that is written twice counts once, and what
was not looked at leaves no trace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Insert, RowMapping, Update, bindparam, case, insert, select

from keypin.certs import Observation
from keypin.watch.inventory import chains
from keypin.watch.inventory.portions import portions
from keypin.watch.probing.claims import Claimed, put_off
from keypin.watch.probing.look import Look, Spot, looks, presented
from keypin.watch.probing.timing import next_due, retry_due
from keypin.watch.store.tables import endpoints, observations
from keypin.watch.store.tables.base import Moment

# Failures in a row before one counts: a lost packet is no outage.
CONFIRMED = 3

# A look that is older than the newest by less than this was written before, or overtaken; by more,
# the clock was wrong, and now is right.
_OVERTAKEN = timedelta(minutes=10)

Open = dict[Spot, RowMapping]


@dataclass(frozen=True, slots=True)
class Probed:
    """An endpoint, and what it showed."""

    claimed: Claimed
    observation: Observation

    def __str__(self) -> str:
        return f"what endpoint {self.claimed.id} showed"


@dataclass(slots=True)
class _Moves:
    """What is to be written of a batch, gathered so that each table is written once."""

    vantage: str
    extended: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    retold: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    ended: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    begun: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    changed: dict[int, datetime] = field(default_factory=dict[int, datetime])
    doubtful: set[int] = field(default_factory=set[int])

    def add(self, one: Probed, before: Open) -> None:
        """Compare a look with what is open."""
        at = one.observation.at
        latest = max((row["last_seen_at"] for row in before.values()), default=None)
        if latest is not None and latest - _OVERTAKEN < at <= latest:
            return
        seen = looks(one.observation)
        moved = [self._spot(one, spot, look, before.get(spot)) for spot, look in seen.items()]
        gone = [row for spot, row in before.items() if spot not in seen]
        self.ended += [_end(row, at) for row in gone]
        if any(moved) or gone:
            self.changed[one.claimed.id] = at

    def _spot(self, one: Probed, spot: Spot, look: Look, row: RowMapping | None) -> bool:
        """Move one spot, and say whether it must be judged anew."""
        at = one.observation.at
        if row is None or look.same != (row["chain"], row["failure"]):
            if row is not None:
                self.ended.append(_end(row, at))
            self.begun.append(self._begin(one, spot, look))
            self._doubt(one, look, 1)
            return True
        self.extended.append({"row": row["id"], "at": at})
        self._doubt(one, look, row["probes"] + 1)
        if look.detail != row["detail"]:
            self.retold.append({"row": row["id"], "told": dict(look.detail)})
        confirmed = look.chain is None and row["probes"] + 1 == CONFIRMED
        return confirmed or bool(look.detail.get("problem") != row["detail"].get("problem"))

    def _begin(self, one: Probed, spot: Spot, look: Look) -> dict[str, object]:
        address, key_type = spot
        return {
            "organisation": one.claimed.organisation,
            "endpoint": one.claimed.id,
            "vantage": self.vantage,
            "address": address,
            "key_type": key_type,
            "chain": look.chain,
            "failure": look.failure,
            "detail": dict(look.detail),
            "first_seen_at": one.observation.at,
            "last_seen_at": one.observation.at,
            "probes": 1,
        }

    def _doubt(self, one: Probed, look: Look, probes: int) -> None:
        if look.chain is None and probes < CONFIRMED:
            self.doubtful.add(one.claimed.id)


def record(connection: Connection, vantage: str, batch: Sequence[Probed]) -> frozenset[int]:
    """Write what endpoints showed, and when they are probed next.

    Args:
        connection: a transaction over organisations.
        vantage: from where they were probed.
        batch: what they showed, each endpoint once.

    Returns:
        The numbers of those that show another thing than before; they are to be judged.
    """
    before = _open(connection, vantage, [one.claimed.id for one in batch])
    moves = _Moves(vantage)
    for one in batch:
        moves.add(one, before.get(one.claimed.id, {}))
    _write(connection, batch, moves)
    put_off(connection, dict(_dues(batch, moves.doubtful)))
    _note(connection, batch, moves.changed)
    return frozenset(moves.changed)


def _open(connection: Connection, vantage: str, numbers: Iterable[int]) -> dict[int, Open]:
    found: dict[int, Open] = {}
    for some in portions(numbers):
        query = select(observations).where(
            observations.c.endpoint.in_(some),
            observations.c.vantage == vantage,
            observations.c.ended_at.is_(None),
        )
        for row in connection.execute(query).mappings():
            spot = row["address"], row["key_type"]
            found.setdefault(row["endpoint"], {})[spot] = row
    return found


def _end(row: RowMapping, at: datetime) -> dict[str, object]:
    return {"row": row["id"], "at": max(at, row["first_seen_at"])}


def _write(connection: Connection, batch: Sequence[Probed], moves: _Moves) -> None:
    begun = {row["chain"] for row in moves.begun}
    shown = (presented(one.observation) for one in batch if one.claimed.id in moves.changed)
    chains.keep(
        connection,
        {digest: chain for each in shown for digest, chain in each.items() if digest in begun},
    )
    this = observations.update().where(observations.c.id == bindparam("row"))
    # Where the clock went back, what it said before was wrong.
    at, first = bindparam("at", type_=Moment), observations.c.first_seen_at
    extended = this.values(
        first_seen_at=case((first > at, at), else_=first),
        last_seen_at=at,
        probes=observations.c.probes + 1,
    )
    _many(connection, extended, moves.extended)
    _many(connection, this.values(detail=bindparam("told")), moves.retold)
    _many(connection, this.values(ended_at=bindparam("at")), moves.ended)
    _many(connection, insert(observations), moves.begun)


def _dues(batch: Iterable[Probed], doubtful: set[int]) -> Iterator[tuple[int, datetime]]:
    for one in batch:
        claimed, at = one.claimed, one.observation.at
        again = claimed.id in doubtful
        due = (
            retry_due(claimed.interval, at) if again else next_due(claimed.id, claimed.interval, at)
        )
        yield claimed.schedule, due


def _note(connection: Connection, batch: Sequence[Probed], changed: Mapping[int, datetime]) -> None:
    probed = {one.claimed.id: one.observation.at for one in batch}
    this = endpoints.update().where(endpoints.c.id == bindparam("endpoint"))
    _many(connection, this.values(probed_at=bindparam("at")), _sorted(probed))
    moved = this.values(changed_at=bindparam("at"), judge_at=bindparam("at"))
    _many(connection, moved, _sorted(changed))


def _sorted(moments: Mapping[int, datetime]) -> list[dict[str, object]]:
    """Return rows in one order everywhere, so that no two writers wait for each other."""
    return [{"endpoint": number, "at": moments[number]} for number in sorted(moments)]


def _many(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, object]]
) -> None:
    if rows:
        connection.execute(statement, rows)
