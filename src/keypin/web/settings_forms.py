"""The forms of "Your account", and what reads them."""

from starlette.exceptions import HTTPException

from keypin.watch.people import accounts
from keypin.watch.people.accounts import Account
from keypin.web.identity import Identity, Kind
from keypin.web.identity_page import Visit
from keypin.web.settings_sections import Seen, section_path
from keypin.web.sign_in_views import PASSWORD_HINT, provider_name
from keypin.web.views.form import Field, Form


def own_account(visit: Seen) -> Account:
    """Return the account of who looks.

    Raises:
        HTTPException: 403, a program looks, which has none.
    """
    if visit.identity.kind is not Kind.ACCOUNT:
        raise HTTPException(403, "a token has no account; sign in as a person")
    with visit.core.database.read_across() as connection:
        return accounts.get(connection, visit.identity.number)


def secret_text(visit: Visit[Identity], name: str) -> str:
    """Return a field as it was typed: blanks belong to a password."""
    value = visit.form.get(name, "")
    return value if isinstance(value, str) else ""


def password_field(name: str = "password", label: str = "Your password") -> Field:
    """Return the field that asks for the password again."""
    return Field(
        name=name, label=label, kind="password", required=True, complete="current-password"
    )


def name_form(visit: Seen, account: Account, error: str = "") -> Form:
    """Return the form of the name."""
    value = visit.text("name", account.name) if error else account.name
    return Form(
        key="name",
        action=section_path(visit, "account", "/name"),
        submit="Save",
        title="Name",
        error=error,
        fields=(
            Field(name="name", label="Your name", value=value, required=True, complete="name"),
        ),
    )


def password_forms(visit: Seen, account: Account) -> tuple[Form, ...]:
    """Return the forms of who signs in by password; none for others."""
    if not account.has_password:
        return ()
    return (password_form(visit), *second_forms(visit, account))


def password_form(visit: Seen, error: str = "") -> Form:
    """Return the form of the password."""
    new = Field(
        name="new",
        label="New password",
        kind="password",
        hint=PASSWORD_HINT,
        required=True,
        complete="new-password",
    )
    return Form(
        key="password",
        action=section_path(visit, "account", "/password"),
        submit="Change the password",
        title="Password",
        intro="You are signed out everywhere else.",
        error=error,
        fields=(password_field(label="Present password"), new),
    )


def second_forms(visit: Seen, account: Account) -> tuple[Form, ...]:
    """Return the forms of the second factor, as it is on or off."""
    if account.has_second:
        return (codes_form(visit), off_form(visit))
    return (begin_form(visit),)


def openid_forms(visit: Seen, account: Account) -> tuple[Form, ...]:
    """Return the form that links the account to the provider, or that takes the link away.

    None is for an account that the provider alone lets in, and where there is no provider.
    """
    if not account.has_password:
        return ()
    if account.issuer:
        return (unlink_form(visit, account),)
    return (link_form(visit),) if visit.core.settings.oidc_issuer else ()


def link_form(visit: Seen, error: str = "") -> Form:
    """Return the form that begins to link the account to the provider."""
    name = provider_name(visit.core.settings)
    return Form(
        key="link",
        action=section_path(visit, "account", "/openid/link"),
        submit="Go on",
        title=f"Sign in with {name}",
        intro=f"Link your account to who you are at {name}: from then on either lets you in, and "
        "the second factor is asked after the password alone.",
        error=error,
        fields=(password_field(),),
    )


def unlink_form(visit: Seen, account: Account, error: str = "") -> Form:
    """Return the form that takes the link to a provider away."""
    return Form(
        key="unlink",
        action=section_path(visit, "account", "/openid/unlink"),
        submit="Unlink it",
        title=f"Sign in through {account.issuer}",
        intro="Without it your password alone lets you in. You are signed out everywhere else.",
        error=error,
        danger=True,
        fields=(password_field(),),
    )


def begin_form(visit: Seen, error: str = "") -> Form:
    """Return the form that begins to turn the second factor on."""
    return Form(
        key="second",
        action=section_path(visit, "account", "/second/begin"),
        submit="Turn it on",
        title="Second factor",
        intro="A code of your phone beside the password: who has learnt the password is still out.",
        error=error,
        fields=(password_field(),),
    )


def codes_form(visit: Seen, error: str = "") -> Form:
    """Return the form of new recovery codes."""
    return Form(
        key="codes",
        action=section_path(visit, "account", "/second/codes"),
        submit="Show new ones",
        title="Recovery codes",
        intro="Ten codes for a lost phone, each of which works once. New ones replace the former.",
        error=error,
        fields=(password_field(),),
    )


def off_form(visit: Seen, error: str = "") -> Form:
    """Return the form that turns the second factor off."""
    return Form(
        key="second-off",
        action=section_path(visit, "account", "/second/off"),
        submit="Turn off the second factor",
        title="Second factor",
        error=error,
        danger=True,
        fields=(password_field(),),
    )
