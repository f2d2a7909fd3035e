"""The pages Alerts and Alert: what somebody was told, on what evidence, and what came of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Severity
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, Link, State, Tab
from keypin.web.views.table import Table
from keypin.web.views.whole import Told, Whole

_ASIDE = re.compile(r" \([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert in a list.

    Attributes:
        href: its page.
        severity: how bad.
        title: what happened, one sentence.
        subject: the endpoint, release, log or group of reports that it is about.
        since: when it began.
        state: open, acknowledged, silenced, resolved.
        owner: who is told; empty where nobody is.
        next_step: what to do, an imperative sentence.
        affected: the share of users whom it concerns; None where that is not known.
        count: how many findings it stands for.
    """

    href: str
    severity: Severity
    title: str
    subject: Link
    since: datetime
    state: State
    owner: str
    next_step: str
    affected: float | None = None
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
class AlertsView:
    """The list.

    Attributes:
        tabs: open, silenced, resolved.
        table: columns `severity`, `title`, `subject`, `since`, `state`, `owner`.
        feed: the address of the alerts as RSS.
        routes: where it is set who is told.
    """

    template: ClassVar[str] = "alerts.html"

    tabs: tuple[Tab, ...]
    table: Table[AlertRow]
    feed: str
    routes: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an alert: when, how that was, what, and by whom."""

    at: datetime
    state: State
    text: str
    by: str = ""


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
        rule: the rule's identifier.
        message: what was seen, in full.
        cure: what to do about it.
        evidence: the facts it rests on, one line each.
        links: where the evidence is: endpoint, release, certificate, group.
        actions: acknowledge, resolve, end a silence.
        silence: the form that silences it; None for who may not.
        events: what happened to it, the newest first.
        deliveries: who was told.
    """

    template: ClassVar[str] = "alert.html"

    alert: AlertRow
    rule: str
    message: str
    cure: str
    evidence: tuple[str, ...]
    links: tuple[Link, ...]
    actions: tuple[Action, ...]
    silence: Form | None
    events: tuple[Event, ...]
    deliveries: Whole[Delivery]
