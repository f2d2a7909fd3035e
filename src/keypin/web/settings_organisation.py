"""Settings, "Organisation": what it is called."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import organisations
from keypin.web.identity import Action
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Field, Form


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
            return self._page(visit, str(error))
        return done(visit, "organisation", "title")

    def _page(self, visit: Seen, error: str = "") -> Response:
        title = visit.text("title") if error else visit.identity.organisation_title
        form = Form(
            key="title",
            action=section_path(visit, "organisation", "/title"),
            submit="Save",
            title="Title",
            intro="Its name stays, for addresses hold it.",
            error=error,
            fields=(Field(name="title", label="Title", value=title, required=True),),
        )
        return show_section(
            self._look,
            visit,
            "organisation",
            refused=bool(error),
            intro="What is shown of it to those who belong to it.",
            facts=(("Name", visit.identity.organisation_name),),
            forms=(form,),
        )
