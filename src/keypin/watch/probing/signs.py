"""What is to be told of an endpoint: signals, made of what was judged.

A table says under which name each thing is told; whoever routes alerts goes by those. Everything is
told again at each judgement while it holds, and once more when it has cleared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keypin.alerts import Signal, Subject
from keypin.certs import Certificate, Endpoint, Observation
from keypin.findings import Finding, Severity
from keypin.rotation.forecast import Ending, Event, Forecast, Kind, Refused, Row
from keypin.rotation.forecast_findings import finding
from keypin.rotation.gate import Outcome
from keypin.watch.inventory.field import Fielded
from keypin.watch.probing.court import Verdict

NAMES: dict[Kind, str] = {
    Kind.NOT_VERIFIED: "chain-invalid",
    Kind.BREAKS_NOW: "chain-refused",
    Kind.CERTIFICATE_EXPIRES: "certificate-expires",
    Kind.BREAKS_LATER: "chain-refused-later",
    Kind.POLICY_REFUSES: "policy-expires",
    Kind.POLICY_ENDS: "policy-expires",
    Kind.PLAN_BREAKS: "chain-planned",
    Kind.NO_PIN_LEFT: "pins-exhausted",
}
"""The forecast's events, by the names that alerts have; certificates in logs are told by others."""

UNREACHABLE = "endpoint-unreachable"
NOT_PINNED_BY_ALL = "key-not-pinned"

DAYS: tuple[tuple[int, Severity], ...] = (
    (1, Severity.ERROR),
    (7, Severity.ERROR),
    (14, Severity.WARNING),
    (30, Severity.NOTE),
)
"""How bad it is that a certificate ends within so many days. Of one that lives three times as long
at least: of shorter lives, the last third is when clients of ACME renew."""

# Releases that a sentence can hold.
_SHOWN = 3

# What is more than a month away is no news yet.
SOON = timedelta(days=30)

_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The endpoint that signals are about, as the inventory knows it.

    Attributes:
        id: its number.
        organisation: the name of whose it is.
        endpoint: host, port and protocol.
        owner: who acts for it.
        tags: for rules and routes.
    """

    id: int
    organisation: str
    endpoint: Endpoint
    owner: str | None
    tags: tuple[str, ...]

    def signal(
        self,
        name: str,
        found: Finding,
        *,
        distinct: str = "",
        application: str | None = None,
        facts: tuple[tuple[str, str], ...] = (),
    ) -> Signal:
        """Return the signal of a finding."""
        return Signal(
            id=name,
            severity=found.severity,
            subject=Subject("endpoint", str(self.endpoint)),
            title=found.message,
            organisation=self.organisation,
            application=application,
            owner=self.owner,
            tags=self.tags,
            evidence=found.evidence,
            facts=facts,
            next_step=found.cure,
            link=f"/endpoints/{self.id}",
            distinct=distinct,
        )


def of_findings(
    about: About, found: Iterable[Finding], *, beside: Iterable[Signal] = ()
) -> Iterator[Signal]:
    """Yield what was recognised in an observation, without mere notes.

    Args:
        about: the endpoint.
        found: what was recognised.
        beside: what else is told; that a chain does not verify is told once.
    """
    invalid = any(signal.id == NAMES[Kind.NOT_VERIFIED] for signal in beside)
    for one in found:
        if one.severity is not Severity.NOTE and not (invalid and one.id in INVALID):
            yield about.signal(one.id, one)


INVALID = {
    "certificate-expired",
    "certificate-not-yet-valid",
    "missing-intermediate",
    "name-mismatch",
    "self-signed",
    "verification-failed",
}
"""What `chain-invalid` says, too, with the reason and what to do."""


def of_forecast(
    about: About, forecast: Forecast, owners: Mapping[str, str | None], shown: Observation
) -> Iterator[Signal]:
    """Yield what breaks now or within the month: to each application's users, or to everybody.

    Args:
        about: the endpoint.
        forecast: of its host.
        owners: who acts for each application.
        shown: what it shows now, by address.
    """
    for event in forecast.events:
        if _is_news(event, forecast.at):
            for application, one in _by_application(event):
                signal = about.signal(
                    NAMES[event.kind],
                    _graded(one, forecast.at),
                    distinct=_distinct(one, application),
                    application=application or None,
                    facts=_facts(one),
                )
                owner, concerns = _whose(event.kind, about.owner, owners.get(application))
                where = shown_by(shown, one.rows[0].facts.certificate)
                evidence = (*where, *signal.evidence)
                yield replace(signal, owner=owner, concerns=concerns, evidence=evidence)


_OF_APPLICATION = {Kind.POLICY_REFUSES, Kind.POLICY_ENDS, Kind.NO_PIN_LEFT}
"""What a release cures; all else is cured at the server."""


def _whose(
    kind: Kind, server: str | None, application: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return who has to act, and then whom it concerns besides."""
    order = (application, server) if kind in _OF_APPLICATION else (server, application)
    known = tuple(one for one in dict.fromkeys(order) if one)
    return (known[0] if known else None), known[1:]


