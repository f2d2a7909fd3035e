"""Values of `keypin.alerts` as documents in rows, and back.

The database has parsed them already, and wrote them once itself: so they are converted, not read
again. PostgreSQL keeps no NUL in a text. One that came in a report or a certificate is shown as
what it is anyway: a character that nobody can read.
"""

import json
from typing import Any

import msgspec

from keypin.alerts import Alert, Notice, Signal
from keypin.alerts.stored import dumps

_LONGEST = 500


def written(value: Signal | Alert | Notice) -> dict[str, Any]:
    """Return a value as a document."""
    document: dict[str, Any] = json.loads(dumps(value).replace(b"\\u0000", b"\\ufffd"))
    return document


def signal_of(document: object) -> Signal:
    """Return the signal of a document."""
    return msgspec.convert(document, Signal)


def alert_of(document: object) -> Alert:
    """Return the alert of a document."""
    return msgspec.convert(document, Alert)


def notice_of(document: object) -> Notice:
    """Return the notice of a document."""
    return msgspec.convert(document, Notice)


def short(text: str, limit: int = _LONGEST) -> str:
    """Return a text as a column takes it."""
    return text.replace("\0", "\ufffd")[:limit]
