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

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.core import Core
from keypin.watch.store import Purpose, Scope, SealError
from keypin.watch.store.tables import idempotency
from keypin.web.identity import Identity
from keypin.web.problems import WrongError

HEADER = "idempotency-key"

_KEY = re.compile(r"[!-~]{1,255}")

# A request that began so long ago died with its process; whoever sends it again does it.
_LOST = timedelta(minutes=10)

# A longer answer is not kept, and its request done again: none that changes anything is so long.
_LONGEST = 1024 * 1024

_KEPT = ("content-type", "location")

Handle = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of one caller, and what it was sent with."""

    core: Core
    organisation: int
    key: str
    request: bytes

    def take(self, at: datetime) -> Response | None:
        """Take the key, or return the answer that it got before.

        Raises:
            WrongError: it came with another request, or that one is still under way.
        """
        with self.core.database.begin(self.organisation) as scope:
            found = self._row(scope)
            if found is None or self._lost(found, at):
                self._insert(scope, at)
                return None
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
            where = idempotency.c.key == self.key
            scope.execute(scope.update(idempotency).where(where).values(values))

    def free(self) -> None:
        """Give the key back."""
        with self.core.database.begin(self.organisation) as scope:
            scope.execute(scope.delete(idempotency).where(idempotency.c.key == self.key))

    def _row(self, scope: Scope) -> RowMapping | None:
        return scope.row(scope.select(idempotency).where(idempotency.c.key == self.key))

    def _lost(self, row: RowMapping, at: datetime) -> bool:
        same = row["request"] == self.request
        return same and row["status"] is None and at - row["created_at"] > _LOST

    def _insert(self, scope: Scope, at: datetime) -> None:
        scope.execute(scope.delete(idempotency).where(idempotency.c.key == self.key))
        try:
            scope.add(idempotency, key=self.key, request=self.request, created_at=at)
        except IntegrityError as error:  # another process was faster by a moment
            raise _under_way() from error

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
    key = _Key(core, identity.organisation, text, await _digest(request, identity))
    before = await run_in_threadpool(key.take, core.clock())
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
