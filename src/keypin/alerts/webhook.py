"""The body of keypin's own webhook: a bundle as JSON, for programs.

The same bundle gives the same bytes, so that a repetition is one in every bit. Signed by
`keypin.alerts.signature`; the shape is described in `docs/reference/alert-rules.md`.
"""

import json
from datetime import UTC, datetime

from keypin.alerts.bundle import Bundle
from keypin.alerts.message import address
from keypin.alerts.notice import Notice

VERSION = 1

# A receiver takes 200 kB; what fails for a thousand hosts at once is told by its first.
MAX_ALERTS = 100


def body(bundle: Bundle, base: str) -> bytes:
    """Return a bundle as JSON in ASCII.

    Args:
        bundle: what is told in one message.
        base: the service's own address, as `https://keypin.example.com`.
    """
    document = {
        "version": VERSION,
        "key": bundle.key,
        "kind": bundle.kind,
        "severity": bundle.severity,
        "route": bundle.route,
        "alerts": [_alert(notice, base) for notice in bundle.notices[:MAX_ALERTS]],
        "more": max(0, len(bundle.notices) - MAX_ALERTS),
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _alert(notice: Notice, base: str) -> dict[str, object]:
    alert, signal = notice.alert, notice.alert.signal
    return {
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "at": _time(notice.at),
        "state": alert.state,
        "severity": alert.severity,
        "rule": alert.rule,
        "finding": signal.id,
        "subject": {"kind": signal.subject.kind, "key": signal.subject.key},
        "title": signal.title,
        "organisation": signal.organisation,
        "application": signal.application,
        "owner": signal.owner,
        "concerns": list(signal.concerns),
        "tags": list(signal.tags),
        "evidence": list(signal.evidence),
        "facts": dict(signal.facts),
        "next_step": signal.next_step,
        "url": address(base, signal.link),
        "since": _time(alert.since),
        "opened_at": _time(alert.opened_at),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_note": alert.acknowledged_note,
        "resolved_at": _time(alert.resolved_at),
        "resolved_by": alert.resolved_by,
        "count": alert.count,
        "flaps": alert.flaps,
    }


def _time(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
