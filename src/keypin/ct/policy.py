"""Browsers' CT policies, as data; `keypin.ct.verdict` judges by them.

Chrome: https://googlechrome.github.io/CertificateTransparency/ct_policy.html, with the states of
logs at https://googlechrome.github.io/CertificateTransparency/log_states.html. Apple:
https://support.apple.com/103214. Both demand CT of publicly trusted certificates alone. Their older
tables, by months, went out of force with the last certificate that they were for.

Where the two differ: Chrome takes a lifetime of exactly 180 days as such, for Apple it is longer,
because the last second belongs to it; Chrome wants two operators, Apple lets only so many SCTs of
one operator count; since 15 April 2026 SCTs of static logs alone are enough for Chrome, and not for
Apple; with Apple embedded SCTs count beside one that is delivered otherwise, Chrome judges each way
alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keypin.certs import Certificate
from keypin.ct.log_list import State

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a policy's table of embedded SCTs.

    Attributes:
        days: certificates that live so long at most; None for all others.
        scts: how many SCTs, of as many logs, must count.
        per_operator: how many of one operator count at most; None for any number.
    """

    days: int | None
    scts: int
    per_operator: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CtPolicy:
    """What a browser demands.

    Attributes:
        browser: whose policy.
        page: where it is published.
        demanded_from: certificates issued before need no SCT.
        since: the table holds for certificates issued from then on.
        rows: the table, shortest lives first.
        inclusive: whether the last second belongs to the lifetime.
        operators: how many operators the SCTs that count must be of.
        rfc6962_until: until when one SCT must be of an RFC 6962 log; None for ever.
        delivered: how many SCTs are needed where they are not embedded.
        mixed: whether embedded SCTs count beside delivered ones.
        shards: whether a shard's SCT counts only if the certificate expires in its interval.
        earliest: whether a retired log is judged by the earliest SCT of all.
        stale_after: how old a list the browser itself may have before it demands nothing any more.
    """

    browser: str
    page: str
    demanded_from: datetime
    since: datetime
    rows: tuple[Row, ...]
    inclusive: bool
    operators: int
    rfc6962_until: datetime | None
    delivered: int
    mixed: bool
    shards: bool
    earliest: bool
    stale_after: timedelta | None

    def lifetime(self, certificate: Certificate) -> timedelta:
        """Return how long a certificate lives, as this browser counts."""
        last = timedelta(seconds=1) if self.inclusive else timedelta()
        return certificate.not_after - certificate.not_before + last

    def row(self, certificate: Certificate) -> Row:
        """Return the line of the table that a certificate falls under."""
        lifetime = self.lifetime(certificate)
        return next(row for row in self.rows if row.days is None or lifetime <= row.days * DAY)

    def demands_rfc6962(self, at: datetime) -> bool:
        """Tell whether one SCT must be of an RFC 6962 log."""
        return self.rfc6962_until is None or at < self.rfc6962_until


# The limit of shards is Apple's own word: "temporal intervals are enforced locally by clients"
# (groups.google.com/a/chromium.org/g/ct-policy, on the state Expired). Chrome's policy says nothing
# of them. Chrome's earliest SCT, its timeout and its dates stand in its policy.
CHROME = CtPolicy(
    browser="Chrome",
    page="https://googlechrome.github.io/CertificateTransparency/ct_policy.html",
    demanded_from=datetime(2018, 5, 1, tzinfo=UTC),
    since=datetime(2022, 4, 15, tzinfo=UTC),
    rows=(Row(180, 2), Row(None, 3)),
    inclusive=False,
    operators=2,
    rfc6962_until=datetime(2026, 4, 15, tzinfo=UTC),
    delivered=2,
    mixed=False,
    shards=False,
    earliest=True,
    stale_after=70 * DAY,
)
APPLE = CtPolicy(
    browser="Apple",
    page="https://support.apple.com/103214",
    demanded_from=datetime(2018, 10, 16, tzinfo=UTC),
    since=datetime(2021, 4, 21, tzinfo=UTC),
    rows=(Row(180, 2, 1), Row(None, 3, 2)),
    inclusive=True,
    operators=1,
    rfc6962_until=None,
    delivered=2,
    mixed=True,
    shards=True,
    earliest=False,
    stale_after=None,
)
POLICIES = (CHROME, APPLE)
"""Every policy, in the order in which they are shown."""

APPROVED = frozenset({State.QUALIFIED, State.USABLE, State.READONLY})
"""The states that both call approved, at the time of the check."""
