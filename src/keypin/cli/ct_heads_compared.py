"""Heads from elsewhere beside those that a state keeps: a row for each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keypin.ct.comparison import Comparison, Shown
from keypin.ct.head import HeadError, HeadFormatError, TreeHead
from keypin.ct.head_file import Said, loads
from keypin.ct.log_list import LogList
from keypin.monitor.store import KEPT_HEADS, Store


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be said of a head from elsewhere.

    Attributes:
        relation: how it stands to what is kept.
        bad: whether that is a finding.
        log: what people call the log.
        source: where the head is from.
        line: where in that.
        heads: it and the one that it is compared with; none where it is not compared.
        why: what more there is to say.
    """

    relation: str
    bad: bool
    log: str
    source: str
    line: int
    heads: tuple[TreeHead, ...] = ()
    why: str = ""

    @property
    def text(self) -> str:
        """The row for a person; where two heads prove something, with both."""
        size = f"{self.heads[0].size:,}" if self.heads else ""
        line = f"{self.relation:<8} {size:>14}  {self.log}  ({self.source}:{self.line})"
        proof = [f"    {head.dumps()}" for head in self.heads] if self.bad else []
        return "\n".join([line, *([f"    {self.why}"] if self.why else []), *proof])

    @property
    def document(self) -> dict[str, Any]:
        """The row for a program."""
        return {
            "relation": self.relation,
            "log": self.log,
            "source": self.source,
            "line": self.line,
            **({"reason": self.why} if self.why else {}),
            "heads": [json.loads(head.dumps()) for head in self.heads],
        }


class Kept:
    """The heads that a state keeps; those of a log are read when they are asked for.

    Args:
        store: the state.
        logs: those that are compared.
        names: the list with their names and keys.
    """

    def __init__(self, store: Store, logs: frozenset[bytes], names: LogList) -> None:

        self.keys = {one.log_id: one.key for one in names.logs}
        self._store = store
        self._logs = logs
        self._names = names
        self._shown = dict[bytes, Shown]()

    def row(self, source: str, said: Said) -> Row:
        """Return what is to be said of a head."""
        try:
            verified = said.verified(self.keys)
        except (HeadError, HeadFormatError) as error:
            name = self._name(said.log_id)
            return Row("unsigned", True, name, source, said.line, why=str(error))
        if verified is None or verified[0] not in self._logs:
            name = self._name(verified[0] if verified else said.log_id)
            return Row("unknown", False, name, source, said.line)
        log, head = verified
        found = self._compare(log, head)
        pair = (head, found.known)
        return Row(found.relation, found.relation.bad, self._name(log), source, said.line, pair)

    def _compare(self, log: bytes, head: TreeHead) -> Comparison:

        if log not in self._shown:
            self._shown[log] = Shown(self._store.heads(log, KEPT_HEADS))
        return self._shown[log].compare(head)

    def _name(self, log: bytes) -> str:
        listed = self._names.log(log)
        return listed.description if listed else log.hex() or "a log"


def compared(name: str, data: bytes, kept: Kept) -> Iterator[Row]:
    """Yield a row for each head of a text.

    Args:
        name: what the text is called.
        data: the text.
        kept: what the heads are compared with.

    Raises:
        HeadFileError: the text holds no heads.
    """
    for said in loads(data, name=name):
        yield kept.row(name, said)
