"""The forecast: who breaks, when and why, as rows in the order of time.

A row is one thing that happens on one host to one release, or to everybody, with the facts that it
rests on; `keypin.rotation.forecast_rows` finds the rows of a host, and `merge` puts those of many
in order. Rows of several releases that tell the same are one event, whose users are added up. Words
are made of an event when somebody reads it (`keypin.rotation.forecast_words`).

Must not know of storage or of clocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keypin.certs import Certificate, VerificationError
from keypin.pins import MismatchError, Policy
from keypin.rotation.forecast_share import Hit, UsedRelease, hits
from keypin.rotation.gate import State
from keypin.rotation.issued import Fate, Issued
from keypin.rotation.release import Match


class Kind(StrEnum):
    """What happens; those first that are worse, should they come at once."""

    NOT_VERIFIED = "not-verified"
    """Nobody can connect: no client accepts what is served, whatever is pinned."""
    BREAKS_NOW = "breaks-now"
    """A release refuses what is served."""
    CERTIFICATE_EXPIRES = "certificate-expires"
    """Nobody can connect from then on, if the same is still served."""
    BREAKS_LATER = "breaks-later"
    """The last path on which a pin matches ends, and the certificate lives on."""
    POLICY_REFUSES = "policy-refuses"
    """A policy expires, and refuses every connection from then on."""
    PLAN_BREAKS = "plan-breaks"
    """A release, or everybody, would refuse what is planned."""
    ISSUED_BREAKS = "issued-breaks"
    """A release would refuse what a log has seen issued, were it deployed."""
    NO_PIN_LEFT = "no-pin-left"
    """The last certificate that a pin matches ends, and no pin of the release is in reserve."""
    POLICY_ENDS = "policy-ends"
    """A policy expires, and protects nobody from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A chain that is to be deployed.

    Attributes:
        name: what people call the plan.
        at: when, timezone-aware.
        chain: the certificates as the server would send them, its own first.
    """

    name: str
    at: datetime
    chain: tuple[Certificate, ...]

    def __post_init__(self) -> None:
        """Refuse a plan that plans nothing, or for no moment."""
        if not self.chain:
            raise ValueError("a chain has at least one certificate")
        if self.at.tzinfo is None:
            raise ValueError(f"the time {self.at} has no time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A chain that is refused.

    Attributes:
        certificate: the server's own.
        state: the gate's word on it.
        refusal: why, on the first path where it is refused.
        plan: the plan that would deploy it, or None: it is served now.
        today: the pins that match what is deployed now, where that was asked.
    """

    certificate: Certificate
    state: State
    refusal: MismatchError | VerificationError
    plan: Plan | None = None
    today: tuple[Match, ...] | None = None

    @property
    def policy(self) -> Policy | None:
        """The policy that decides, or None: none does."""
        return self.state.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A certificate that ends, and with it the last path to an anchor.

    Attributes:
        certificate: the server's own, or one above it.
        plan: the plan that replaces the chain before.
    """

    certificate: Certificate
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """The last certificate that matches, of a policy whose every pin is in use.

    Attributes:
        match: the certificate, its pin, and where it stands.
    """

    match: Match

    @property
    def certificate(self) -> Certificate:
        """The certificate."""
        return self.match.certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A policy that expires.

    Attributes:
        policy: the policy.
    """

    policy: Policy

    @property
    def certificate(self) -> None:
        """No certificate matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A certificate that a log has seen, and that is not served.

    Attributes:
        issued: the certificate, and where it was seen.
        fate: what a release would do, were it deployed.
    """

    issued: Issued
    fate: Fate

    @property
    def certificate(self) -> Certificate:
        """The certificate."""
        return self.issued.certificate


Facts = Refused | Ending | Exhausted | Expired | Logged


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that happens on one host to one release, or to everybody.

    Attributes:
        at: when.
        host: the canonical host.
        kind: what.
        facts: what it rests on.
        used: the release, or None: everybody, whatever is pinned.
        partly: whether only for some connections: for some of the chains that are served, or on
            some of the paths that clients may build.
    """

    at: datetime
    host: str
    kind: Kind
    facts: Facts
    used: UsedRelease | None = None
    partly: bool = False

    @property
    def told_with(self) -> tuple[object, ...]:
        """What it has in common with the rows of other releases that tell the same."""
        plan = self.facts.plan if isinstance(self.facts, Refused) else None
        everybody = self.used is None
        return self.at, self.host, self.kind, everybody, self.partly, self.facts.certificate, plan

    @property
    def order(self) -> tuple[datetime, str, int, bytes, str, str]:
        """Where it stands among others: by time, host, kind, certificate and release."""
        certificate = self.facts.certificate
        digest = certificate.sha256 if certificate else b""
        application, release = self.used.key if self.used else ("", "")
        return self.at, self.host, _RANKS[self.kind], digest, application, release


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Event:
    """Rows of several releases that tell the same; they differ in the release alone."""

    rows: tuple[Row, ...]

    @property
    def at(self) -> datetime:
        """When."""
        return self.rows[0].at

    @property
    def host(self) -> str:
        """Where."""
        return self.rows[0].host

    @property
    def kind(self) -> Kind:
        """What."""
        return self.rows[0].kind

    @property
    def releases(self) -> tuple[UsedRelease, ...]:
        """Which releases; empty: everybody is hit."""
        return tuple(row.used for row in self.rows if row.used is not None)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The users that are hit, application by application; empty: everybody is."""
        return hits(self.releases)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will happen, as it looks at one moment.

    Attributes:
        at: the moment.
        rows: by time.
    """

    at: datetime
    rows: tuple[Row, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """Its rows, those together that tell the same; by time."""
        found: dict[object, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.told_with, []).append(row)
        return tuple(Event(tuple(rows)) for rows in found.values())


def merge(at: datetime, hosts: Iterable[Iterable[Row]]) -> Forecast:
    """Return the forecast of many hosts.

    Args:
        at: now, timezone-aware.
        hosts: the rows of each, as `forecast_host` returned them, perhaps a while ago: what has
            come true since then stays until its host is forecast anew.
    """
    rows = sorted((row for host in hosts for row in host), key=lambda row: row.order)
    return Forecast(at, tuple(rows))


_UNDATED = {Kind.NOT_VERIFIED, Kind.BREAKS_NOW, Kind.ISSUED_BREAKS}


def deadlines(forecast: Forecast, *, until: datetime | None = None) -> tuple[Event, ...]:
    """Return what has a date ahead, the nearest first.

    Args:
        forecast: what will happen.
        until: the last moment that matters; without it, all do.

    Returns:
        What breaks now, and what would break if somebody deployed a certificate, is not among them.
    """
    return tuple(
        event
        for event in forecast.events
        if event.kind not in _UNDATED
        and event.at > forecast.at
        and (until is None or event.at <= until)
    )
