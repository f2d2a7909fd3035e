"""The pages Endpoints and Endpoint: what is served where, now and over time."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Finding
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, ChainShown, Link, ReleaseVerdict, State, Verdict
from keypin.web.views.table import Table
from keypin.web.views.timeline import Timeline
from keypin.web.views.users import Users
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """One endpoint in a list.

    Attributes:
        endpoint: `host:port`, and its page.
        protocol: as "TLS" or "SMTP, STARTTLS".
        state: how it is.
        tags: as they were set.
        owner: who answers for it.
        issuer: who signed its leaf; empty where it was never read.
        expires: when the first certificate of its chain ends.
        refused: how many releases refuse what it serves.
        affected: the users with one of them, application by application.
        seen: when it was last read.
    """

    endpoint: Link
    protocol: str
    state: State
    tags: tuple[str, ...]
    owner: str
    issuer: str
    expires: datetime | None
    refused: int
    affected: Users
    seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsView:
    """The list.

    Attributes:
        table: columns `endpoint`, `state`, `refused`, `issuer`, `expires`, `owner`, `seen`.
        add: the form that adds one by hand; None for who may not.
    """

    template: ClassVar[str] = "endpoints.html"

    table: Table[EndpointRow]
    add: Form | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRow:
    """The last handshake with one address, for one kind of key, from one place.

    Attributes:
        address: IP address and port.
        vantage: from where it was read.
        key_kind: which kind of key was asked for.
        at: when.
        state: how it went.
        tls: version and cipher; empty where there was no handshake.
        leaf: the beginning of the leaf's digest; empty as above.
        detail: what went wrong; empty where nothing did.
    """

    address: str
    vantage: str
    key_kind: str
    at: datetime
    state: State
    tls: str = ""
    leaf: str = ""
    detail: str = ""


PROBES: Whole[ProbeRow] = Whole(
    key="probes",
    title="Last handshakes",
    columns=(
        Told("Address", lambda one: one.address),
        Told("From", lambda one: one.vantage),
        Told("Key", lambda one: one.key_kind),
        Told("Read", lambda one: one.at),
        Told("State", lambda one: one.state),
        Told("TLS", lambda one: one.tls),
        Told("Leaf", lambda one: one.leaf),
        Told("Detail", lambda one: one.detail, shown=False),
    ),
    default="address",
    hint="address, from where or state",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """A certificate for this endpoint that was found in a log.

    Attributes:
        subject: its common name or first name, and where one reads more.
        issuer: who signed it.
        logged: when, and in which log.
        log: the log's name.
        ends: until when it is valid.
        state: served, known, never served; or issued by nobody we know.
        releases: what the releases would say if it were deployed.
    """

    subject: Link
    issuer: str
    logged: datetime
    log: str
    ends: datetime
    state: State
    releases: tuple[ReleaseVerdict, ...]

    @property
    def refused_by(self) -> tuple[str, ...]:
        """The releases that would refuse it."""
        return tuple(one.release.text for one in self.releases if one.verdict is Verdict.MISMATCH)


LOGGED: Whole[LoggedRow] = Whole(
    key="logged",
    title="In logs",
    columns=(
        Told("Certificate", lambda one: one.subject),
        Told("Issuer", lambda one: one.issuer),
        Told("Logged", lambda one: one.logged),
        Told("Log", lambda one: one.log, shown=False),
        Told("Ends", lambda one: one.ends),
        Told("State", lambda one: one.state),
        Told("If deployed", lambda one: one.refused_by),
    ),
    default="-logged",
    hint="name, issuer or log",
)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something of the endpoint that ends: what, when, and how urgent that is."""

    what: str
    at: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """One endpoint.

    Attributes:
        row: as in the list.
        vantages: from where it is read, and how often, a sentence.
        chains: what is served now, each distinct chain once.
        releases: what every release says of it now.
        findings: the worst first.
        doubt: why it is not known whether there are others; empty where that is known.
        timeline: certificates, keys, CAs, and what each release said, over time.
        spans: other spans of the timeline, with the one that is shown named by `span`.
        span: the text of the span that is shown.
        expiries: what ends, the nearest first.
        logged: certificates found in logs.
        probes: the last handshakes.
        actions: probe now, pause, remove.
        edit: owner, tags, schedule; None for who may not.
    """

    template: ClassVar[str] = "endpoint.html"

    row: EndpointRow
    vantages: str
    chains: tuple[ChainShown, ...]
    releases: Whole[ReleaseVerdict]
    findings: tuple[Finding, ...]
    timeline: Timeline | None
    spans: tuple[Link, ...]
    span: str
    expiries: tuple[Expiry, ...]
    logged: Whole[LoggedRow]
    probes: Whole[ProbeRow]
    actions: tuple[Action, ...]
    edit: Form | None
    doubt: str = ""
