"""What the laboratory's log answers, by path: both APIs, without the sockets.

RFC 6962 section 4, and c2sp.org/static-ct-api with c2sp.org/tlog-tiles. Each answer is made of what
its client is shown (`View`), after the faults that are switched on for it.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from keypin.errors import InputError
from keypin.lab.ct_key import Head, checkpoint
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_tree import TILE_WIDTH
from keypin.lab.ct_view import Answer, Client, Kind, View

# The parts of a log's API, each of which can be left out.
GET_STH, GET_ENTRIES, PROOFS = "get-sth", "get-entries", "proofs"
CHECKPOINT, TILES, SUBMISSION = "checkpoint", "tiles", "submission"
RFC6962 = frozenset({GET_STH, GET_ENTRIES, PROOFS, SUBMISSION})
STATIC = frozenset({CHECKPOINT, TILES, SUBMISSION})
# Heads by RFC 6962 and entries in tiles, as TrustAsia's logs have it.
MIXED = frozenset({GET_STH, TILES, SUBMISSION})
BOTH = RFC6962 | STATIC

_TILE = re.compile(r"/tile/(data|[0-5])/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?")
_OCTETS, _TEXT = "application/octet-stream", "text/plain; charset=utf-8"
_IMMUTABLE = (("Cache-Control", "max-age=604800, immutable"),)
_MUTABLE = (("Cache-Control", "no-store"),)
_KEPT_TILES = 1024


class RefusedError(Exception):
    """A request that the log answers with an error.

    Args:
        status: the HTTP status.
        reason: the words.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Ask:
    """A request.

    Attributes:
        path: below the log's prefix, without the query.
        client: who asks.
        query: the parameters of the query.
        body: what was posted; None of a GET.
    """

    path: str
    client: Client
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None

    def number(self, name: str) -> int:
        """Return a parameter that is a whole number.

        Raises:
            RefusedError: there is none.
        """
        value = self.query.get(name, "")
        if not (value.isascii() and value.isdigit()):
            raise RefusedError(400, f"{name} is no number")
        return int(value)


