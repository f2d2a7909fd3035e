"""Settings, "People": who belongs to the organisation and as what, and who is invited."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import invitations, memberships
from keypin.watch.people.invitations import Invitation
from keypin.watch.people.memberships import Member as Belongs
from keypin.watch.people.roles import Role
from keypin.web.identity import Action
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.parts import Action as Button
from keypin.web.views.parts import State, Tone
from keypin.web.views.settings import MEMBERS, Member, Secret
from keypin.web.words import day


class PeopleSection:
    """The section of people.

    Args:
        look: how pages look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings/people"
        may = page(Action.MANAGE_PEOPLE)
        return [
            Route(base, may(self.show), methods=["GET"]),
            Route(f"{base}/invite", may(self.invite), methods=["POST"]),
            Route(f"{base}/withdraw", may(self.withdraw), methods=["POST"]),
            Route(f"{base}/role", may(self.change_role), methods=["POST"]),
            Route(f"{base}/remove", may(self.remove), methods=["POST"]),
        ]

    def show(self, visit: Seen) -> Response:
        """Show the section."""
        return self._page(visit)

    def invite(self, visit: Seen) -> Response:
        """Make a link, and show it once."""
        try:
            role = _role(visit)
            with visit.begin() as scope:
                link = invitations.create(
                    scope, role, visit.identity.actor, visit.at, mail=visit.text("mail") or None
                )
        except InputError as error:
            return self._page(visit, error=str(error))
        secret = Secret(
            title="The invitation",
            text=f"{visit.core.settings.base_url}/join/{link}",
            detail=f"Send this link to {visit.text('mail') or 'whom you want to join'}. It works "
            f"once, for {invitations.LIFE.days} days, and is not shown again.",
        )
        return self._page(visit, secret=secret)

    def withdraw(self, visit: Seen) -> Response:
        """Take an invitation back."""
        with visit.begin() as scope:
            number = _number(visit, "invitation")
            invitations.withdraw(scope, number, visit.identity.actor, visit.at)
        return done(visit, "people", "withdrawn")

    def change_role(self, visit: Seen) -> Response:
        """Make a member something else."""
        try:
            role = _role(visit)
            with visit.begin() as scope:
                account = _number(visit, "account")
                memberships.change_role(scope, account, role, visit.identity.actor, visit.at)
        except (InputError, LookupError) as error:
            return self._page(visit, error=str(error))
        return done(visit, "people", "role")

    def remove(self, visit: Seen) -> Response:
        """End a membership."""
        try:
            with visit.begin() as scope:
                account = _number(visit, "account")
                memberships.remove(scope, account, visit.identity.actor, visit.at)
        except (InputError, LookupError) as error:
            return self._page(visit, error=str(error))
        return done(visit, "people", "removed")

    def _page(self, visit: Seen, *, error: str = "", secret: Secret | None = None) -> Response:
        with visit.read() as scope:
            members = memberships.of(scope)
            invited = invitations.of(scope, visit.at)
        return show_section(
            self._look,
            visit,
            "people",
            refused=bool(error),
            intro="Viewers see everything, editors change the inventory and alerts, owners also "
            "people, tokens and settings.",
            secret=secret,
            members=MEMBERS.of(
                (
                    *(_member(visit, one) for one in members),
                    *(_invited(visit, one) for one in invited),
                )
            ),
            forms=(_invite_form(visit, error),),
        )


def _member(visit: Seen, one: Belongs) -> Member:
    state = State(Tone.GOOD, "second factor") if one.has_second else State(Tone.QUIET, "password")
    if one.disabled:
        state = State(Tone.BAD, "disabled")
    return Member(
        name=one.name,
        email=one.mail,
        role=one.role,
        state=state,
        seen=one.seen,
        actions=_actions(visit, one),
    )


def _actions(visit: Seen, one: Belongs) -> tuple[Button, ...]:
    account = ("account", str(one.account))
    changes = tuple(
        Button(
            f"Make {role}",
            section_path(visit, "people", "/role"),
            confirm=f"Make {one.name} {role}? They sign in anew.",
            fields=(account, ("role", role.value)),
        )
        for role in Role
        if role is not one.role
    )
    remove = Button(
        "Remove",
        section_path(visit, "people", "/remove"),
        danger=True,
        confirm=f"Remove {one.name} from the organisation?",
        fields=(account,),
    )
    return (*changes, remove)


def _invited(visit: Seen, one: Invitation) -> Member:
    withdraw = Button(
        "Take back",
        section_path(visit, "people", "/withdraw"),
        danger=True,
        fields=(("invitation", str(one.number)),),
    )
    return Member(
        name="Invited",
        email=one.mail or "whoever has the link",
        role=one.role,
        state=State(Tone.NOTE, f"until {day(one.expires_at)}"),
        seen=None,
        actions=(withdraw,),
    )


def _invite_form(visit: Seen, error: str) -> Form:
    return Form(
        key="invite",
        action=section_path(visit, "people", "/invite"),
        submit="Make a link",
        title="Invite somebody",
        intro="You get a link that works once. Bound to a mail, it is for that person alone.",
        error=error,
        fields=(
            Field(
                name="mail", label="Mail", kind="email", value=visit.text("mail") if error else ""
            ),
            Field(
                name="role",
                label="Role",
                kind="choice",
                value=Role.VIEWER,
                required=True,
                options=tuple(Option(role, role.capitalize()) for role in Role),
            ),
        ),
    )


def _role(visit: Seen) -> Role:
    text = visit.text("role")
    if text not in set(Role):
        raise InputError(f"{text[:50]!r} is no role", expected=f"one of {', '.join(Role)}")
    return Role(text)


def _number(visit: Seen, name: str) -> int:
    """Return a number of the form; 0, which nothing has, where it is none."""
    text = visit.text(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - of 63 bits
