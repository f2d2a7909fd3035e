"""How far each log is read, in the database, so that another process can go on there.

A process keeps its monitor's state in a folder of its own. What another one needs of it is little:
the verified trees where it stands, and its newest heads, by which a log that forks is caught. They
are written when all that was found up to there has been told: what is read twice is told once, and
nothing is passed over. Who takes a log over puts its name there, and from then on the one before
writes nothing any more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from keypin.ct.head import TreeHead
from keypin.ct.merkle import Tree
from keypin.monitor.store import Span, Store
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Database
from keypin.watch.store.tables import ct_tails

_HEADS = 8


class Tails:
    """Where one process stands.

    Args:
        database: the installation's.
        store: the state of the process' monitor.
        worker: the name of the process.
    """

    def __init__(self, database: Database, store: Store, worker: str) -> None:
        self._database = database
        self._store = store
        self._worker = worker
        self.new = set[bytes]()
        """The logs taken over of which no place is written yet: the next reader begins anew."""

    def take_over(self, logs: Iterable[bytes], at: datetime) -> None:
        """Make logs this process', and put its monitor where the one before ended.

        A log that nobody has read begins anew: with the entries to come.
        """
        names = sorted(log.hex() for log in logs)
        rows = [{"log": name, "worker": self._worker, "updated_at": at} for name in names]
        change = ("worker", "updated_at")
        with self._database.begin_across() as connection:
            insert_or_change(connection, ct_tails, rows, key=("log",), change=change)
            query = select(ct_tails.c.log, ct_tails.c.state).where(ct_tails.c.log.in_(names))
            states = connection.execute(query).all()
        self.new = {bytes.fromhex(name) for name, state in states if not state}
        for name, state in states:
            self._go_on(bytes.fromhex(name), state)

    def _go_on(self, log: bytes, state: bytes | None) -> None:
        spans, heads = loads(state) if state else ((), ())
        self._store.go_on(log, spans)
        for head in heads:
            self._store.keep_head(log, head, "another process")

    def states(self, logs: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return where the monitor stands in logs; one that it has not begun is left out."""
        found = {log: self._store.spans(log) for log in logs}
        return {
            log: dumps(spans, self._store.heads(log, _HEADS))
            for log, spans in found.items()
            if spans
        }

    def write(self, states: Mapping[bytes, bytes], at: datetime) -> set[bytes]:
        """Write where the monitor stood, once all that was found up to there is told.

        Returns:
            The logs that another process has taken over.
        """
        mine = ct_tails.c.worker == self._worker
        lost = set[bytes]()
        with self._database.begin_across() as connection:
            for log, state in sorted(states.items()):
                change = update(ct_tails).where(ct_tails.c.log == log.hex(), mine)
                if not connection.execute(change.values(state=state, updated_at=at)).rowcount:
                    lost.add(log)
        self.new -= states.keys() - lost
        return lost


def dumps(spans: Sequence[Span], heads: Iterable[TreeHead]) -> bytes:
    """Return stretches and heads of a log as bytes."""
    rows = [
        {
            "position": span.tree.size,
            "peaks": [peak.hex() for peak in span.tree.peaks],
            "goal": span.goal.dumps() if span.goal else None,
        }
        for span in spans
    ]
    return json.dumps({"spans": rows, "heads": [head.dumps() for head in heads]}).encode()


def loads(state: bytes) -> tuple[tuple[Span, ...], tuple[TreeHead, ...]]:
    """Return the stretches and heads that `dumps` wrote."""
    members: Mapping[str, Any] = json.loads(state)
    spans = tuple(_span(row) for row in members["spans"])
    return spans, tuple(TreeHead.of_json(head) for head in members["heads"])


def _span(row: Mapping[str, Any]) -> Span:
    peaks = [bytes.fromhex(peak) for peak in row["peaks"]]
    goal = TreeHead.of_json(row["goal"]) if row["goal"] else None
    size = int(row["position"])
    return Span(0, size, goal is None, Tree(size, peaks), goal)
