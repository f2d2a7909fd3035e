"""The routes of people: the sign-in, invitations, and the settings of accounts, people and tokens.

Security(Starlette(routes=[*people_routes(look), ...]), core)
"""

from starlette.routing import Route

from keypin.web.look import Look
from keypin.web.oidc import OpenId
from keypin.web.settings_account import AccountSection
from keypin.web.settings_dates import DatesSection
from keypin.web.settings_openid import OpenIdLink
from keypin.web.settings_organisation import OrganisationSection
from keypin.web.settings_people import PeopleSection
from keypin.web.settings_second import SecondFactor
from keypin.web.settings_tokens import TokensSection
from keypin.web.sign_in import SignIn
from keypin.web.sign_in_join import Join


def people_routes(look: Look) -> list[Route]:
    """Return the routes, each with its guard.

    Args:
        look: how pages look.
    """
    sign_in, account = SignIn(look), AccountSection(look)
    parts = (
        sign_in,
        Join(sign_in),
        OpenId(sign_in),
        account,
        SecondFactor(look, account),
        OpenIdLink(look, account),
        PeopleSection(look),
        TokensSection(look),
        OrganisationSection(look),
        DatesSection(look),
    )
    return [route for part in parts for route in part.routes()]
