"""Settings, "Tokens": what programs use the API with."""

from starlette.responses import Response
from starlette.routing import Route

from keypin.errors import InputError
from keypin.watch.people import tokens
from keypin.watch.people.roles import SCOPES
from keypin.watch.people.tokens import Token as Kept
from keypin.web.days import end_of
from keypin.web.identity import Action
from keypin.web.identity_page import page
from keypin.web.look import Look
from keypin.web.settings_sections import Seen, done, section_path, show_section
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Action as Button
from keypin.web.views.settings import TOKENS, Secret, Token


class TokensSection:
    """The section of tokens.

    Args:
        look: how pages look.
    """

    def __init__(self, look: Look) -> None:
        self._look = look

    def routes(self) -> list[Route]:
        """Return the routes."""
        base = "/o/{organisation}/settings/tokens"
        may = page(Action.MANAGE_TOKENS)
        return [
            Route(base, may(self.show), methods=["GET"]),
            Route(f"{base}/make", may(self.make), methods=["POST"]),
            Route(f"{base}/revoke", may(self.revoke), methods=["POST"]),
        ]

    def show(self, visit: Seen) -> Response:
        """Show the section."""
        return self._page(visit)

    def make(self, visit: Seen) -> Response:
        """Make a token, and show it once."""
        chosen = [scope for scope in SCOPES if visit.text(_field(scope))]
        try:
            ends = end_of(visit.text("ends"), "ends")
            with visit.begin() as scope:
                text = tokens.create(
                    scope,
                    visit.text("name"),
                    chosen,
                    visit.identity.actor,
                    visit.at,
                    expires_at=ends,
                )
        except InputError as error:
            return self._page(visit, form=_form(visit, str(error)))
        secret = Secret(
            title=f"The token {visit.text('name')}",
            text=text,
            detail="It is shown this once. Put it where your pipeline keeps secrets, as "
            "KEYPIN_TOKEN; requests carry it as Authorization: Bearer.",
        )
        return self._page(visit, secret=secret)

    def revoke(self, visit: Seen) -> Response:
        """End a token."""
        text = visit.text("token")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - of 63 bits
        with visit.begin() as scope:
            tokens.revoke(scope, number, visit.identity.actor, visit.at)
        return done(visit, "tokens", "revoked")

    def _page(
        self, visit: Seen, *, form: Form | None = None, secret: Secret | None = None
    ) -> Response:
        with visit.read() as scope:
            kept = tokens.of(scope)
        return show_section(
            self._look,
            visit,
            "tokens",
            refused=form is not None,
            intro="A token is for a program, and belongs to the organisation: it goes on when its "
            "maker leaves. Give each program its own, with no more scopes than it needs.",
            secret=secret,
            tokens=TOKENS.of(_token(visit, one) for one in kept),
            forms=(form or _form(visit),),
        )


def _token(visit: Seen, one: Kept) -> Token:
    revoke = Button(
        "Revoke",
        section_path(visit, "tokens", "/revoke"),
        danger=True,
        confirm=f"Revoke {one.name}? What uses it stops at once.",
        fields=(("token", str(one.number)),),
    )
    return Token(
        name=one.name,
        scopes=one.scopes,
        by=one.created_by,
        ends=one.expires_at,
        used=one.used_at,
        actions=(revoke,),
    )


def _field(scope: str) -> str:
    return f"scope-{scope.replace(':', '-')}"


def _form(visit: Seen, error: str = "") -> Form:
    kept = visit.text if error else _nothing
    return Form(
        key="token",
        action=section_path(visit, "tokens", "/make"),
        submit="Make a token",
        title="A new token",
        error=error,
        fields=(
            Field(
                name="name",
                label="Name",
                hint="which program it is for",
                value=kept("name"),
                required=True,
            ),
            *(
                Field(
                    name=_field(one),
                    label=one,
                    kind="tick",
                    value=kept(_field(one)),
                    hint=_hint(one),
                )
                for one in SCOPES
            ),
            Field(name="ends", label="Last day", kind="date", value=kept("ends")),
        ),
    )


def _hint(scope: str) -> str:
    """Say what a scope grants."""
    actions = SCOPES[scope]
    return (
        "everything that an owner may"
        if len(actions) == len(Action)
        else ", ".join(sorted(actions))
    )


def _nothing(name: str) -> str:
    """Return what stands in a field of a form that is shown first."""
    del name
    return ""
