"""Whether a log holds what it promised: the proof of inclusion, verified against its signed head.

RFC 6962 logs are asked by the hash of the leaf (section 4.5). Static logs number their leaves, and
say the number in the SCT (c2sp.org/static-ct-api); there the proof is put together from tiles.
A log may take its maximum merge delay until it holds a certificate: before, its absence says
nothing.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from json import loads
from typing import Any
from urllib.parse import quote

import httpx2

from keypin.ct.entry import leaf_index
from keypin.ct.head import HeadError, TreeHead
from keypin.ct.log_list import Api, ListedLog
from keypin.ct.merkle import ProofError, verify_inclusion
from keypin.ct.promise import Promise, Signature
from keypin.errors import InputError
from keypin.monitor.client import Client, LogError, RefusedError
from keypin.monitor.logs import followed
from keypin.monitor.patience import PATIENCE, patient

AT_ONCE = 8
# A path has 66 hashes at most, of 44 characters in base64.
_MAX_PROOF = 1 << 14
# RFC 6962 says no status for a leaf that is not there; logs answer with either.
_ABSENT = frozenset({400, 404})


class Outcome(StrEnum):
    """What came of asking a log."""

    INCLUDED = "included"
    NOT_YET = "not-yet"
    MISSING = "missing"
    WRONG = "wrong"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What a log answered about one promise.

    Attributes:
        promise: which.
        outcome: what came of it.
        detail: why, where it is not included.
        index: which leaf of the log it is.
        head: the verified head that it is in, or is not in.
        path: the proof.
    """

    promise: Promise
    outcome: Outcome
    detail: str = ""
    index: int | None = None
    head: TreeHead | None = None
    path: tuple[bytes, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it is still not known if the log holds it."""
        return self.outcome in {Outcome.UNREACHABLE, Outcome.NOT_ASKED}


def prove_all(
    promises: Sequence[Promise], http: httpx2.Client, at: datetime, patience: float = PATIENCE
) -> tuple[Inclusion, ...]:
    """Ask every log at once whether it holds what it promised.

    Args:
        promises: the SCTs of a certificate.
        http: the connections to use.
        at: the time of the check.
        patience: the seconds after which a log is not tried again.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def asked(promise: Promise) -> Inclusion:
            return prove(promise, http, at, patience)

        return tuple(pool.map(asked, promises))


def prove(
    promise: Promise, http: httpx2.Client, at: datetime, patience: float = PATIENCE
) -> Inclusion:
    """Ask one log whether it holds what it promised, and verify what it says."""
    log = promise.log
    if log is None or promise.signature is not Signature.GOOD:
        why = "the log is not known" if log is None else "its signature was not verified"
        return Inclusion(promise, Outcome.NOT_ASKED, why)
    try:
        return _ask(promise, log, http, at, patience)
    except (ProofError, HeadError, InputError) as error:
        return Inclusion(promise, Outcome.WRONG, str(error))
    except LogError as error:
        return Inclusion(promise, Outcome.UNREACHABLE, str(error))


def _ask(
    promise: Promise, log: ListedLog, http: httpx2.Client, at: datetime, patience: float
) -> Inclusion:
    pause = patient(patience)
    source = followed(log, http, pause).source
    head = source.head()
    leaf = promise.leaf_hash or b""
    entry = promise.entry
    index = leaf_index(entry.leaf(promise.sct)) if entry else None
    if log.api is Api.RFC6962:
        found = _by_hash(Client(log.submission_url, http, pause), leaf, head)
        if found is None:
            return _absent(promise, log, head, at)
        index, path = found
    elif index is None:
        return Inclusion(promise, Outcome.WRONG, "the SCT of a static log names no leaf", head=head)
    elif index >= head.size:
        return _absent(promise, log, head, at)
    else:
        there, path = source.inclusion(index, head.size)
        if there != leaf:
            raise ProofError(f"leaf {index}, which the SCT names, is another certificate")
    verify_inclusion(leaf, index, head.size, path, head.root)
    return Inclusion(promise, Outcome.INCLUDED, "", index, head, tuple(path))


def _absent(promise: Promise, log: ListedLog, head: TreeHead, at: datetime) -> Inclusion:
    """Say whether a log may still take its time."""
    due = promise.sct.timestamp + timedelta(seconds=log.mmd)
    if min(at, head.timestamp) < due:
        detail = f"it may take until {due:%Y-%m-%d %H:%M}Z"
        return Inclusion(promise, Outcome.NOT_YET, detail, head=head)
    detail = f"it was to hold it by {due:%Y-%m-%d %H:%M}Z"
    return Inclusion(promise, Outcome.MISSING, detail, head=head)


def _by_hash(client: Client, leaf: bytes, head: TreeHead) -> tuple[int, list[bytes]] | None:
    """Return the index and the path of a leaf; None where the log has none with that hash."""
    if head.size == 0:
        return None
    asked = quote(b64encode(leaf), safe="")
    path = f"ct/v1/get-proof-by-hash?hash={asked}&tree_size={head.size}"
    try:
        data = client.get(path, _MAX_PROOF)
    except RefusedError as error:
        if error.status in _ABSENT:
            return None
        raise
    return read_proof(data)


def read_proof(data: bytes) -> tuple[int, list[bytes]]:
    """Return the index and the path in an answer to get-proof-by-hash (RFC 6962 section 4.5).

    Raises:
        ProofError: it is none.
    """
    try:
        members: Any = loads(data)
        index = members["leaf_index"]
        hashes = [b64decode(text, validate=True) for text in members["audit_path"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProofError(f"no proof, but {data[:60]!r}") from error
    if type(index) is not int:
        raise ProofError(f"no leaf's index, but {str(index)[:60]}")
    return index, hashes
