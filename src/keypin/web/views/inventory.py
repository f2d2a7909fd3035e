"""The pages Inventory, Application and Release: what is in the field, with which pins."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Finding
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, Link, ReleaseVerdict, State
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """An application: itself, its platforms, its owner, its releases, its hosts, and how it is."""

    application: Link
    platforms: tuple[str, ...]
    owner: str
    releases: int
    hosts: int
    newest: str
    state: State


APPLICATIONS: Whole[ApplicationRow] = Whole(
    key="inventory",
    title="Applications",
    columns=(
        Told("Application", lambda one: one.application),
        Told("Platform", lambda one: one.platforms, shown=False),
        Told("State", lambda one: one.state),
        Told("Newest", lambda one: one.newest),
        Told("Releases", lambda one: one.releases, numeric=True),
        Told("Hosts", lambda one: one.hosts, numeric=True),
        Told("Owner", lambda one: one.owner),
    ),
    default="application",
    hint="name, platform or owner",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a plan: `+`, `-` or `~`, what it is about, and what changes."""

    sign: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying a `keypin.toml` would change, and the form that does it.

    Where addresses of routes are missing, a sentence of each, and no form.
    """

    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    apply: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryView:
    """The page.

    Attributes:
        applications: all of them.
        add: the form that adds an application; None for who may not.
        upload: the form that takes a `keypin.toml`; None for who may not.
        plan: what an uploaded one would change; None before one was.
        export: the address of all of it as `keypin.toml`.
    """

    template: ClassVar[str] = "inventory.html"

    applications: Whole[ApplicationRow]
    add: Form | None
    upload: Form | None
    plan: Plan | None
    export: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release: itself, its platform, its share, when it was pushed, its pins, and how it is."""

    release: Link
    platform: str
    share: float | None
    pushed: datetime
    policies: int
    pins: int
    state: State


RELEASES: Whole[ReleaseRow] = Whole(
    key="releases",
    title="Releases",
    columns=(
        Told("Release", lambda one: one.release),
        Told("Platform", lambda one: one.platform),
        Told("Users", lambda one: one.share, numeric=True),
        Told("State", lambda one: one.state),
        Told("Hosts", lambda one: one.policies, numeric=True),
        Told("Pins", lambda one: one.pins, numeric=True),
        Told("Pushed", lambda one: one.pushed),
    ),
    default="-pushed",
    hint="version, platform or state",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationView:
    """One application.

    Attributes:
        name: as people call it.
        owner: who answers for it.
        tags: as they were set.
        collector: where its releases send reports to.
        releases: all of them.
        push: the form that takes a pin set, or an APK or IPA to read it from; None for who may not.
        command: how a pipeline does the same, one command.
        edit: name, owner, tags; None for who may not.
        actions: a new reporting key, removal.
    """

    template: ClassVar[str] = "application.html"

    name: str
    owner: str
    tags: tuple[str, ...]
    collector: str
    releases: Whole[ReleaseRow]
    push: Form | None
    command: str
    edit: Form | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class PinRow:
    """A pin of a policy: its text, role (active, backup…), position, and what it matches."""

    pin: str
    role: str
    position: str
    matches: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShown:
    """One policy.

    Attributes:
        host: the host pattern.
        mode: enforce or report.
        expires: when the policy ends, and what happens then; None where it does not.
        on_expiry: refuse, report, allow; empty where it does not expire.
        pins: in the order of the file.
    """

    host: str
    mode: str
    expires: datetime | None
    on_expiry: str
    pins: tuple[PinRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """One release.

    Attributes:
        application: which it belongs to.
        row: as in the list.
        source: what its pin set was read from, as "pins.toml" or "shop-3.2.apk".
        by: who pushed it, a person or a token; empty where the audit log alone knows.
        policies: its pin set.
        findings: of lint, the worst first.
        verdicts: what it says of what each endpoint serves now; `release` links the endpoint.
        downloads: its pin set as pins.toml, and in other forms.
        share: the form that sets its share of users; None for who may not.
        actions: retire, remove.
    """

    template: ClassVar[str] = "release.html"

    application: Link
    row: ReleaseRow
    source: str
    by: str
    policies: tuple[PolicyShown, ...]
    findings: tuple[Finding, ...]
    verdicts: Whole[ReleaseVerdict]
    downloads: tuple[Link, ...]
    share: Form | None
    actions: tuple[Action, ...]
