"""Settings, "Organisation": what it is called, how long things are kept, and another beside it."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import memberships, organisations
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Scope
from keypin.web.identity import Action
from keypin.web.identity_frame import base_of
from keypin.web.identity_page import go, page
from keypin.web.look import Look
from keypin.web.settings_forms import own_account
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Field, Form
from keypin.web.words import plural


class OrganisationSection:
    """The section of the organisation itself.

    Args:
        look: how pages look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings/organisation"
        may = page(Action.MANAGE_SETTINGS)
        return [
            Route(base, may(self.show), methods=["GET"]),
            Route(f"{base}/title", may(self.rename), methods=["POST"]),
            Route(f"{base}/new", may(self.create), methods=["POST"]),
        ]

    def show(self, visit: Seen) -> Response:
        """Show the section."""
        return self._page(visit)

    def rename(self, visit: Seen) -> Response:
        """Give it another title."""
        identity = visit.identity
        try:
            with visit.core.database.begin_across() as connection:
                organisations.rename(
                    connection,
                    identity.organisation,
                    visit.text("title"),
                    identity.actor,
                    visit.at,
                )
        except InputError as error:
            return self._page(visit, _title_form(visit, str(error)))
        return done(visit, "organisation", "title")

    def create(self, visit: Seen) -> Response:
        """Make another organisation, whose first owner is who makes it."""
        account, by = own_account(visit).number, visit.identity.actor
        name = visit.text("name").lower()
        try:
            with visit.core.database.begin_across() as connection:
                number = organisations.create(connection, name, visit.text("title"), by, visit.at)
                scope = Scope(connection, number)
                memberships.add(scope, account, Role.OWNER, by, visit.at)
        except InputError as error:
            return self._page(visit, _new_form(visit, str(error)))
        return go(visit.request, base_of(name) + "/")

    def _page(self, visit: Seen, wrong: Form | None = None) -> Response:
        forms = (_title_form(visit), _new_form(visit))
        return show_section(
            self._look,
            visit,
            "organisation",
            refused=wrong is not None,
            intro="What is shown of it to those who belong to it.",
            facts=(("Name", visit.identity.organisation_name), *_kept(visit.core.settings)),
            forms=tuple(wrong if wrong and one.key == wrong.key else one for one in forms),
        )


def _kept(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return how long things are kept, which is set up for the service and not here."""
    days = plural(settings.keep_reports.days, "day")
    ended = plural(settings.keep_observations.days, "day")
    expired = plural(settings.keep_findings.days, "day")
    return (
        ("Reports are kept", days),
        ("Observations are kept", f"{ended} after they ended"),
        ("CT findings are kept", f"{expired} after the certificate expired"),
    )


def _title_form(visit: Seen, error: str = "") -> Form:
    title = visit.text("title") if error else visit.identity.organisation_title
    return Form(
        key="title",
        action=section_path(visit, "organisation", "/title"),
        submit="Save",
        title="Title",
        intro="Its name stays, for addresses hold it.",
        error=error,
        fields=(Field(name="title", label="Title", value=title, required=True),),
    )


def _new_form(visit: Seen, error: str = "") -> Form:
    return Form(
        key="new",
        action=section_path(visit, "organisation", "/new"),
        submit="Make it",
        title="Another organisation",
        intro="Strictly apart from this one, and yours: nobody else sees it until you invite them.",
        error=error,
        fields=(
            Field(
                name="name",
                label="Name",
                hint="small letters, digits and hyphens; it stands in addresses and stays",
                value=visit.text("name") if error else "",
                required=True,
            ),
            Field(
                name="title",
                label="Title",
                value=visit.text("title") if error else "",
                required=True,
            ),
        ),
    )
