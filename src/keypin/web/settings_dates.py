"""Settings, "Dates and feeds": the time zone of digests, and where calendars read deadlines."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.alerting import feeds, preferences
from keypin.watch.people import audit
from keypin.web.feeds import addresses
from keypin.web.identity import Action
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Field, Form

_KEY = "dates"


class DatesSection:
    """The section of dates.

    Args:
        look: how pages look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = f"/o/{{organisation}}/settings/{_KEY}"
        may = page(Action.MANAGE_SETTINGS)
        return [
            Route(base, may(self.show), methods=["GET"]),
            Route(f"{base}/zone", may(self.move), methods=["POST"]),
            Route(f"{base}/feeds", may(self.renew), methods=["POST"]),
        ]

    def show(self, visit: Seen) -> Response:
        """Show the section."""
        return self._page(visit)

    def move(self, visit: Seen) -> Response:
        """Say which time zone the organisation lives in."""
        name = visit.text("zone").strip()
        try:
            with visit.begin() as scope:
                preferences.set_zone(scope, name, at=visit.at)
                by, detail = visit.identity.actor, {"zone": name}
                audit.record(scope, by, "organisation.zone", name, detail, at=visit.at)
        except InputError as error:
            return self._page(visit, str(error))
        return done(visit, _KEY, "zone")

    def renew(self, visit: Seen) -> Response:
        """Make new addresses; the old ones answer no more."""
        with visit.begin() as scope:
            feeds.new_token(scope, visit.core.sealer, by=visit.identity.actor, at=visit.at)
        return done(visit, _KEY, "feeds")

    def _page(self, visit: Seen, error: str = "") -> Response:
        with visit.read() as scope:
            zone = preferences.zone(scope)
            token = feeds.token(scope, visit.core.sealer)
        shown = () if token is None else addresses(visit.core, _name(visit), token)
        return show_section(
            self._look,
            visit,
            _KEY,
            refused=bool(error),
            intro="When digests are sent, and where programs read what comes next.",
            facts=tuple(zip(("Calendar", "Feed"), shown, strict=False)),
            forms=(_zone_form(visit, zone, error), _feeds_form(visit, renew=token is not None)),
        )


def _name(visit: Seen) -> str:
    return visit.identity.organisation_name


def _zone_form(visit: Seen, zone: str, error: str) -> Form:
    value = visit.text("zone") if error else zone
    hint = "an IANA name, as Europe/Berlin"
    return Form(
        key="zone",
        action=section_path(visit, _KEY, "/zone"),
        submit="Save",
        title="Time zone",
        intro="Digests and the hours of routes are meant in it.",
        error=error,
        fields=(Field(name="zone", label="Time zone", hint=hint, value=value, required=True),),
    )


def _feeds_form(visit: Seen, *, renew: bool) -> Form:
    return Form(
        key="feeds",
        action=section_path(visit, _KEY, "/feeds"),
        submit="Make new addresses" if renew else "Make addresses",
        title="Calendar and feed",
        intro="Whoever has these addresses reads deadlines and alerts without signing in. "
        + ("New ones end the old ones." if renew else "There are none yet."),
        fields=(),
    )
