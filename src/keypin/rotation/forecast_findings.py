"""The forecast as findings: one for each event, the worse the nearer it is.

How near is near depends on what must happen before: a certificate is renewed in a day, and users
take months to update.
"""

from datetime import datetime, timedelta

from keypin.findings import Finding, Severity
from keypin.pins.story import plain
from keypin.rotation.forecast import Ending, Event, Forecast, Kind
from keypin.rotation.forecast_words import tell

# Users update within months: half a year is time to act without haste, a month is too little.
_HASTE, _ACT = timedelta(days=30), timedelta(days=180)

# Clients of ACME renew when a third of the life is left: at a quarter, somebody's renewal failed.
_RENEWAL_FAILED, _NEARLY_OVER = 0.25, 0.1

_AT_ONCE = ((timedelta.max, Severity.ERROR),)

SEVERITIES: dict[Kind, tuple[tuple[timedelta, Severity], ...]] = {
    Kind.NOT_VERIFIED: _AT_ONCE,
    Kind.BREAKS_NOW: _AT_ONCE,
    Kind.PLAN_BREAKS: _AT_ONCE,
    Kind.ISSUED_BREAKS: _AT_ONCE,
    Kind.BREAKS_LATER: ((_HASTE, Severity.ERROR), (timedelta.max, Severity.WARNING)),
    Kind.POLICY_REFUSES: ((_HASTE, Severity.ERROR), (_ACT, Severity.WARNING)),
    Kind.NO_PIN_LEFT: ((_HASTE, Severity.WARNING),),
    Kind.POLICY_ENDS: ((_HASTE, Severity.WARNING),),
}
"""How bad what happens within a span is; a note beyond the last. Of a certificate that expires, the
part of its life that is left decides."""


def findings(forecast: Forecast) -> tuple[Finding, ...]:
    """Return what is to be said of a forecast, an event each, by time."""
    return tuple(finding(event, forecast.at) for event in forecast.events)


def finding(event: Event, at: datetime) -> Finding:
    """Return what is to be said of an event.

    Args:
        event: the event.
        at: now, timezone-aware.
    """
    told = tell(event)
    return Finding(
        id=f"forecast-{event.kind}",
        severity=severity(event, at),
        subject=event.host,
        message=plain(told.message),
        cure=plain(told.next_step),
        evidence=tuple(map(plain, told.evidence)),
    )


def severity(event: Event, at: datetime) -> Severity:
    """Return how bad an event is, seen from a moment."""
    facts = event.rows[0].facts
    if isinstance(facts, Ending):
        return _of_ending(facts, event.at - at)
    left = event.at - at
    return next((one for span, one in SEVERITIES[event.kind] if left <= span), Severity.NOTE)


def _of_ending(facts: Ending, left: timedelta) -> Severity:
    life = facts.certificate.not_after - facts.certificate.not_before
    if facts.plan is not None or left > life * _RENEWAL_FAILED:
        return Severity.NOTE
    return Severity.WARNING if left > life * _NEARLY_OVER else Severity.ERROR
