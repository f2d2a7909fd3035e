"""What one process of the watch answers over HTTP, put together.

From the outside in: reports from the field, which go past everything else (`keypin.web.collector`);
headers, limits and whose address it is (`keypin.web.security`); HEAD, which no route knows of
(`keypin.web.heads`); then the routes. Each kind of them
is a row of `FACES`, and a process has those of its parts. Errors are problem documents for
programs, and pages for people.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from keypin.errors import KeypinError
from keypin.watch.core import Core
from keypin.watch.service import Watch
from keypin.watch.settings import Part
from keypin.watch.transparency import lists
from keypin.web import feeds, health, pages, problems
from keypin.web.api.application import Api
from keypin.web.api.document import PREFIX
from keypin.web.collector import Collector
from keypin.web.heads import Heads
from keypin.web.identity_routes import people_routes
from keypin.web.look import Look
from keypin.web.metrics import Metrics
from keypin.web.security import Security
from keypin.web.statics import Statics
from keypin.web.views.error import ErrorView
from keypin.web.views.frame import Frame
from keypin.web.views.parts import Link
from keypin.web.warming import Warming


@dataclass(frozen=True, slots=True)
class Pages:
    """What pages are made with.

    Attributes:
        core: the installation.
        look: the templates.
        statics: the files that pages load.
        warming: reads in the background what they keep; None where nobody does.
    """

    core: Core
    look: Look
    statics: Statics
    warming: Warming | None = None

    @classmethod
    def of(cls, core: Core, warming: Warming | None = None) -> Self:
        """Read the templates and the files."""
        statics = Statics()
        return cls(core, Look(statics), statics, warming)


Face = Callable[[Pages], Sequence[BaseRoute]]

FACES: tuple[Face, ...] = (
    lambda _: [Mount(PREFIX, Api())],
    lambda shown: [shown.statics.route()],
    lambda shown: people_routes(shown.look),
    lambda shown: pages.routes(shown.core, shown.look, shown.warming),
    lambda shown: feeds.routes(shown.core),
)
"""What a process with the part `web` answers; a new kind of routes is a row."""


def create(watch: Watch, warming: Warming | None = None) -> ASGIApp:
    """Return the application of one process of the watch.

    Args:
        watch: which.
        warming: reads in the background what pages keep; None where nobody does.
    """
    core, shown = watch.core, Pages.of(watch.core, warming)
    collector = Collector(core) if Part.COLLECTOR in core.settings.parts else None

    def failing() -> list[str]:
        taking = collector.problem() if collector else None
        return [*watch.problems(), *([taking] if taking else [])]

    def lacking() -> list[str]:
        try:
            with core.database.read_across() as connection:
                found = lists.reading(connection, core.clock())
        except SQLAlchemyError:
            return []  # that is a problem, and told as one
        return [found.unread or found.lost] if found.lost else []

    metrics = Metrics(core, failing, collector=collector)
    routes: list[BaseRoute] = [*health.routes(failing, lacking), *metrics.routes()]
    if Part.WEB in core.settings.parts:
        routes += [route for face in FACES for route in face(shown)]
    app = metrics.requests.around(compose(shown, routes))
    return collector.in_front_of(app) if collector else app


def compose(shown: Pages, routes: Sequence[BaseRoute]) -> ASGIApp:
    """Return an application of routes, with all that stands before them.

    Args:
        shown: what error pages are made with.
        routes: what is answered.
    """
    answer = Errors(shown.look, shown.core)
    app = Starlette(
        routes=list(routes),
        exception_handlers={
            HTTPException: answer,
            problems.WrongError: answer,
            KeypinError: answer,
            SQLAlchemyError: answer,
            ClientDisconnect: _gone,
            Exception: answer,
        },
    )
    return Security(Heads(app), shown.core)


class Errors:
    """Answers errors: a page for a browser, a problem document for everything else.

    Args:
        look: the templates.
        core: the installation.
    """

    def __init__(self, look: Look, core: Core) -> None:
        self._look = look
        self._core = core

    def __call__(self, request: Request, error: Exception) -> Response:
        """Answer an error."""
        plain = _problem(request, error)
        if "text/html" not in request.headers.get("accept", ""):
            return plain
        status = HTTPStatus(plain.status_code)
        view = ErrorView(
            status=status,
            title=status.phrase,
            message=_detail(plain),
            links=(Link("Go to the start", "/"),),
        )
        frame = Frame(now=self._core.clock(), csrf="")
        kept = {
            name: value
            for name, value in plain.headers.items()
            if name in {"allow", "retry-after", "www-authenticate", "connection"}
        }
        return HTMLResponse(self._look.render(frame, view), status, kept)


def _gone(_: Request, error: Exception) -> Response:
    """Answer who left before the end of what they sent; nobody hears it."""
    del error
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException | problems.WrongError):
        return problems.of_http(request, error)
    return problems.of_known(request, error)


def _detail(plain: Response) -> str:
    return str(json.loads(bytes(plain.body))["detail"])
