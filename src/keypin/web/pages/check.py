"""The page Check: type a host, see what it shows; guarded, for anybody may be asking.

Every address that a name has is judged before any is dialled (`keypin.watch.guarding`), and what is
dialled is what was judged; nothing follows a redirect, for nothing speaks HTTP. A source may ask a
few times a minute, and a few checks go on at once. Networks that the settings allow are read for
members alone, and there too at the ports of TLS and those of their endpoints: nobody scans ports.
The answer is sent as it is found, as server-sent events (HTML Living Standard section 9.2).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from keypin.certs import Endpoint, Observation
from keypin.errors import InputError, KeypinError
from keypin.probe import Limits, Options, probe
from keypin.watch.guarding import PORTS, Guard, InternalError, UnresolvedError, Use
from keypin.watch.inventory import endpoints
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints as table
from keypin.web.identity import Identity
from keypin.web.identity_frame import frame_of, plain_frame
from keypin.web.identity_page import Visit, anyone, page, to_sign_in
from keypin.web.look import HEADERS
from keypin.web.pages.chains_shown import PinnedBy
from keypin.web.pages.checked import UNREAD, result, said_of, worst_first
from keypin.web.pages.desk import ORGANISATION, REFUSED, Desk
from keypin.web.pages.links import Links
from keypin.web.pages.standing import pinned_by
from keypin.web.security_source import site
from keypin.web.security_throttle import Throttle
from keypin.web.views.check import CheckResult, CheckView
from keypin.web.views.frame import Frame
from keypin.web.views.parts import Link, Progress, ReleaseVerdict

Anyone = Visit[Identity | None]

# How often one source may check, how many checks go on at once, and how long one may take.
CHECKS, PERIOD = 20, timedelta(minutes=1)
AT_ONCE = 8
_LIMITS = Limits(connect=5, handshake=5, total=15)

_LONGEST = 260

_PLAIN = "/check"
_STREAM = "/check/events"


@dataclass(frozen=True, slots=True)
class Question:
    """What is checked, for whom.

    Attributes:
        endpoint: where to look.
        organisation: whose releases are asked; None for a stranger.
        save: where the endpoint can be added to the inventory; empty where it cannot.
        links: of the organisation.
        watched: its page, where it is in the inventory.
        ports: those of the organisation's endpoints.
    """

    endpoint: Endpoint
    organisation: int | None
    save: str
    links: Links
    watched: Link | None = None
    ports: frozenset[int] = frozenset()


class Check:
    """The page Check.

    Args:
        desk: what handlers are handed.
        throttle: how often one source may check.
    """

    def __init__(self, desk: Desk, throttle: Throttle | None = None) -> None:
        self._desk = desk
        self.throttle = throttle or Throttle(CHECKS, PERIOD)
        self._going = 0

    def routes(self) -> list[BaseRoute]:
        """Return the routes: of everybody, and within an organisation."""
        whoever, member = anyone(self.show_anyone), page(May.READ)(self.show)
        heard, told = anyone(self.events_anyone), page(May.READ)(self.events)
        return [
            Route(_PLAIN, whoever, methods=["GET"]),
            Route(_STREAM, heard, methods=["GET"]),
            Route(f"{ORGANISATION}{_PLAIN}", member, methods=["GET"]),
            Route(f"{ORGANISATION}{_STREAM}", told, methods=["GET"]),
        ]

    def show_anyone(self, visit: Anyone) -> Response:
        """Show the page to whoever comes, if the settings let strangers in."""
        if visit.identity is not None:
            return self.show(_member(visit, visit.identity))
        if not self._desk.settings.check:
            return to_sign_in(visit.request)
        return self._page(visit, plain_frame(visit), "")

    def show(self, visit: Visit[Identity]) -> Response:
        """Show the page to somebody who is signed in."""
        with visit.read() as scope:
            ports = _ports(scope)
        return self._page(visit, frame_of(visit, "check"), Links.of(visit).base, ports)

    def events_anyone(self, visit: Anyone) -> Response:
        """Send what a check finds to whoever may ask."""
        if visit.identity is not None:
            return self.events(_member(visit, visit.identity))
        if not self._desk.settings.check:
            raise HTTPException(403, "checks are for those who are signed in")
        question = Question(_asked(visit.request), None, "", Links(""))
        return self._answer(visit, plain_frame(visit), question)

    def events(self, visit: Visit[Identity]) -> Response:
        """Send what a check finds to somebody who is signed in."""
        links, endpoint = Links.of(visit), _asked(visit.request)
        may = visit.identity.may(May.WRITE_ENDPOINTS)
        with visit.read() as scope:
            known, ports = endpoints.find_by(scope, endpoint), _ports(scope)
        save = links.to("/endpoints") if may and known is None else ""
        watched = None if known is None else links.endpoint(known.id, str(endpoint))
        question = Question(endpoint, visit.identity.organisation, save, links, watched, ports)
        return self._answer(visit, frame_of(visit, "check"), question)

    def _page(
        self,
        visit: Visit[Identity] | Anyone,
        frame: Frame,
        base: str,
        ports: frozenset[int] = frozenset(),
    ) -> Response:
        host = _typed(visit.request)
        view = CheckView(host=host, limits=_limits(ports))
        status = 200
        if host:
            try:
                endpoint = _asked(visit.request)
                stream = f"{base}{_STREAM}?{visit.request.url.query}"
                view = replace(view, progress=Progress(label=f"Reading {endpoint}", stream=stream))
            except InputError as error:
                view, status = replace(view, error=str(error)), REFUSED
        return HTMLResponse(self._desk.look.render(frame, view), status, headers=HEADERS)

    def _answer(
        self, visit: Visit[Identity] | Anyone, frame: Frame, question: Question
    ) -> Response:
        client = visit.request.client
        wait = self.throttle.wait(site(client.host if client else ""), visit.at)
        events = (
            self._events(frame, question, visit.at)
            if wait is None
            else self._refusal(frame, question, f"You checked often. Wait {wait.seconds + 1} s.")
        )
        headers = {**HEADERS, "x-accel-buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _events(self, frame: Frame, question: Question, at: datetime) -> AsyncIterator[str]:
        """Yield what is found; one of few that go on at once."""
        if self._going >= AT_ONCE:
            async for event in self._refusal(frame, question, "Many check now. Try again soon."):
                yield event
            return
        self._going += 1
        try:
            async for event in self._found(frame, question, at):
                yield event
        finally:
            self._going -= 1

    async def _found(self, frame: Frame, question: Question, at: datetime) -> AsyncIterator[str]:
        lines = [f"Looking up {question.endpoint.host}"]
        yield self._progress(frame, question, lines)
        try:
            guard = self._desk.guard if question.organisation is not None else Guard()
            dials = await run_in_threadpool(
                guard.dials, question.endpoint, Use.CHECK, question.ports
            )
        except (InternalError, UnresolvedError) as error:
            async for event in self._refusal(frame, question, str(error)):
                yield event
            return
        lines += [f"Reading {dial}" for dial in dials]
        yield self._progress(frame, question, lines)
        trust = await run_in_threadpool(lambda: self._desk.trust)
        options = Options(trust=trust.anchors, connect=dials, limits=_LIMITS)
        try:
            shown = await probe(question.endpoint, options)
        except KeypinError as error:
            async for event in self._refusal(frame, question, str(error)):
                yield event
            return
        view = await run_in_threadpool(self._view, shown, question, at)
        yield _event(self._desk.look.render(frame, view))
        yield _DONE

    def _view(self, shown: Observation, question: Question, at: datetime) -> CheckResult:
        """Return what was seen, with what the organisation's releases say of it."""
        if question.organisation is None:
            return result(shown, self._desk.trust, at)
        releases, by = self._said(shown, question, question.organisation)
        return result(
            shown,
            self._desk.trust,
            at,
            releases=worst_first(releases),
            pinned_by=by,
            save=question.save,
            watched=question.watched,
        )

    def _said(
        self, shown: Observation, question: Question, organisation: int
    ) -> tuple[tuple[ReleaseVerdict, ...], PinnedBy]:
        host = question.endpoint.host
        with self._desk.database.read(organisation) as scope:
            field = self._desk.fields.read(scope.connection, organisation)
        by = pinned_by(field, host, question.links.release)
        numbers = set(field.pinning.of(host))
        pinning = [one for one in field.releases if one.pin_set in numbers]
        said = tuple(
            said_of(one, field.pin_set(one.pin_set), shown, question.links.release(one))
            for one in pinning
        )
        return said, by

    async def _refusal(self, frame: Frame, question: Question, why: str) -> AsyncIterator[str]:
        """Yield that nothing was read, and why."""
        view = CheckResult(
            endpoint=str(question.endpoint),
            at=frame.now,
            state=UNREAD,
            facts=(),
            failures=(why,),
            chains=(),
            findings=(),
            advice=None,
        )
        yield _event(self._desk.look.render(frame, view))
        yield _DONE

    def _progress(self, frame: Frame, question: Question, lines: list[str]) -> str:
        view = Progress(label=f"Reading {question.endpoint}", stream="", lines=tuple(lines))
        return _event(self._desk.look.render(frame, view))


