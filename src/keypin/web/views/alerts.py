"""The pages Alerts and Alert: what somebody was told, on what evidence, and what came of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Severity
from keypin.web.views.form import Form, Option
from keypin.web.views.parts import Action, Link, State, Tab
from keypin.web.views.table import Table
from keypin.web.views.users import NOBODY, Users
from keypin.web.views.whole import Told, Whole

_ASIDE = re.compile(r" \([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert in a list.

    Attributes:
        number: by which it is chosen.
        href: its page.
        severity: how bad.
        title: what happened, one sentence.
        subject: the endpoint, release, log or group of reports that it is about.
        since: when it began.
        state: open, acknowledged, silenced, resolved.
        owner: who is told; empty where nobody is.
        next_step: what to do, an imperative sentence.
        affected: the users whom it concerns, application by application.
        count: how many findings it stands for.
    """

    number: int
    href: str
    severity: Severity
    title: str
    subject: Link
    since: datetime
    state: State
    owner: str
    next_step: str
    affected: Users = NOBODY
    count: int = 1

    @property
    def headline(self) -> str:
        """What happened, without why, whom it hits in particular, or what follows."""
        return _ASIDE.sub("", self.title.partition(": ")[0])

    @property
    def rest(self) -> str:
        """Why, or what follows; empty where the title does not say."""
        said = self.title.partition(": ")[2]
        return f"{said[:1].upper()}{said[1:]}." if said else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What can be done with several alerts, which are chosen in the table.

    Attributes:
        action: where the form goes.
        state: of those that are listed.
        deeds: a button for each: what it sends as `do`, and what it says.
        spans: how long silences may be.
        span: the one that is chosen.
        note: what stands in the field of the note.
        ticked: the numbers of those that are chosen already.
        error: what was wrong; empty where nothing was.
    """

    action: str
    state: str
    deeds: tuple[Option, ...]
    spans: tuple[Option, ...]
    span: str
    note: str = ""
    ticked: frozenset[int] = frozenset()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """The list.

    Attributes:
        tabs: open, silenced, resolved.
        table: columns `severity`, `title`, `subject`, `since`, `state`, `owner`.
        chosen: what can be done with several; None for who may not, or where nothing can.
        feed: the address of the alerts as RSS.
        routes: where it is set who is told.
    """

    template: ClassVar[str] = "alerts.html"

    tabs: tuple[Tab, ...]
    table: Table[AlertRow]
    chosen: Chosen | None
    feed: str
    routes: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an alert: when, how that was, what, by whom, and what they said of it."""

    at: datetime
    state: State
    text: str
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact: the pin that it begins with, or none, what it says, and what belongs to it."""

    pin: str
    text: str
    items: tuple["Evidence", ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One telling: the route, to whom, how it went, when, and how often it was tried."""

    route: str
    target: str
    state: State
    at: datetime
    attempts: int
    detail: str = ""


DELIVERIES: Whole[Delivery] = Whole(
    key="deliveries",
    title="Who was told",
    columns=(
        Told("Route", lambda one: one.route),
        Told("To", lambda one: one.target),
        Told("State", lambda one: one.state),
        Told("When", lambda one: one.at),
        Told("Tries", lambda one: one.attempts, numeric=True),
        Told("Detail", lambda one: one.detail, shown=False),
    ),
    default="-when",
    hint="route or state",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert.

    Attributes:
        alert: as in the list.
        heading: what was found, and about what, in a few words.
        rule: the rule's identifier.
        message: what was seen, in full.
        cure: what to do about it.
        evidence: the facts it rests on.
        links: where the evidence is: endpoint, release, certificate, group.
        actions: acknowledge, resolve, end a silence.
        care: the form that acknowledges it with a note; None where that cannot be.
        silence: the form that silences it; None for who may not.
        events: what happened to it, the newest first.
        deliveries: who was told.
    """

    template: ClassVar[str] = "alert.html"

    alert: AlertRow
    heading: str
    rule: str
    message: str
    cure: str
    evidence: tuple[Evidence, ...]
    links: tuple[Link, ...]
    actions: tuple[Action, ...]
    care: Form | None
    silence: Form | None
    events: tuple[Event, ...]
    deliveries: Whole[Delivery]
