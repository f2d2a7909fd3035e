"""Values of `keypin.alerts` as documents in rows, and back.

The database has parsed them already, and wrote them once itself: so they are converted, not read
again. PostgreSQL keeps no NUL in a text. One that came in a report or a certificate is shown as
what it is anyway: a character that nobody can read.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from keypin.alerts import Alert, Notice, Signal, Silence
from keypin.alerts.stored import dumps
from keypin.errors import InputError

_LONGEST = 500

MAX_NAME = 100


def written(value: Signal | Alert | Notice | Silence) -> dict[str, Any]:
    """Return a value as a document."""
    document: dict[str, Any] = json.loads(dumps(value).replace(b"\\u0000", b"\\ufffd"))
    return document


def table_written(table: Mapping[str, object]) -> dict[str, Any]:
    """Return a table of `keypin.toml` as a document."""
    document: dict[str, Any] = json.loads(json.dumps(table).replace("\\u0000", "\\ufffd"))
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


def silence_of(document: object) -> Silence:
    """Return the silence of a document."""
    return msgspec.convert(document, Silence)


def named(name: str, what: str) -> str:
    """Return a name that a column takes.

    Raises:
        InputError: it is too long.
    """
    if len(name) > MAX_NAME:
        raise InputError(
            f"the name of a {what} with {len(name)} letters", expected=f"{MAX_NAME} at most"
        )
    return name


def short(text: str, limit: int = _LONGEST) -> str:
    """Return a text as a column takes it."""
    return text.replace("\0", "\ufffd")[:limit]