# The stream has ended, and need not be opened again.
_DONE = "event: done\ndata: \n\n"


def _event(text: str) -> str:
    """Return a text as one event: a line of data for each of its lines."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"{lines}\n"


def _member(visit: Anyone, identity: Identity) -> Visit[Identity]:
    """Return the visit as that of somebody who is signed in."""
    return Visit(
        request=visit.request,
        core=visit.core,
        at=visit.at,
        identity=identity,
        cookie=visit.cookie,
        form=visit.form,
    )


def _typed(request: Request) -> str:
    text = request.query_params.get("host", "")
    return "".join(sign for sign in text if sign.isprintable()).strip()[:_LONGEST]


def _asked(request: Request) -> Endpoint:
    """Return the endpoint that an address asks for.

    Raises:
        InputError: it is none.
    """
    return Endpoint.parse(_typed(request))


# Those of the inventory that are more than so many are as good as any.
_MANY_PORTS = 100


def _ports(scope: Scope) -> frozenset[int]:
    """Return the ports of an organisation's endpoints."""
    query = scope.select(table.c.port).distinct().order_by(table.c.port).limit(_MANY_PORTS)
    return frozenset(scope.execute(query).scalars())


def _limits(own: frozenset[int]) -> str:
    always = PORTS[Use.CHECK] or frozenset()
    said = f"Internal addresses are not read. Ports: {_listed(always)}"
    if more := own - always:
        said += f"; and of your endpoints {_listed(more)}"
    return f"{said}. {CHECKS} checks a minute."


def _listed(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
