"""The page behind an invitation: whoever has the link makes an account, or joins with theirs."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import accounts, invitations, organisations
from keypin.watch.people.invitations import Invitation
from keypin.watch.people.sessions import SignedIn
from keypin.web import sign_in_views as views
from keypin.web.identity_frame import base_of
from keypin.web.identity_page import anyone
from keypin.web.sign_in import Anyone, SignIn, begin, whole

_GONE = 404
_REFUSED = 422


class Join:
    """The page of invitations.

    Args:
        sign_in: the pages beside it, whose count of tries it shares.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/join/{link}", anyone(self.ask), methods=["GET"]),
            Route("/join/{link}", anyone(self.accept), methods=["POST"]),
        ]

    def ask(self, visit: Anyone) -> Response:
        """Show who invites, and what is needed."""
        self._sign_in.slow_down(visit)
        invitation = _invitation(visit)
        if invitation is None:
            return self._sign_in.show(visit, views.ended(), _GONE)
        link, person = _link(visit), whole(visit.request, visit)
        if person is not None:
            return self._sign_in.show(visit, views.join_known(invitation, link, person.mail))
        return self._sign_in.show(visit, views.join_new(visit.core.settings, invitation, link))

    def accept(self, visit: Anyone) -> Response:
        """Make somebody a member."""
        self._sign_in.slow_down(visit)
        invitation = _invitation(visit)
        if invitation is None:
            return self._sign_in.show(visit, views.ended(), _GONE)
        person = whole(visit.request, visit)
        try:
            account = (
                _join_new(visit, invitation) if person is None else _join(visit, invitation, person)
            )
        except InputError as error:
            return self._again(visit, invitation, person, str(error))
        with visit.core.database.read_across() as connection:
            name = organisations.get(connection, invitation.organisation).name
        home = base_of(name) + "/"
        return begin(visit, account, home, organisation=invitation.organisation)

    def _again(
        self, visit: Anyone, invitation: Invitation, person: SignedIn | None, error: str
    ) -> Response:
        link = _link(visit)
        if person is not None:
            view = views.join_known(invitation, link, person.mail, error=error)
        else:
            view = views.join_new(
                visit.core.settings,
                invitation,
                link,
                mail=visit.text("mail"),
                name=visit.text("name"),
                error=error,
            )
        return self._sign_in.show(visit, view, _REFUSED)


def _link(visit: Anyone) -> str:
    return str(visit.request.path_params["link"])


def _invitation(visit: Anyone) -> Invitation | None:
    with visit.core.database.read_across() as connection:
        return invitations.find(connection, _link(visit), visit.at)


def _join(visit: Anyone, invitation: Invitation, person: SignedIn) -> int:
    invitations.accept(visit.core.database, invitation, person.account, visit.at)
    return person.account


def _join_new(visit: Anyone, invitation: Invitation) -> int:
    """Make an account, and a member of it, or neither."""
    password = visit.form.get("password", "")
    with visit.core.database.begin(invitation.organisation) as scope:
        account = accounts.create(
            scope.connection,
            invitation.mail or visit.text("mail"),
            visit.text("name"),
            visit.at,
            password=password if isinstance(password, str) else "",
        )
        invitations.accept_within(scope, invitation, account, visit.at)
    return account
