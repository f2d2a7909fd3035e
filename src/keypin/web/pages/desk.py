"""What the handlers of pages are handed: the look, and what is worth keeping between two requests.

Of an organisation's data nothing is kept here but pin sets and certificates that were parsed, each
under its digest, and counts of what is long over: what a page shows is read when it is asked for.
"""

from collections.abc import Callable
from functools import cached_property

from sqlalchemy import func, select
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.inventory.chains import Chains
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.people.roles import Action
from keypin.watch.probing.trust import Trust
from keypin.watch.store.tables import sessions
from keypin.web.answer import answer
from keypin.web.identity import Identity
from keypin.web.identity_frame import base_of, frame_of
from keypin.web.identity_page import Visit, go, page
from keypin.web.look import Look, View
from keypin.web.pages.charts import STRETCHES, Sums
from keypin.web.pages.notices import notices_of
from keypin.web.views.frame import Notice
from keypin.web.warming import Warming

Somebody = Visit[Identity]
Handler = Callable[[Somebody], Response]

# What every page of an organisation stands below.
ORGANISATION = "/o/{organisation}"

# Organisations whose data is read before they ask.
_READ_AHEAD = 20

# What was sent cannot be done as it stands (RFC 9110 section 15.5.21).
REFUSED = 422


class Desk:
    """What every handler is handed.

    Args:
        core: the installation.
        look: how pages look.
    """

    def __init__(self, core: Core, look: Look) -> None:
        self.settings = core.settings
        self.database = core.database
        self._clock = core.clock
        self.look = look
        self.chains = Chains()
        self.fields = Fields(Shelf())
        self.guard = Guard.of(core.settings)
        self.sums = Sums()

    @cached_property
    def trust(self) -> Trust:
        """The anchors that chains are verified to; read when a page first needs them."""
        return Trust.of(self.settings)

    def warmed_by(self, warming: Warming) -> None:
        """Have what it keeps read in the background."""
        warming.add(self.look.warm, self._read_anchors, self._read_ahead)

    def _read_anchors(self) -> None:
        _ = self.trust

    def _read_ahead(self) -> None:
        """Read the pin sets and counts of the organisations whose members were here last."""
        latest = (
            select(sessions.c.organisation)
            .where(sessions.c.organisation.is_not(None))
            .group_by(sessions.c.organisation)
            .order_by(func.max(sessions.c.seen_at).desc())
            .limit(_READ_AHEAD)
        )
        with self.database.read_across() as connection:
            numbers = list(connection.execute(latest).scalars())
        for number in numbers:
            with self.database.read(number) as scope:
                self.fields.read(scope.connection, number)
                for stretch in STRETCHES:
                    self.sums.counted(scope, stretch, self._clock())

    def show(
        self,
        visit: Somebody,
        here: str,
        view: View,
        *,
        status: int = 200,
        notices: tuple[Notice, ...] = (),
        path: str = "",
    ) -> Response:
        """Return a page, or one of its tables as CSV where the address asks for that.

        Args:
            visit: the request.
            here: the key of its entry of the navigation.
            view: what it shows.
            status: of HTTP.
            notices: said above it, besides what the request before it did.
            path: its own, below the organisation, where the request, a form, went to another one.
        """
        said = (*notices_of(visit.request.query_params), *notices)
        frame = frame_of(visit, here, notices=said, path=path and url(visit, path))
        return answer(self.look, frame, view, status)


def url(visit: Somebody, path: str) -> str:
    """Return the address of a path of the organisation that is looked at."""
    return f"{base_of(visit.identity.organisation_name)}{path}"


def done(visit: Somebody, path: str, said: str) -> Response:
    """Go on to a page that says what was done.

    Args:
        visit: the request that did it.
        path: of the page, below the organisation.
        said: a key of `keypin.web.pages.notices`.
    """
    mark = "&" if "?" in path else "?"
    return go(visit.request, url(visit, f"{path}{mark}said={said}"))


def number_of(visit: Somebody, name: str = "number") -> int:
    """Return a number of the path; where it is none that a database counts to, there is no page."""
    text = str(visit.request.path_params[name])
    if not text.isascii() or not text.isdigit() or len(text) > len(str(2**31)):
        raise missing("There is nothing under this number.")
    return int(text)


def missing(text: str) -> HTTPException:
    """Return the error of a page that is not there."""
    return HTTPException(404, text)


def file_of(form: FormData, name: str) -> tuple[bytes, str] | None:
    """Return a file of a form, and its name; None where none was chosen."""
    sent = form.get(name)
    if sent is None or isinstance(sent, str) or not sent.filename:
        return None
    return sent.file.read(), sent.filename


def shows(path: str, handler: Handler, action: Action = Action.READ) -> Route:
    """Return the route of a page that only reads."""
    return Route(f"{ORGANISATION}{path}", page(action)(handler), methods=["GET"])


def changes(path: str, handler: Handler, action: Action) -> Route:
    """Return the route of a form."""
    return Route(f"{ORGANISATION}{path}", page(action)(handler), methods=["POST"])
