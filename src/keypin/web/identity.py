"""Who asks, and whether they may: what every page and every call of the API begins with.

A page is a function of a visit, in a thread, so it may read the database and forms are read
already (`page`, `anyone` and `Visit` are in `keypin.web.identity_page`):

    @page(Action.WRITE_ENDPOINTS)
    def add(visit: Visit[Identity]) -> Response:
        with visit.begin() as scope:
            ...visit.form["host"]...
            audit.record(scope, visit.identity.actor, "endpoint.add", host, {}, at=visit.at)

    Route("/o/{organisation}/endpoints", add, methods=["POST"])

`page` sends those who are not signed in to the sign-in and back, refuses (403) whose role does not
suffice, and checks that what changes something comes from a page of this service; forms carry
`visit.csrf` as the field `csrf`, htmx as the header `X-CSRF-Token`. `anyone` is the same for
pages that need no sign-in: `visit.identity` may be None. Where the path has an `{organisation}`,
its name decides which one is meant, and whoever does not belong to it is told that it does not
exist (404); else the one that the session looked at last.

The API takes a dependency, which gives 401 or 403:

    @router.get("/endpoints")
    def listed(identity: Annotated[Identity, Depends(require(Action.READ))]) -> ...

`core_of(request)` is the installation; `keypin.web.security.Security` puts it there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request

from keypin.watch.core import Core
from keypin.watch.people import sessions, tokens
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Action, Role, granted, least_role, may
from keypin.watch.people.sessions import Stage
from keypin.web import csrf
from keypin.web.security_source import network
from keypin.web.sessions import read_cookie

__all__ = [
    "Action",
    "Identity",
    "Kind",
    "Role",
    "check_forgery",
    "core_of",
    "identify",
    "refusal",
    "require",
    "signed_in",
    "source_of",
]


class Kind(StrEnum):
    """What asks."""

    ACCOUNT = "account"
    """A person, by the cookie of a session."""
    TOKEN = "token"  # noqa: S105 - the name of a kind
    """A program, by a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks, and at which organisation they look.

    Attributes:
        kind: a person or a program.
        number: of the account, or of the token.
        name: as others see it.
        mail: of the account; empty for a token.
        organisation: its number, for `database.begin` and `read`.
        organisation_name: as it stands in paths.
        organisation_title: as people read it.
        role: the person's; of a token, the least role that may do all that it may.
        scopes: of a token; empty for a person.
        actor: for `audit.record`.
        session: what the session is known by; empty for a token.
    """

    kind: Kind
    number: int
    name: str
    mail: str
    organisation: int
    organisation_name: str
    organisation_title: str
    role: Role
    scopes: tuple[str, ...]
    actor: Actor
    session: bytes = b""

    def may(self, action: Action) -> bool:
        """Say whether something is allowed."""
        if self.kind is Kind.TOKEN:
            return action in granted(self.scopes)
        return may(self.role, action)


def core_of(request: Request) -> Core:
    """Return the installation that a request reaches."""
    return cast("Core", request.state.core)


def identify(request: Request) -> Identity | None:
    """Return who asks, or None: nobody who is known, or not of the organisation in the path.

    A token that is shown is the answer alone: with a wrong one, no cookie counts.
    """
    known = request.scope.get("keypin.identity", _UNKNOWN)
    if known is _UNKNOWN:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        bears = kind.lower() == "bearer"
        known = _by_token(request, token.strip()) if bears else _by_cookie(request)
        request.scope["keypin.identity"] = known
    return cast("Identity | None", known)


def signed_in(request: Request, at: datetime) -> sessions.SignedIn | None:
    """Return the session of a browser, halfway or whole, with whichever organisation it has."""
    core = core_of(request)
    cookie = read_cookie(request, core.settings)
    if cookie is None:
        return None
    with core.database.read_across() as connection:
        found = sessions.find(connection, cookie, at, request.path_params.get("organisation"))
    if found is not None and (found.stale or found.moved):
        with core.database.begin_across() as connection:
            sessions.touch(connection, found.digest, at, organisation=found.organisation)
    return found


def require(action: Action) -> Callable[[Request], Identity]:
    """Return a dependency of the API: who asks, if they may do something.

    A browser's session counts too, so that pages can read the API; to change something it must
    carry the token of the page's forms in `X-CSRF-Token`.
    """

    def dependency(request: Request) -> Identity:
        identity = identify(request)
        if identity is None:
            raise HTTPException(
                401,
                "no token that holds; send Authorization: Bearer kp_…, with a token from the "
                "settings of the organisation",
                {"www-authenticate": 'Bearer realm="keypin"'},
            )
        if identity.kind is Kind.ACCOUNT and request.method not in csrf.SAFE:
            check_forgery(request, request.headers.get(csrf.HEADER, ""))
        if not identity.may(action):
            raise HTTPException(403, refusal(identity, action))
        return identity

    return dependency


def check_forgery(request: Request, sent: str) -> None:
    """Check that a request that changes something comes from a page of this service.

    Raises:
        HTTPException: 403, it does not.
    """
    settings = core_of(request).settings
    try:
        csrf.check_origin(request, settings.base_url)
        csrf.check_token(read_cookie(request, settings), sent)
    except csrf.ForgeryError as error:
        raise HTTPException(403, str(error)) from error


def refusal(identity: Identity, action: Action) -> str:
    """Say why somebody may not do something, and who can change that."""
    if identity.kind is Kind.TOKEN:
        scopes = ", ".join(identity.scopes)
        return f"this token may not {action}: its scopes are {scopes}; make one with more"
    return (
        f"as {identity.role} of {identity.organisation_title} you may not {action}; "
        "ask one of its owners"
    )


_UNKNOWN = object()


def _by_cookie(request: Request) -> Identity | None:
    core = core_of(request)
    found = signed_in(request, core.clock())
    if found is None or found.stage is not Stage.WHOLE:
        return None
    if found.organisation is None or found.role is None:
        return None
    return Identity(
        kind=Kind.ACCOUNT,
        number=found.account,
        name=found.name,
        mail=found.mail,
        organisation=found.organisation,
        organisation_name=found.organisation_name,
        organisation_title=found.organisation_title,
        role=found.role,
        scopes=(),
        actor=Actor(found.mail, source_of(request)),
        session=found.digest,
    )


def _by_token(request: Request, text: str) -> Identity | None:
    core = core_of(request)
    at = core.clock()
    with core.database.read_across() as connection:
        used = tokens.find(connection, text, at)
    if used is None or request.path_params.get("organisation", used.organisation_name) != (
        used.organisation_name
    ):
        return None
    if used.stale:
        with core.database.begin_across() as connection:
            tokens.touch(connection, used.token.number, at)
    return Identity(
        kind=Kind.TOKEN,
        number=used.token.number,
        name=used.token.name,
        mail="",
        organisation=used.token.organisation,
        organisation_name=used.organisation_name,
        organisation_title=used.organisation_title,
        role=least_role(used.token.scopes),
        scopes=used.token.scopes,
        actor=Actor(f"token {used.token.name}", source_of(request)),
    )


def source_of(request: Request) -> str:
    """Return the network that a request comes from, as much of it as the settings keep."""
    address = request.client.host if request.client else ""
    return network(address, core_of(request).settings.addresses)
