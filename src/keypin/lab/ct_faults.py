"""How the laboratory's log misbehaves: one row a fault.

A fault changes what a client is shown (`view`) or the bytes that go out (`answer`), for the kinds
of answers that it touches. What each must lead to in a monitor stands in its sentence.
"""

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from keypin.lab.ct_entry import Logged
from keypin.lab.ct_key import Head
from keypin.lab.ct_view import Answer, Client, Delivery, Kind, View

_DAY = 24 * 3600 * 1000  # milliseconds
_BOMB = 1 << 28  # bytes behind 260 kB of gzip
_RETRY_AFTER = 1  # seconds
_ALL = frozenset(Kind) - {Kind.SUBMISSION}
_ENTRIES = frozenset({Kind.PAGE, Kind.DATA_TILE})
_TILES = frozenset({Kind.HASH_TILE, Kind.DATA_TILE})
_PROOFS = frozenset({Kind.CONSISTENCY, Kind.INCLUSION})
_JSON = frozenset({Kind.PAGE}) | _PROOFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to misbehave.

    Attributes:
        name: what `CtLog.misbehave` is told.
        says: what the log does.
        touches: the answers that it is in.
        view: what it makes of what a client is shown.
        answer: what it makes of the answer.
    """

    name: str
    says: str
    touches: frozenset[Kind]
    view: "Callable[[View, Misbehaviour], View] | None" = None
    answer: Callable[[Answer], Answer] | None = None


@dataclass(slots=True)
class Misbehaviour:
    """A fault that is switched on.

    Attributes:
        fault: which.
        index: the entry that it is about.
        since: the head when it was switched on.
        only: which clients meet it; None for all.
        left: how many answers it is in from now on; None for all.
        met: how many answers it was in.
    """

    fault: Fault
    index: int
    since: Head
    only: Callable[[Client], bool] | None = None
    left: int | None = None
    met: int = field(default=0)

    def strikes(self, kind: Kind, client: Client) -> bool:
        """Tell whether it is in an answer, and count that."""
        if kind not in self.fault.touches or self.left == 0:
            return False
        if self.only is not None and not self.only(client):
            return False
        self.met += 1
        if self.left is not None:
            self.left -= 1
        return True


def _fork(view: View, on: Misbehaviour) -> View:
    entry = view.entry(on.index)
    return view.logged(on.index, replace(entry, timestamp_ms=entry.timestamp_ms + 1))


def _wrong_leaf(view: View, on: Misbehaviour) -> View:
    entry = view.entry(on.index)
    return view.served(on.index, replace(entry, timestamp_ms=entry.timestamp_ms + 1))


def _other_root(view: View, on: Misbehaviour) -> View:
    return replace(view, head=_fork(view, on).head)


def _rollback(view: View, on: Misbehaviour) -> View:
    size = on.since.size // 2
    stamp = view.head.timestamp_ms + 1000
    return replace(view, head=Head(size, stamp, view.tree.root(size)))


def _stalled(view: View, on: Misbehaviour) -> View:
    return replace(view, head=on.since, size=on.since.size)


def _future(view: View, _: Misbehaviour) -> View:
    return replace(view, head=view.head._replace(timestamp_ms=view.head.timestamp_ms + 30 * _DAY))


def _forged(view: View, _: Misbehaviour) -> View:
    return replace(view, forged=True)


def _malformed_entry(view: View, on: Misbehaviour) -> View:
    entry = view.entry(on.index)
    return view.logged(on.index, replace(entry, raw=b"\x00\x00" + b"\xff" * 40))


def _garbage_certificate(view: View, on: Misbehaviour) -> View:
    old = view.entry(on.index)
    garbage = bytes(range(256)) * 2
    tbs = None if old.tbs is None else garbage
    entry = Logged(old.timestamp_ms, garbage, old.issuer_key_hash, tbs, old.chain, old.extensions)
    return view.logged(on.index, entry)


def _wrong_hash(answer: Answer) -> Answer:
    return replace(answer, body=bytes((answer.body[0] ^ 1,)) + answer.body[1:])


def _wrong_path(answer: Answer) -> Answer:
    members = json.loads(answer.body)
    name = "consistency" if "consistency" in members else "audit_path"
    hashes = [b64decode(one) for one in members[name]] or [bytes(32)]
    hashes[0] = bytes((hashes[0][0] ^ 1,)) + hashes[0][1:]
    members[name] = [b64encode(one).decode() for one in hashes]
    return replace(answer, body=json.dumps(members).encode())


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _longer(answer: Answer) -> Answer:
    return replace(answer, body=answer.body + answer.body)


def _delivered(delivery: Delivery) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, delivery=delivery)


def _refused(status: int, *headers: tuple[str, str]) -> Callable[[Answer], Answer]:
    return lambda _: Answer(b"not now\n", status, "text/plain", headers)


def _gzip_lie(answer: Answer) -> Answer:
    return replace(answer, encoding="gzip")


def _gzip_cut(answer: Answer) -> Answer:
    packed = gzip.compress(answer.body)
    return replace(answer, body=packed[: len(packed) // 2], encoding="gzip")


def _gzip_bomb(answer: Answer) -> Answer:
    return replace(answer, body=_bomb(), encoding="gzip")


@cache
def _bomb() -> bytes:
    """Return a quarter of a gigabyte of zeros, packed (RFC 1952)."""
    packer, chunk = zlib.compressobj(9, wbits=31), bytes(1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(_BOMB >> 20)) + packer.flush()


def _deep(answer: Answer) -> Answer:
    return replace(answer, body=b"[" * 200_000)


_ROWS = (
    Fault(
        name="fork",
        says="shows a tree in which one entry is another, with heads and proofs of that tree",
        touches=_ALL,
        view=_fork,
    ),
    Fault(
        name="other-root",
        says="signs another root for the same size and time, over the tree that it still serves",
        touches=frozenset({Kind.HEAD}),
        view=_other_root,
    ),
    Fault(
        name="rollback",
        says="signs a head of half the size, newer than the last one",
        touches=frozenset({Kind.HEAD}),
        view=_rollback,
    ),
    Fault(
        name="stalled",
        says="shows the same head for ever, whatever it has logged since",
        touches=_ALL,
        view=_stalled,
    ),
    Fault(
        name="bad-signature",
        says="serves heads whose signature does not hold",
        touches=frozenset({Kind.HEAD}),
        view=_forged,
    ),
    Fault(
        name="future",
        says="signs heads with a time that is thirty days ahead",
        touches=frozenset({Kind.HEAD}),
        view=_future,
    ),
    Fault(
        name="wrong-leaf",
        says="hands out an entry that is not the one that it hashed",
        touches=_ENTRIES,
        view=_wrong_leaf,
    ),
    Fault(
        name="malformed-entry",
        says="has logged, and hashed, bytes that are no entry",
        touches=_ALL,
        view=_malformed_entry,
    ),
    Fault(
        name="garbage-certificate",
        says="has logged, and hashed, a well-framed entry whose certificate is no certificate",
        touches=_ALL,
        view=_garbage_certificate,
    ),
    Fault(
        name="wrong-hash-tile",
        says="serves hash tiles whose first hash is wrong",
        touches=frozenset({Kind.HASH_TILE}),
        answer=_wrong_hash,
    ),
    Fault(
        name="wrong-proof",
        says="serves proofs whose first hash is wrong",
        touches=_PROOFS,
        answer=_wrong_path,
    ),
    Fault(
        name="truncated",
        says="serves the first half of tiles, as if it were all",
        touches=_TILES,
        answer=_half,
    ),
    Fault(
        name="oversized",
        says="serves tiles twice, one copy behind the other",
        touches=_TILES,
        answer=_longer,
    ),
    Fault(
        name="endless",
        says="begins an answer and never ends it",
        touches=_ALL,
        answer=_delivered(Delivery.ENDLESS),
    ),
    Fault(
        name="slow",
        says="sends answers a byte at a time",
        touches=_ALL,
        answer=_delivered(Delivery.SLOW),
    ),
    Fault(
        name="cut-off",
        says="closes the connection in the middle of an answer",
        touches=_ALL,
        answer=_delivered(Delivery.CUT),
    ),
    Fault(
        name="too-many-requests",
        says=f"answers 429, and asks to come again in {_RETRY_AFTER} second",
        touches=_ALL,
        answer=_refused(429, ("Retry-After", str(_RETRY_AFTER))),
    ),
    Fault(
        name="server-error",
        says="answers 503",
        touches=_ALL,
        answer=_refused(503),
    ),
    Fault(
        name="not-found",
        says="answers 404 to requests for entries, tiles and proofs that its head promises",
        touches=_ENTRIES | _TILES | _PROOFS,
        answer=_refused(404),
    ),
    Fault(
        name="gzip-lie",
        says="says that an answer is packed by gzip, and it is not",
        touches=_ALL,
        answer=_gzip_lie,
    ),
    Fault(
        name="gzip-cut",
        says="sends the first half of what gzip made, as if it were all",
        touches=_ALL,
        answer=_gzip_cut,
    ),
    Fault(
        name="gzip-bomb",
        says="sends some hundred kilobytes that unpack to a quarter of a gigabyte",
        touches=_ALL,
        answer=_gzip_bomb,
    ),
    Fault(
        name="broken-json",
        says="breaks JSON off in the middle",
        touches=_JSON | {Kind.HEAD},
        answer=_half,
    ),
    Fault(
        name="deep-json",
        says="answers with JSON that is nested two hundred thousand deep",
        touches=_JSON | {Kind.HEAD},
        answer=_deep,
    ),
)

FAULTS = {fault.name: fault for fault in _ROWS}
