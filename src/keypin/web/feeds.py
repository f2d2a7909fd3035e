"""The calendar and the feed at their secret addresses, for programs that sign in nowhere.

Who knows the token of an organisation reads its deadlines and its alerts, and nothing else. A wrong
token and an organisation that there is not get the same answer.
"""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keypin.watch.alerting import feeds
from keypin.watch.core import Core
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people import organisations

# Readers ask every few minutes; what is between two of them on the way keeps nothing.
_HEADERS = {"Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer"}


def routes(core: Core) -> list[Route]:
    """Return the routes of both."""
    shelf = Shelf()

    def dates(request: Request) -> Response:
        found = feeds.calendar(core, _opened(core, request), shelf)
        return Response(found, media_type="text/calendar; charset=utf-8", headers=_HEADERS)

    def news(request: Request) -> Response:
        found = feeds.rss(core, _opened(core, request))
        return Response(found, media_type="application/rss+xml; charset=utf-8", headers=_HEADERS)

    return [_route("deadlines.ics", dates), _route("alerts.rss", news)]


def addresses(core: Core, organisation: str, token: str) -> tuple[str, str]:
    """Return where an organisation's calendar is, and where its feed."""
    base = f"{core.settings.base_url}/feeds/{organisation}/{token}"
    return f"{base}/deadlines.ics", f"{base}/alerts.rss"


def _route(name: str, answer: Callable[[Request], Response]) -> Route:
    return Route(f"/feeds/{{organisation}}/{{token}}/{name}", answer, methods=["GET"])


def _opened(core: Core, request: Request) -> int:
    """Return the number of the organisation whose token an address holds.

    Raises:
        HTTPException: it is none's.
    """
    with core.database.read_across() as connection:
        found = organisations.find(connection, request.path_params["organisation"])
    if found is not None:
        with core.database.read(found.number) as scope:
            if feeds.opens(scope, core.sealer, request.path_params["token"]):
                return found.number
    raise HTTPException(404, "there is nothing at this address")
