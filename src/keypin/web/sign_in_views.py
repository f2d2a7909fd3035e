"""What the pages of the sign-in show: each step as a view, filled from a few words."""

from keypin.watch.people.invitations import Invitation
from keypin.watch.settings import Settings
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import Link
from keypin.web.views.sign_in import SignInView

PASSWORD_HINT = "12 characters at least; a few words are good"  # noqa: S105 - a hint


def provider(settings: Settings, query: str = "") -> tuple[Link, ...]:
    """Return the way to sign in by the OpenID provider, if there is one."""
    if not settings.oidc_issuer:
        return ()
    return (Link(f"Sign in with {provider_name(settings)}", f"/sign-in/openid{query}"),)


def provider_name(settings: Settings) -> str:
    """Return what people call the OpenID provider: its host."""
    return settings.oidc_issuer.partition("//")[2].partition("/")[0]


def password_step(
    settings: Settings, back: str, *, mail: str = "", error: str = "", query: str = ""
) -> SignInView:
    """Return the first step: mail and password, or the provider."""
    return SignInView(
        title="Sign in",
        form=Form(
            key="sign-in",
            action="/sign-in",
            submit="Sign in",
            error=error,
            hidden=(("next", back),),
            fields=(
                Field(
                    name="mail",
                    label="Mail",
                    kind="email",
                    value=mail,
                    required=True,
                    complete="username",
                ),
                Field(
                    name="password",
                    label="Password",
                    kind="password",
                    required=True,
                    complete="current-password",
                ),
            ),
        ),
        providers=provider(settings, query),
        check="/check" if settings.check else "",
    )


def code_step(back: str, *, error: str = "") -> SignInView:
    """Return the second step: a code of the device."""
    return SignInView(
        title="One more step",
        intro="Type the six digits that your authenticator shows now.",
        form=Form(
            key="code",
            action="/sign-in/code",
            submit="Go on",
            error=error,
            hidden=(("next", back),),
            fields=(
                Field(
                    name="code", label="Code", kind="code", required=True, complete="one-time-code"
                ),
            ),
        ),
        links=(Link("Use a recovery code", "/sign-in/recovery"), Link("Start again", "/sign-in")),
    )


def recovery_step(*, error: str = "") -> SignInView:
    """Return the second step for a lost device."""
    return SignInView(
        title="Use a recovery code",
        intro="Type one of the codes that you kept when you turned the second factor on. Each "
        "works once.",
        form=Form(
            key="recovery",
            action="/sign-in/recovery",
            submit="Go on",
            error=error,
            fields=(Field(name="code", label="Recovery code", required=True),),
        ),
        links=(Link("Use the authenticator", "/sign-in/code"),),
    )


def join_new(
    settings: Settings,
    invitation: Invitation,
    link: str,
    *,
    mail: str = "",
    name: str = "",
    error: str = "",
) -> SignInView:
    """Return how somebody without an account joins."""
    address = Field(
        name="mail", label="Mail", kind="email", value=mail, required=True, complete="username"
    )
    return SignInView(
        title=f"Join {invitation.title}",
        intro=_invited(invitation),
        form=Form(
            key="join",
            action=f"/join/{link}",
            submit="Make my account",
            error=error,
            fields=(
                *((address,) if invitation.mail is None else ()),
                Field(name="name", label="Your name", value=name, required=True, complete="name"),
                Field(
                    name="password",
                    label="Password",
                    kind="password",
                    hint=PASSWORD_HINT,
                    required=True,
                    complete="new-password",
                ),
            ),
        ),
        providers=provider(settings, f"?join={link}"),
        links=(Link("I have an account", f"/sign-in?next=/join/{link}"),),
    )


def join_known(invitation: Invitation, link: str, mail: str, *, error: str = "") -> SignInView:
    """Return how somebody who is signed in joins."""
    return SignInView(
        title=f"Join {invitation.title}",
        intro=f"{_invited(invitation)} You are signed in as {mail}.",
        form=Form(key="join", action=f"/join/{link}", submit="Join", fields=(), error=error),
    )


def ended() -> SignInView:
    """Return what a link that works no more says."""
    return SignInView(
        title="This invitation has ended",
        intro="A link works once, and for a few days. Ask whoever invited you for another one.",
        links=(Link("Sign in", "/sign-in"),),
    )


def not_linked(error: str, back: str) -> SignInView:
    """Return what somebody sees whose account could not be linked."""
    return SignInView(title="Not linked", intro=error, links=(Link("Back to your account", back),))


def nowhere(mail: str) -> SignInView:
    """Return what somebody sees who belongs to no organisation."""
    return SignInView(
        title="No organisation yet",
        intro=f"You are signed in as {mail}, and belong to no organisation. Ask an owner of one to "
        "invite you, and open the link.",
        form=Form(key="out", action="/sign-out", submit="Sign out", fields=()),
    )


def _invited(invitation: Invitation) -> str:
    whom = f" for {invitation.mail}" if invitation.mail else ""
    by = f"{invitation.invited_by} invites you" if invitation.invited_by else "You are invited"
    return f"{by} as {invitation.role}{whom}."