def shown_by(shown: Observation, leaf: Certificate | None) -> Iterator[str]:
    """Yield which addresses show a certificate, unless all do."""
    shakes = [one for one in shown.handshakes if one.presented]
    # An address may show two: one for each type of key.
    those = dict.fromkeys(one.address for one in shakes if one.presented[0] == leaf)
    others = dict.fromkeys(one.address for one in shakes if one.address not in those)
    if those and others:
        yield f"shown by {', '.join(those)}, and not by {', '.join(others)}"


def _by_application(event: Event) -> Iterator[tuple[str, Event]]:
    """Yield what an event is to each application; one of everybody is nobody's in particular."""
    rows: dict[str, list[Row]] = {}
    for row in event.rows:
        rows.setdefault(row.used.application if row.used else "", []).append(row)
    return ((name, Event(tuple(each))) for name, each in rows.items())


def of_reports(
    about: About, verdicts: Iterable[Verdict], releases: Mapping[int, Sequence[Fielded]]
) -> Iterator[Signal]:
    """Yield that releases which only report do not pin what is served now."""
    for one in verdicts:
        if one.outcome is Outcome.REPORTS:
            shipped = releases.get(one.pin_set, ())
            found = Finding(
                id=NOT_PINNED_BY_ALL,
                severity=Severity.WARNING,
                subject=about.endpoint.host,
                message=f"{about.endpoint.host} shows a key that {_named(shipped)} would refuse, "
                "did its policy not only report",
                cure="Pin the key in a release before its pins are enforced.",
                evidence=one.lines,
            )
            yield about.signal(NOT_PINNED_BY_ALL, found, distinct=str(one.pin_set))


def _named(releases: Sequence[Fielded]) -> str:
    more = f" and {len(releases) - _SHOWN} more" if len(releases) > _SHOWN else ""
    return ", ".join(map(str, releases[:_SHOWN])) + more


def of_failures(about: About, observation: Observation, *, whole: bool) -> Iterator[Signal]:
    """Yield that an endpoint, or one address of it, cannot be reached.

    Args:
        about: the endpoint.
        observation: its failures, those alone that are no blip.
        whole: whether nothing else of it answers.
    """
    if not observation.failures:
        return
    failed = {one.address or about.endpoint.host: one for one in observation.failures}
    where = str(about.endpoint) if whole else f"{', '.join(failed)} of {about.endpoint}"
    found = Finding(
        id=UNREACHABLE,
        severity=Severity.ERROR if whole else Severity.WARNING,
        subject=str(about.endpoint),
        message=f"{where} cannot be reached: {next(iter(failed.values())).cause}",
        cure="Look at the server and the way to it; nothing is known of what it would show.",
        evidence=tuple(f"{address}: {one.detail}" for address, one in failed.items()),
    )
    yield about.signal(UNREACHABLE, found, distinct="" if whole else "address")


def _graded(event: Event, at: datetime) -> Finding:
    """Return an event's finding; of a certificate that ends, the days count too."""
    found = finding(event, at)
    worse = _by_days(event, at)
    graver = worse is not None and _RANKS[worse] > _RANKS[found.severity]
    return replace(found, severity=worse) if graver and worse else found


def _is_news(event: Event, at: datetime) -> bool:
    """Tell whether an event is near enough to be told."""
    if event.kind not in NAMES or event.at > at + SOON:
        return False
    if event.kind is not Kind.CERTIFICATE_EXPIRES:
        return True
    return _by_days(event, at) is not None or finding(event, at).severity is not Severity.NOTE


def _by_days(event: Event, at: datetime) -> Severity | None:
    facts = event.rows[0].facts
    if not isinstance(facts, Ending) or facts.plan is not None:
        return None
    life = facts.certificate.not_after - facts.certificate.not_before
    rows = ((timedelta(days=days), severity) for days, severity in DAYS)
    return next((severity for span, severity in rows if event.at - at <= span <= life / 3), None)


def _distinct(event: Event, application: str) -> str:
    """Return what tells an event from others of its kind at this endpoint.

    A chain that is refused now stays one trouble though another chain, refused as well, follows it.
    """
    facts = event.rows[0].facts
    parts = [application]
    if event.kind not in _ONE_TROUBLE:
        certificate = facts.certificate
        parts.append(certificate.sha256.hex()[:16] if certificate else f"{event.at:%Y-%m-%d}")
    if isinstance(facts, Refused) and facts.plan is not None:
        parts.append(facts.plan.name)
    return " ".join(part for part in parts if part)


_ONE_TROUBLE = {Kind.NOT_VERIFIED, Kind.BREAKS_NOW}


def _facts(event: Event) -> tuple[tuple[str, str], ...]:
    certificate = event.rows[0].facts.certificate
    return (
        ("at", event.at.isoformat()),
        ("releases", ", ".join(map(str, event.releases))),
        ("hits", "; ".join(map(str, event.hits))),
        *((("certificate", certificate.sha256.hex()),) if certificate else ()),
    )