@dataclass
class CtApi:
    """The API of a log.

    Attributes:
        log: the log.
        parts: what of the API there is: `RFC6962`, `STATIC`, `MIXED`, `BOTH`, or a set of parts.
        origin: the log's name in checkpoints.
        page_limit: how many entries a page has at most.
        aligned: whether pages end where a multiple of that does, as Google's logs have it.
        partial: whether a partial tile is there still when the full one is.
        clock: what tells the time of a submission.
        merge: whether a submission is published at once.
    """

    log: CtLog
    parts: frozenset[str] = BOTH
    origin: str = "log.lab.example"
    page_limit: int = 256
    aligned: bool = True
    partial: bool = True
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    merge: bool = True
    _tiles: dict[tuple[int, int], bytes] = field(
        default_factory=dict[tuple[int, int], bytes], repr=False
    )

    def answer(self, ask: Ask) -> Answer:
        """Answer a request, with the faults that are in it."""
        found = self._find(ask)
        if found is None:
            return Answer(b"no such part of the log\n", 404, _TEXT)
        kind, make = found
        view = self.log.view()
        struck = self.log.struck(kind, ask.client)
        try:
            if view is None and kind is not Kind.SUBMISSION:
                raise RefusedError(503, "no head is published yet")  # noqa: TRY301 - one way out
            for on in struck:
                if on.fault.view is not None and view is not None:
                    view = on.fault.view(view, on)
            answer = make(ask, view)
        except RefusedError as refused:
            answer = Answer(f"{refused}\n".encode(), refused.status, _TEXT)
        for on in struck:
            if on.fault.answer is not None:
                answer = on.fault.answer(answer)
        return answer

    def _find(self, ask: Ask) -> "tuple[Kind, Callable[[Ask, Any], Answer]] | None":
        part, kind, make = self._routes.get(ask.path, ("", Kind.HEAD, _nothing))
        if tile := _TILE.fullmatch(ask.path):
            part, kind = TILES, Kind.DATA_TILE if tile[1] == "data" else Kind.HASH_TILE
            make = self._data_tile if tile[1] == "data" else self._hash_tile
        elif ask.path.startswith("/issuer/"):
            part, kind, make = TILES, Kind.ISSUER, self._issuer
        posts = kind is Kind.SUBMISSION
        return (kind, make) if part in self.parts and posts == (ask.body is not None) else None

    @property
    def _routes(self) -> "dict[str, tuple[str, Kind, Callable[[Ask, Any], Answer]]]":
        return {
            "/checkpoint": (CHECKPOINT, Kind.HEAD, self._checkpoint),
            "/ct/v1/get-sth": (GET_STH, Kind.HEAD, self._get_sth),
            "/ct/v1/get-sth-consistency": (PROOFS, Kind.CONSISTENCY, _consistency),
            "/ct/v1/get-proof-by-hash": (PROOFS, Kind.INCLUSION, self._proof),
            "/ct/v1/get-entry-and-proof": (PROOFS, Kind.INCLUSION, self._entry_and_proof),
            "/ct/v1/get-entries": (GET_ENTRIES, Kind.PAGE, self._page),
            "/ct/v1/get-roots": (SUBMISSION, Kind.ROOTS, self._roots),
            "/ct/v1/add-chain": (SUBMISSION, Kind.SUBMISSION, self._add),
            "/ct/v1/add-pre-chain": (SUBMISSION, Kind.SUBMISSION, self._add),
        }

    def _signature(self, view: View) -> bytes:
        signature = self.log.signed(view.head)
        return signature[:-1] + bytes((signature[-1] ^ 1,)) if view.forged else signature

    def _get_sth(self, _: Ask, view: View) -> Answer:
        head: Head = view.head
        return _json(
            tree_size=head.size,
            timestamp=head.timestamp_ms,
            sha256_root_hash=_base64(head.root),
            tree_head_signature=_base64(self._signature(view)),
        )

    def _checkpoint(self, _: Ask, view: View) -> Answer:
        signer, witnesses = self.log.signer, self.log.witnesses
        note = checkpoint(self.origin, view.head, self._signature(view), signer.log_id, witnesses)
        return Answer(note, content_type=_TEXT, headers=_MUTABLE)

    def _proof(self, ask: Ask, view: View) -> Answer:
        size = _size(ask.number("tree_size"), view)
        try:
            wanted = b64decode(ask.query.get("hash", ""), validate=True)
        except ValueError as error:
            raise RefusedError(400, "hash is no base64") from error
        index = self.log.position(wanted)
        if index is None or index >= size:
            raise RefusedError(404, "no such leaf")
        path = view.tree.inclusion(index, size)
        return _json(leaf_index=index, audit_path=[_base64(one) for one in path])

    def _entry_and_proof(self, ask: Ask, view: View) -> Answer:
        size, index = _size(ask.number("tree_size"), view), ask.number("leaf_index")
        if index >= size:
            raise RefusedError(400, "no such leaf")
        path = [_base64(one) for one in view.tree.inclusion(index, size)]
        return _json(**json.loads(self._row(view, index)), audit_path=path)

    def _row(self, view: View, index: int) -> bytes:
        """Return an entry as JSON, written by hand: pages are most of what such a log serves."""
        entry = view.entry(index)
        extra = b64encode(entry.extra_data(self.log.issuers))
        return b'{"leaf_input":"%b","extra_data":"%b"}' % (b64encode(entry.leaf), extra)

    def _page(self, ask: Ask, view: View) -> Answer:
        start, last = ask.number("start"), ask.number("end")
        if start > last or start >= view.size:
            raise RefusedError(400, "no such entries")
        limit = self.page_limit - (start % self.page_limit if self.aligned else 0)
        end = min(last + 1, start + limit, view.size)
        rows = b",".join(self._row(view, index) for index in range(start, end))
        return Answer(b'{"entries":[%b]}\n' % rows, headers=_MUTABLE)

    def _roots(self, *_: object) -> Answer:
        return _json(certificates=[_base64(root) for root in self.log.roots])

    def _hash_tile(self, ask: Ask, view: View) -> Answer:
        level, number, width = _tile(ask.path)
        self._check_partial(level, number, width, view)
        tile = view.tree.tile(level, number, width, view.size)
        if tile is None:
            raise RefusedError(404, "no such tile")
        return Answer(tile, content_type=_OCTETS, headers=_IMMUTABLE)

    def _check_partial(self, level: int, number: int, width: int, view: View) -> None:
        whole = (number + 1) * TILE_WIDTH <= view.size >> (8 * level)
        if width < TILE_WIDTH and whole and not self.partial:
            raise RefusedError(404, "the tile is full")

    def _data_tile(self, ask: Ask, view: View) -> Answer:
        _, number, width = _tile(ask.path)
        self._check_partial(0, number, width, view)
        first = number * TILE_WIDTH
        if first + width > view.size:
            raise RefusedError(404, "no such tile")
        known = self._tiles.get((number, width)) if not view.replaced else None
        tile = known or b"".join(
            view.entry(index).tile_leaf for index in range(first, first + width)
        )
        if not view.replaced and width == TILE_WIDTH and len(self._tiles) < _KEPT_TILES:
            self._tiles[number, width] = tile
        return Answer(tile, content_type=_OCTETS, headers=_IMMUTABLE)

    def _issuer(self, ask: Ask, _: View) -> Answer:
        try:
            der = self.log.issuers[bytes.fromhex(ask.path.removeprefix("/issuer/"))]
        except (ValueError, KeyError) as error:
            raise RefusedError(404, "no such issuer") from error
        return Answer(der, content_type="application/pkix-cert", headers=_IMMUTABLE)

    def _add(self, ask: Ask, _: View | None) -> Answer:
        now = self.clock()
        try:
            members = json.loads(ask.body or b"")
            chain = [b64decode(one, validate=True) for one in members["chain"]]
            entry = self.log.entries[self.log.log(chain, now)]
        except (ValueError, TypeError, KeyError, InputError) as error:
            raise RefusedError(400, f"no chain that this log takes: {error}") from error
        if self.merge:
            self.log.publish(now)
        return _json(
            sct_version=0,
            id=_base64(self.log.signer.log_id),
            timestamp=entry.timestamp_ms,
            extensions=_base64(entry.extensions),
            signature=_base64(self.log.signer.sign(entry.leaf)),
        )


def _nothing(*_: object) -> Answer:
    raise RefusedError(404, "no such path")


def _consistency(ask: Ask, view: View) -> Answer:
    first, second = ask.number("first"), _size(ask.number("second"), view)
    if not 0 < first <= second:
        raise RefusedError(400, "no such sizes")
    path = view.tree.consistency(first, second)
    return _json(consistency=[_base64(one) for one in path])


def _size(size: int, view: View) -> int:
    if not 0 < size <= view.size:
        raise RefusedError(400, "no tree of that size")
    return size


def _tile(path: str) -> tuple[int, int, int]:
    """Return the level, the number and the width of a tile."""
    found = _TILE.fullmatch(path)
    if found is None:
        raise RefusedError(404, "no tile")
    number = int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3]) if found[3] else TILE_WIDTH
    if not 0 < width <= TILE_WIDTH or (found[3] and (width == TILE_WIDTH or found[3][0] == "0")):
        raise RefusedError(404, "no such width")
    return 0 if found[1] == "data" else int(found[1]), number, width


def _json(**members: object) -> Answer:
    return Answer(json.dumps(members).encode(), headers=_MUTABLE)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
