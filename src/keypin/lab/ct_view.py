"""What the laboratory's log shows to one client, and what one answer of it is made of.

A good log shows the same to everybody. A fault is a function of a view or of an answer, so that
what misbehaves stands in one table (`keypin.lab.ct_faults`), not in the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from keypin.lab.ct_entry import Logged
from keypin.lab.ct_key import Head
from keypin.lab.ct_tree import HashTree


class Kind(StrEnum):
    """What an answer is."""

    HEAD = "head"
    CONSISTENCY = "consistency proof"
    INCLUSION = "inclusion proof"
    PAGE = "page of entries"
    HASH_TILE = "hash tile"
    DATA_TILE = "data tile"
    ISSUER = "issuer"
    ROOTS = "roots"
    SUBMISSION = "submission"


@dataclass(frozen=True, slots=True)
class View:
    """A log as a client sees it.

    Attributes:
        entries: what was logged.
        tree: the hashes of the leaves, and all above.
        head: what is signed.
        size: how many entries are handed out.
        replaced: entries that stand in the place of others, by index.
        forged: whether the head's signature is damaged.
    """

    entries: Sequence[Logged]
    tree: HashTree
    head: Head
    size: int
    replaced: Mapping[int, Logged] = field(default_factory=dict[int, Logged])
    forged: bool = False

    def entry(self, index: int) -> Logged:
        """Return an entry as this client is shown it."""
        return self.replaced.get(index) or self.entries[index]

    def served(self, index: int, entry: Logged) -> Self:
        """Return a view that hands out another entry than the tree has."""
        return replace(self, replaced={**self.replaced, index: entry})

    def logged(self, index: int, entry: Logged) -> Self:
        """Return a view of a log that has another entry, with the tree and root of that."""
        if index >= len(self.entries):
            return self
        tree = self.tree.with_leaf(index, entry.leaf_hash)
        head = self.head._replace(root=tree.root(self.head.size))
        return replace(self.served(index, entry), tree=tree, head=head)


class Delivery(StrEnum):
    """How the bytes of an answer go out."""

    WHOLE = "whole"
    SLOW = "a byte at a time"
    ENDLESS = "without an end"
    CUT = "half of them"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a log's server.

    Attributes:
        body: the bytes.
        status: the HTTP status.
        content_type: what the bytes are.
        headers: further headers.
        encoding: the Content-Encoding that `body` is said to have; empty to let the server choose.
        delivery: how it goes out.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    delivery: Delivery = Delivery.WHOLE


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, as far as a log can know.

    Attributes:
        connection: the number of its connection, from 1.
        headers: what it sent, with names in lower case.
    """

    connection: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def user_agent(self) -> str:
        """What it calls itself."""
        return self.headers.get("user-agent", "")
