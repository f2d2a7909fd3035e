"""Idempotency keys: a `POST` that is sent again is answered again, and done once.

The draft of the IETF (draft-ietf-httpapi-idempotency-key-header): the key is kept with a digest of
the request, before anything is done, and with the answer afterwards. A failed request changed
nothing, so its key is free again. Answers are sealed: one of them may hold a new token.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, and_
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.core import Core
from keypin.watch.inventory.upsert import insert_one
from keypin.watch.store import Purpose, Scope, SealError
from keypin.watch.store.tables import idempotency
from keypin.web.identity import Identity
from keypin.web.problems import WrongError

HEADER = "idempotency-key"

_KEY = re.compile(r"[!-~]{1,255}")

# A request that began so long ago died with its process; whoever sends it again does it. So did one
# that begins so long hence: the clock was ahead then.
_LOST = timedelta(minutes=10)

# A longer answer is not kept, and its request done again: none that changes anything is so long.
_LONGEST = 1024 * 1024

_KEPT = ("content-type", "location")

Handle = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of one caller, what it was sent with, and when."""

    core: Core
    organisation: int
    key: str
    request: bytes
    at: datetime

    def take(self) -> Response | None:
        """Take the key, or return the answer that it got before.

        Raises:
            WrongError: it came with another request, or that one is still under way.
        """
        with self.core.database.begin(self.organisation) as scope:
            found = self._row(scope)
            if found is not None and self._lost(found):
                # That claim and no other: another process may have taken the key since.
                scope.execute(scope.delete(idempotency).where(self._claim(found["created_at"])))
                found = None
            if found is None and self._insert(scope):
                return None
            found = found or self._row(scope)
        if found is None:  # it was given back in this moment
            raise _under_way()
        if found["request"] != self.request:
            raise WrongError(
                422, "this Idempotency-Key came with another request; use a new one for this"
            )
        if found["status"] is None:
            raise _under_way()
        return self._answer(found)

    def keep(self, response: Response) -> None:
        """Keep the answer."""
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        values = {
            "status": response.status_code,
            "headers": headers,
            "body": self.core.sealer.seal(bytes(response.body), Purpose.ANSWER),
        }
        with self.core.database.begin(self.organisation) as scope:
            claim = scope.update(idempotency).where(self._claim(self.at))
            scope.execute(claim.values(values))

    def free(self) -> None:
        """Give the key back."""
        with self.core.database.begin(self.organisation) as scope:
            scope.execute(scope.delete(idempotency).where(self._claim(self.at)))

    def _row(self, scope: Scope) -> RowMapping | None:
        return scope.row(scope.select(idempotency).where(idempotency.c.key == self.key))

    def _lost(self, row: RowMapping) -> bool:
        same = row["request"] == self.request
        return same and row["status"] is None and abs(self.at - row["created_at"]) > _LOST

    def _claim(self, since: datetime) -> ColumnElement[bool]:
        """Return the condition of the row that this request made then, and that has no answer."""
        table = idempotency.c
        ours = and_(table.key == self.key, table.request == self.request)
        return and_(ours, table.status.is_(None), table.created_at == since)

    def _insert(self, scope: Scope) -> bool:
        """Take the key, unless another process was faster by a moment."""
        row = {"key": self.key, "request": self.request, "created_at": self.at}
        return insert_one(
            scope.connection, idempotency, {**row, "organisation": scope.organisation}
        )

    def _answer(self, row: RowMapping) -> Response:
        headers = {**row["headers"], "idempotent-replayed": "true"}
        try:
            body = self.core.sealer.open(row["body"], Purpose.ANSWER)
            return Response(body, row["status"], headers)
        except SealError as error:
            raise WrongError(
                409,
                f"this request was answered with {row['status']} before, and the keys were changed "
                "since: look at what it made; a new Idempotency-Key does it again",
            ) from error


async def once(request: Request, identity: Identity, core: Core, handle: Handle) -> Response:
    """Answer a request; one that was answered under its key before, with the same answer.

    Raises:
        WrongError: the key is none, came with another request, or is in use.
    """
    text = request.headers.get(HEADER)
    if text is None or request.method != "POST":
        return await handle(request)
    if not _KEY.fullmatch(text):
        raise WrongError(422, "an Idempotency-Key is 1 to 255 visible characters of ASCII")
    digest = await _digest(request, identity)
    key = _Key(core, identity.organisation, text, digest, core.clock())
    before = await run_in_threadpool(key.take)
    if before is not None:
        return before
    try:
        response = await handle(request)
    except BaseException:
        await run_in_threadpool(key.free)
        raise
    done = len(response.body) <= _LONGEST
    await run_in_threadpool(key.keep, response) if done else await run_in_threadpool(key.free)
    return response


async def _digest(request: Request, identity: Identity) -> bytes:
    """Return what tells one request of one caller from all others."""
    said = (
        identity.kind.value,
        str(identity.number),
        request.url.path,
        request.url.query,
        request.headers.get("content-type", ""),
    )
    digest = hashlib.sha256()
    for part in (*(one.encode() for one in said), await request.body()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _under_way() -> WrongError:
    return WrongError(409, "the same request is under way; send it again later", retry_after="5")
