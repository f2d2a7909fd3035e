"""How long a watch asks its callers to wait, and for how long in all a verb does.

A watch that answers 429 (too many calls) or 503 (its database is away, it starts anew) says in
`Retry-After` when to come again (RFC 9110, section 10.2.3). What was asked was not done then.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import click

# Seconds in all, and tries: a pipeline that waits for longer should fail, and say why.
LONGEST = 300.0
TRIES = 10

_STATUSES = {429: "too many calls", 503: "it cannot answer now"}


def asked(retry_after: str, at: datetime) -> float | None:
    """Return how many seconds a header asks to wait, or None: it asks for nothing.

    Args:
        retry_after: as it came: a number of seconds, or a date.
        at: now.
    """
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    with suppress(ValueError):
        until = parsedate_to_datetime(retry_after)
        return max((until.replace(tzinfo=until.tzinfo or UTC) - at).total_seconds(), 0.0)
    return None


@dataclass
class Patience:
    """What is left of the patience of one call.

    Attributes:
        address: of the watch.
        seconds: how long it may still be waited.
        tries: how often it may still be asked again.
    """

    address: str
    seconds: float = LONGEST
    tries: int = TRIES

    def waits(self, status: int, retry_after: str) -> bool:
        """Wait as an answer asks, and say so on standard error; False where it is no use."""
        wait = asked(retry_after, datetime.now(UTC)) if status in _STATUSES else None
        if wait is None or wait > self.seconds or not self.tries:
            return False
        self.seconds -= wait
        self.tries -= 1
        why = _STATUSES[status]
        click.echo(f"keypin: {self.address}: {why}; asked again in {wait:.0f} seconds", err=True)
        time.sleep(wait)
        return True
