"""Sample views of Settings, the audit log and the sign-in."""

import base64
from datetime import timedelta

from samples_of_pages.common import GOOD, NOTE, NOW, ago, table, text

from keypin.web.views import (
    audit,
    settings,
    sign_in,
)
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.parts import (
    Action,
    Link,
    State,
)


def settings_page() -> settings.SettingsView:
    """Return every kind of section at once, as no real page does."""
    revoke = Action("Revoke", "/r", danger=True, confirm="Revoke it? Pipelines that use it fail.")
    return settings.SettingsView(
        sections=(
            settings.Section(link=Link("Account", "/o/shop/settings"), current=False),
            settings.Section(link=Link("People", "/o/shop/settings/people"), current=True),
            settings.Section(link=Link("Tokens", "/o/shop/settings/tokens"), current=False),
            settings.Section(link=Link("Alert routes", "/o/shop/settings/routes"), current=False),
        ),
        title="People",
        intro="Who may look at Shop, who may change it, and who decides on both.",
        secret=settings.Secret(
            title="The invitation of grace@shop.example",
            text="https://watch.shop.example/invitation/7f4QkXw2",
            detail="It is shown once, and lasts three days.",
        ),
        members=settings.MEMBERS.of(
            (
                settings.Member(
                    name="Ada Byron",
                    email="ada@shop.example",
                    role="owner",
                    state=State(GOOD, "second factor"),
                    seen=ago(minutes=1),
                    actions=(),
                ),
                settings.Member(
                    name="Grace",
                    email="grace@shop.example",
                    role="viewer",
                    state=State(NOTE, "invited"),
                    seen=None,
                    actions=(Action("Make editor", "/e"), revoke),
                ),
            )
        ),
        tokens=settings.TOKENS.of(
            (
                settings.Token(
                    name="ci-mobile",
                    scopes=("release:push",),
                    by="Ada Byron",
                    ends=NOW + timedelta(days=80),
                    used=None,
                    actions=(revoke,),
                ),
            )
        ),
        routes=settings.ROUTES.of(
            (
                settings.RouteShown(
                    name=Link("payments", "?route=payments"),
                    severities=("error", "warning"),
                    owner="payments",
                    target="slack://…/T0…",
                    state=State(GOOD, "delivers"),
                    actions=(Action("Send a test", "/t"), revoke),
                ),
            )
        ),
        secrets=settings.SECRETS.of(
            (
                settings.SecretKept(
                    name=Link("slack", "?secret=slack"),
                    changed=ago(days=3),
                    routes=("payments", "on-call"),
                    actions=(revoke,),
                ),
            )
        ),
        owners=settings.OWNERS.of(
            (
                settings.OwnerShown(
                    name=Link("payments", "?owner=payments"),
                    title="Payments",
                    mail=("pay@shop.example",),
                    applications=2,
                    endpoints=Link("14", "/o/shop/endpoints?q=payments"),
                    actions=(revoke,),
                ),
            )
        ),
        rules=settings.RULES.of(
            (
                settings.RuleShown(
                    place=1,
                    name=Link("payments-refused", "?rule=payments-refused"),
                    about=("chain-*", "of payments"),
                    does=("tells payments-chat", "again every 1h"),
                    actions=(Action("Up", "/up"), revoke),
                ),
            )
        ),
        rehearsal=settings.Rehearsal(
            said="Of the newest 500 alerts it would have decided 12.",
            some=(Link("Shop 3.1 refuses api.shop.example", "/o/shop/alerts/1"),),
            keep=Form(key="keep", action="/k", submit="Keep the rule", fields=()),
        ),
        sessions=settings.SESSIONS.of(
            (
                settings.Session(
                    browser="Firefox on Linux",
                    network="203.0.113.0/24",
                    since=ago(hours=1),
                    current=True,
                    actions=(),
                ),
            )
        ),
        facts=(("Version", "0.9.0"), ("Storage", "SQLite, 41 MB"), ("Reports are kept", "90 days")),
        forms=(
            Form(
                key="invite",
                action="/i",
                title="Invite somebody",
                submit="Invite",
                error="The invitation could not be made.",
                fields=(
                    text(
                        "email",
                        "Mail address",
                        kind="email",
                        value="grace@",
                        error="This is no mail address.",
                    ),
                    text(
                        "role",
                        "Role",
                        kind="choice",
                        options=(Option("viewer", "Viewer"), Option("editor", "Editor")),
                    ),
                    Field(name="mail", label="Send it by mail", kind="tick", value="on"),
                ),
            ),
        ),
        actions=(Action("Sign out everywhere", "/o", "logout"),),
    )


def audit_page() -> audit.AuditView:
    """Return two changes."""
    return audit.AuditView(
        table=table(
            "audit",
            "Changes",
            "at:When, who:Who, action:What, subject:To what, network:From, :Entry",
            (
                audit.AuditRow(
                    at=ago(minutes=4),
                    who="Ada Byron",
                    action="alert.acknowledge",
                    subject="Shop 3.1 refuses api.shop.example",
                    detail=(),
                    network="203.0.113.0/24",
                    number=2114,
                    digest="9b1c" * 16,
                ),
                audit.AuditRow(
                    at=ago(days=33),
                    who="token ci-mobile",
                    action="release.push",
                    subject="Shop 3.2",
                    detail=("pins: 4 → 5",),
                    network="198.51.100.0/24",
                    number=2113,
                    digest="77aa" * 16,
                ),
            ),
            sort="at",
            descending=True,
        ),
        intact=State(GOOD, "Every entry follows from those before it."),
    )


def sign_in_page() -> sign_in.SignInView:
    """Return the door."""
    return sign_in.SignInView(
        title="Sign in",
        form=Form(
            key="sign-in",
            action="/sign-in",
            submit="Sign in",
            error="The address or the password is wrong.",
            fields=(
                text("email", "Mail address", kind="email", complete="username"),
                text("password", "Password", kind="password", complete="current-password"),
            ),
        ),
        providers=(Link("Sign in with Okta", "/sign-in/okta"),),
        links=(Link("Use a recovery code", "/sign-in/recovery"),),
        check="/check",
    )


def code_page() -> sign_in.SignInView:
    """Return the second factor of somebody who sets it up."""
    dot = base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 '
        b'1h3v3H1zM5 5h3v3H5z"/></svg>'
    ).decode()
    return sign_in.SignInView(
        title="One more step",
        intro="Scan this with an authenticator app, then type the six digits that it shows.",
        picture=f"data:image/svg+xml;base64,{dot}",
        secret="JBSW Y3DP EHPK 3PXP",
        form=Form(
            key="code",
            action="/sign-in/code",
            submit="Go on",
            fields=(text("code", "Code", kind="code", complete="one-time-code"),),
        ),
    )
