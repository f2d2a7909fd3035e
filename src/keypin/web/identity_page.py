"""The guards of pages: who is not signed in goes to the sign-in, and comes back.

See `keypin.web.identity`, which shows how a page is written.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from keypin.watch.core import Core
from keypin.watch.inventory.turn import in_turn
from keypin.watch.people.passwords import BusyError
from keypin.watch.people.sessions import Stage
from keypin.watch.store import Scope
from keypin.web import csrf
from keypin.web.identity import (
    Action,
    Identity,
    Kind,
    check_forgery,
    core_of,
    identify,
    refusal,
    signed_in,
)
from keypin.web.sessions import new_visitor, read_cookie, write_cookie

Who = TypeVar("Who", Identity, Identity | None)

# A form of a page: so many fields and files, and texts of so many bytes in them.
_FIELDS = 1000
_FILES = 20
_PART = 1024 * 1024

SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Generic[Who]):
    """One request of a page.

    Attributes:
        request: as it came; its body is read already.
        core: the installation.
        at: now.
        identity: who asks.
        cookie: the token of this browser, which forms are bound to.
        form: what was sent; empty for a request that only reads.
    """

    request: Request
    core: Core
    at: datetime
    identity: Who
    cookie: str
    form: FormData

    @property
    def csrf(self) -> str:
        """What every form carries as `csrf`."""
        return csrf.token(self.cookie)

    def read(self: "Visit[Identity]") -> AbstractContextManager[Scope]:
        """Begin a transaction of the organisation that reads."""
        return self.core.database.read(self.identity.organisation)

    def begin(self: "Visit[Identity]") -> AbstractContextManager[Scope]:
        """Begin a transaction of the organisation that may write, after those of others."""
        return in_turn(self.core.database, self.identity.organisation)

    def text(self, name: str, default: str = "") -> str:
        """Return a field of the form as text, without blanks around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default


Endpoint = Callable[[Request], Awaitable[Response]]


def page(action: Action) -> Callable[[Callable[[Visit[Identity]], Response]], Endpoint]:
    """Return a guard of a page: who is signed in and may do something sees it.

    Args:
        action: what the page is for.
    """

    def guard(show: Callable[[Visit[Identity]], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            identity = await run_in_threadpool(identify, request)
            if identity is None:
                return await run_in_threadpool(_elsewhere, request)
            if not identity.may(action):
                raise HTTPException(403, refusal(identity, action))
            return await _visit(request, identity, show)

        return endpoint

    return guard


def anyone(show: Callable[[Visit[Identity | None]], Response]) -> Endpoint:
    """Guard a page that everybody may see; what it changes must still come from itself."""

    async def endpoint(request: Request) -> Response:
        identity = await run_in_threadpool(identify, request)
        return await _visit(request, identity, show)

    return endpoint


def to_sign_in(request: Request) -> Response:
    """Return the way to the sign-in, and back to this page if it only reads."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?next={quote(wanted, safe='')}" if request.method in csrf.SAFE else ""
    return go(request, SIGN_IN + back)


def go(request: Request, path: str) -> Response:
    """Return the way to another page, by htmx's own means where htmx asks."""
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"hx-redirect": path})
    return RedirectResponse(path, 303)


def safe_next(path: str, default: str = "/") -> str:
    """Return where to go after the sign-in: a path of this service, never another site.

    Browsers take two slashes, a slash and a backslash, and either with tabs or line ends between
    them, for the beginning of another host.
    """
    plain = path.isprintable() and path.isascii() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else default


def _elsewhere(request: Request) -> Response:
    """Answer somebody who is not known here."""
    if "authorization" in request.headers:
        raise HTTPException(401, "no token that holds", {"www-authenticate": "Bearer"})
    found = signed_in(request, core_of(request).clock())
    if found is not None and found.stage is Stage.WHOLE:
        # Whether an organisation exists is not said to those who do not belong to it.
        raise HTTPException(404, "There is no such page, or you do not belong to what it is of.")
    return to_sign_in(request)


async def _visit(
    request: Request, identity: Who, show: Callable[[Visit[Who]], Response]
) -> Response:
    core = core_of(request)
    former = read_cookie(request, core.settings)
    async with _sent(request) as form:
        if request.method not in csrf.SAFE and not _is_program(identity):
            sent = form.get(csrf.FIELD, request.headers.get(csrf.HEADER, ""))
            check_forgery(request, sent if isinstance(sent, str) else "")
        visit = Visit(
            request=request,
            core=core,
            at=core.clock(),
            identity=identity,
            cookie=former or new_visitor(),
            form=form,
        )
        try:
            response = await run_in_threadpool(show, visit)
        except BusyError as error:
            raise HTTPException(503, str(error), {"retry-after": "60"}) from error
    if former is None and "set-cookie" not in response.headers:
        write_cookie(response, core.settings, visit.cookie)
    return response


def _is_program(identity: Identity | None) -> bool:
    """Say whether no browser is at work, which another site could make act."""
    return identity is not None and identity.kind is Kind.TOKEN


@asynccontextmanager
async def _sent(request: Request) -> AsyncGenerator[FormData]:
    """Read what was sent; the files in it are closed at the end."""
    if request.method in csrf.SAFE:
        yield FormData()
        return
    limits = {"max_files": _FILES, "max_fields": _FIELDS, "max_part_size": _PART}
    async with request.form(**limits) as form:
        yield form
