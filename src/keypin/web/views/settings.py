"""The page Settings: an organisation, its people, tokens and routes; a person's own account."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.web.views.form import Form
from keypin.web.views.parts import Action, Link, State
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who belongs to the organisation, or is invited."""

    name: str
    email: str
    role: str
    state: State
    seen: datetime | None
    actions: tuple[Action, ...]


MEMBERS: Whole[Member] = Whole(
    key="members",
    title="Who belongs to it",
    columns=(
        Told("Name", lambda one: one.name),
        Told("Mail", lambda one: one.email, shown=False),
        Told("Role", lambda one: one.role),
        Told("State", lambda one: one.state),
        Told("Seen", lambda one: one.seen),
        Told("Actions", None),
    ),
    hint="name, mail or role",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token of the API: its name, scopes, maker, when it ends and was last used."""

    name: str
    scopes: tuple[str, ...]
    by: str
    ends: datetime | None
    used: datetime | None
    actions: tuple[Action, ...]


TOKENS: Whole[Token] = Whole(
    key="tokens",
    title="Tokens in use",
    columns=(
        Told("Token", lambda one: one.name),
        Told("By", lambda one: one.by, shown=False),
        Told("Scopes", lambda one: one.scopes),
        Told("Ends", lambda one: one.ends),
        Told("Used", lambda one: one.used),
        Told("Actions", None),
    ),
    hint="name, maker or scope",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteShown:
    """Who is told: by severity and owner, where to; the address with its secrets blotted out."""

    name: Link
    severities: tuple[str, ...]
    owner: str
    target: str
    state: State
    actions: tuple[Action, ...]


ROUTES: Whole[RouteShown] = Whole(
    key="routes",
    title="Who is told",
    columns=(
        Told("Route", lambda one: one.name),
        Told("Which alerts", lambda one: one.severities),
        Told("Owner", lambda one: one.owner, shown=False),
        Told("To", lambda one: one.target),
        Told("State", lambda one: one.state),
        Told("Actions", None),
    ),
    hint="name, owner or address",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKept:
    """A secret that is kept: since when it is what it is, and the routes that name it."""

    name: Link
    changed: datetime
    routes: tuple[str, ...]
    actions: tuple[Action, ...]


SECRETS: Whole[SecretKept] = Whole(
    key="secrets",
    title="What is kept",
    columns=(
        Told("Secret", lambda one: one.name),
        Told("Changed", lambda one: one.changed),
        Told("Named by", lambda one: one.routes),
        Told("Actions", None),
    ),
    hint="name or route",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerShown:
    """People who act: who they are, how they are reached, and what is theirs."""

    name: Link
    title: str
    mail: tuple[str, ...]
    applications: int
    endpoints: Link
    actions: tuple[Action, ...]


OWNERS: Whole[OwnerShown] = Whole(
    key="owners",
    title="Who acts",
    columns=(
        Told("Owner", lambda one: one.name),
        Told("Title", lambda one: one.title, shown=False),
        Told("Mail", lambda one: one.mail),
        Told("Applications", lambda one: one.applications, numeric=True),
        Told("Endpoints", lambda one: one.endpoints, numeric=True),
        Told("Actions", None),
    ),
    hint="name, title or mail",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShown:
    """A rule: its place among those of the organisation, what it is about, and what it does."""

    place: int
    name: Link
    about: tuple[str, ...]
    does: tuple[str, ...]
    actions: tuple[Action, ...]


RULES: Whole[RuleShown] = Whole(
    key="rules",
    title="Your rules, the first that matches decides",
    columns=(
        Told("Place", lambda one: one.place, numeric=True),
        Told("Rule", lambda one: one.name),
        Told("About", lambda one: one.about),
        Told("Then", lambda one: one.does),
        Told("Actions", None),
    ),
    hint="name, or what it is about",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rule would have decided, before it is kept.

    Attributes:
        said: how many of how many alerts, one sentence.
        some: a few of them.
        keep: the form that keeps the rule.
    """

    said: str
    some: tuple[Link, ...]
    keep: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where a person is signed in: browser and network, since when, and whether it is this one."""

    browser: str
    network: str
    since: datetime
    current: bool
    actions: tuple[Action, ...]


SESSIONS: Whole[Session] = Whole(
    key="sessions",
    title="Where you are signed in",
    columns=(
        Told("Signed in with", lambda one: one.browser),
        Told("From", lambda one: one.network),
        Told("Since", lambda one: one.since),
        Told("This one", lambda one: one.current, shown=False),
        Told("Actions", None),
    ),
    hint="browser or network",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What is shown once: an invitation, a token, recovery codes.

    Attributes:
        title: what it is.
        text: the secret itself; several stand on a line each.
        detail: what to do with it.
        picture: the same as a QR code, an SVG in a `data:` address; none where empty.
    """

    title: str
    text: str
    detail: str
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the settings: what it is called, and its address; whether it is shown."""

    link: Link
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """The page, one section at a time.

    Attributes:
        sections: account, organisation, people, tokens, alert routes, data.
        title: of the section that is shown.
        intro: what it is for, a sentence or two.
        secret: shown once, above the rest; None where there is none.
        forms: of this section, those that may be sent by who looks.
        members: shown in "people".
        tokens: shown in "tokens".
        routes: shown in "alert routes".
        secrets: shown in "secrets".
        owners: shown in "owners".
        rules: shown in "alert rules".
        rehearsal: of a rule that is not kept yet; None otherwise.
        sessions: shown in "account".
        facts: what is so and cannot be changed here, name and value: version, storage, retention.
        actions: of this section, as "Turn off the second factor".
    """

    template: ClassVar[str] = "settings.html"

    sections: tuple[Section, ...]
    title: str
    intro: str
    secret: Secret | None = None
    forms: tuple[Form, ...] = ()
    members: Whole[Member] | None = None
    tokens: Whole[Token] | None = None
    routes: Whole[RouteShown] | None = None
    secrets: Whole[SecretKept] | None = None
    owners: Whole[OwnerShown] | None = None
    rules: Whole[RuleShown] | None = None
    rehearsal: Rehearsal | None = None
    sessions: Whole[Session] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[Action, ...] = ()
