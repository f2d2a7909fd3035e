"""The rules of pin failure reports: what they say, whom they go to, and when.

The form is that of RFC 7469 section 3, with three members more: `app`, `version` and `policy`. A
report says nothing that is not listed in `PinFailure.report`: privacy is what is left out.

Nothing is sent here, and time and chance are arguments: `keypin.tls.reporter` does what is said.
"""

import json
import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache, partial
from inspect import unwrap
from itertools import accumulate
from pathlib import Path
from threading import Condition
from typing import Self
from urllib.parse import urlsplit

from keypin.errors import HostError, InputError, Place
from keypin.pins import MismatchError, Policy, Spelling, canonical_host

# OpenSSL takes 100 KB of certificates from a server unless it is told otherwise.
MAX_CHAIN = 128 * 1024

# Two chains in base64 and what stands around them, with room for a policy of a thousand pins.
MAX_REPORT = 512 * 1024

# CPython's own class: a program can put another in its place, as truststore does.
_Context = next(found for found in ssl.SSLContext.__mro__ if found.__module__ == "ssl")

# Seconds: the first wait after a failed attempt, doubled for each further one, and the longest.
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0

# Seconds: a collector that asks for more in Retry-After is asked again nevertheless.
_LONGEST_ASKED = 3600.0

# Failures that are remembered, so that their repetitions are known: what is sent in an hour.
_MOST_SEEN = 4096

# What is worth another attempt besides 5xx: a time-out, and too many requests (RFC 6585).
_AGAIN = {408, 429}


@dataclass(frozen=True, slots=True, kw_only=True)
class PinFailure:
    """What is kept of a mismatch until it is reported.

    Not the error itself: its traceback would keep the connection alive.

    Attributes:
        host: the canonical host.
        port: the port, or None where it is not known.
        policy: the policy that decided.
        at: the time of the decision.
        served: what the server sent, DER.
        validated: the verified chain, DER.
    """

    host: str
    port: int | None
    policy: Policy
    at: datetime
    served: tuple[bytes, ...]
    validated: tuple[bytes, ...]

    @classmethod
    def of(cls, mismatch: MismatchError, *, port: int | None, presented: Sequence[bytes]) -> Self:
        """Take over what is reported of a mismatch; of each chain `MAX_CHAIN` bytes."""
        return cls(
            host=mismatch.host,
            port=port,
            policy=mismatch.policy,
            at=mismatch.at,
            served=_bounded(presented),
            validated=_bounded(certificate.der for certificate in mismatch.chain),
        )

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return sum(map(len, self.served)) + sum(map(len, self.validated))

    def report(self, *, app: str | None, version: str | None) -> dict[str, object]:
        """Return the report as JSON can hold it.

        `effective-expiration-date` and `port` are demanded by RFC 7469, whose policies all expire;
        here they are left out where there is none.
        """
        policy = self.policy
        members = {
            "date-time": _time(self.at),
            "hostname": self.host,
            "port": self.port,
            "effective-expiration-date": _time(policy.expires) if policy.expires else None,
            "include-subdomains": bool(policy.host.wildcard),
            "noted-hostname": policy.host.name,
            "served-certificate-chain": [*map(ssl.DER_cert_to_PEM_cert, self.served)],
            "validated-certificate-chain": [*map(ssl.DER_cert_to_PEM_cert, self.validated)],
            "known-pins": [entry.pin.spell(Spelling.HPKP) for entry in policy.pins],
            "app": app,
            "version": version,
            "policy": str(policy.host),
        }
        return {name: value for name, value in members.items() if value is not None}


def dumps(report: object) -> bytes:
    """Return a report as the bytes that are sent."""
    return json.dumps(report, separators=(",", ":")).encode("ascii")


def is_about_itself(address: str, host: str) -> bool:
    """Tell whether a report on `host` would go to `host` by TLS, which has just failed there.

    RFC 7469 section 2.1.4.
    """
    return _tls_host(address) == host


@lru_cache(maxsize=256)
def _tls_host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.scheme == "https" else None
        return canonical_host(host) if host else None
    except (ValueError, HostError):
        return None


def _bounded(chain: Iterable[bytes]) -> tuple[bytes, ...]:
    ders = tuple(chain)
    sizes = accumulate(map(len, ders))
    return tuple(der for der, size in zip(ders, sizes, strict=True) if size <= MAX_CHAIN)


def _time(at: datetime) -> str:
    """Return a time as RFC 3339 has it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plain_context(cafile: str | None) -> ssl.SSLContext:
    """Return a context with CPython's defaults, that nobody can pin; None: the platform's anchors.

    Raises InputError where the file of trust anchors cannot be used.
    """
    context: ssl.SSLContext = _Context(ssl.PROTOCOL_TLS_CLIENT)
    # `keypin.install` changes these on the class: a context of its own keeps what CPython had.
    context.sslsocket_class, context.sslobject_class = ssl.SSLSocket, ssl.SSLObject
    for name in ("wrap_socket", "wrap_bio"):
        setattr(context, name, partial(unwrap(getattr(_Context, name)), context))
    try:
        if cafile is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cafile)
    except OSError as error:
        raise InputError(
            f"the cafile of a Reporter cannot be used: {error}",
            expected="certificates in PEM",
            place=Place(file=cafile),
        ) from error
    return context


class Answer(StrEnum):
    """What became of an attempt to send a report."""

    TAKEN = "taken"
    REFUSED = "refused"
    AGAIN = "again"

    @classmethod
    def of(cls, status: int) -> "Answer":
        """Return what an HTTP status means. A redirect is a refusal: none is followed."""
        if 200 <= status < 300:  # noqa: PLR2004 - the class of success (RFC 9110)
            return cls.TAKEN
        if status >= 500 or status in _AGAIN:  # noqa: PLR2004 - the server's own failures
            return cls.AGAIN
        return cls.REFUSED


def asked_wait(header: str | None, now: datetime) -> float:
    """Return the seconds that a Retry-After asks for, within bounds; 0 where it asks for none.

    RFC 9110 section 10.2.3: seconds or a date.
    """
    text = (header or "").strip()
    try:
        seconds = float(text) if text.isdecimal() else _until(text, now)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_ASKED)


def _until(date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(date)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def backoff(failures: int, jitter: float) -> float:
    """Return the seconds to wait after so many failures in a row.

    Args:
        failures: at least 1.
        jitter: from 0 to 1, by chance, so that clients that failed together do not return together.
    """
    doubled = _FIRST_WAIT * 2.0 ** min(failures - 1, 16)
    return min(doubled, _LONGEST_WAIT) * (0.5 + jitter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What became of the reports; each counts once for each of its addresses.

    Attributes:
        sent: taken by the address.
        suppressed: repetitions, and reports on a host to that host.
        dropped: for want of room, or of time at the end.
        refused: answered with something else than success or *try again*.
        failed: given up after every attempt.
        pending: waiting; after `close`, in the spool for the next run.
    """

    sent: int = 0
    suppressed: int = 0
    dropped: int = 0
    refused: int = 0
    failed: int = 0
    pending: int = 0


class Memory:
    """The failures that were reported within the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[Hashable, float] = {}

    def holds(self, failure: Hashable, now: float) -> bool:
        """Tell whether a failure is remembered."""
        before = self._seen.get(failure)
        return before is not None and now - before < self._seconds

    def add(self, failure: Hashable, now: float) -> None:
        """Remember a failure, and forget the oldest where there are too many."""
        self._seen.pop(failure, None)
        self._seen[failure] = now
        if len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]


@dataclass(slots=True)
class Delivery:
    """A report on its way to one address: its body, or the file that holds it."""

    address: str
    size: int
    body: bytes | Path
    attempts: int = 0


class Line:
    """Deliveries that wait, and which of them is due.

    An address that fails rests for a while, and keeps no other waiting.

    Args:
        rate: how many attempts are made a minute at most, and in one go.
        now: monotonic seconds, as every `now`.
    """

    def __init__(self, rate: float, now: float) -> None:
        self.waiting: deque[Delivery] = deque()
        self._second = rate / 60
        self._most = self._left = max(rate, 1.0)  # attempts that may be made at once
        self._filled = now
        self._resting: dict[str, tuple[int, float]] = {}  # failures in a row, and until when

    def due(self, now: float) -> Delivery | None:
        """Take out the first delivery that may be tried now."""
        if self.wait(now) != 0:
            return None
        found = next(one for one in self.waiting if self._rest(one, now) <= 0)
        self.waiting.remove(found)
        self._left -= 1
        return found

    def wait(self, now: float) -> float | None:
        """Return the seconds until a delivery is due; None where none waits."""
        self._left = min(self._left + (now - self._filled) * self._second, self._most)
        self._filled = now
        if not self.waiting:
            return None
        if self._left < 1:
            return (1 - self._left) / self._second
        return max(min(self._rest(one, now) for one in self.waiting), 0.0)

    def again(self, delivery: Delivery, now: float, *, asked: float, chance: float) -> None:
        """Put a delivery back, and let its address rest: as long as it asks for, if longer."""
        failures = self._resting.get(delivery.address, (0, now))[0] + 1
        rest = max(backoff(failures, chance), asked)
        self._resting[delivery.address] = failures, now + rest
        self.waiting.append(delivery)

    def answered(self, address: str) -> None:
        """Note that an address works."""
        self._resting.pop(address, None)

    def _rest(self, delivery: Delivery, now: float) -> float:
        return self._resting.get(delivery.address, (0, now))[1] - now


@dataclass(frozen=True, slots=True)
class World:
    """What is outside, so that tests need not wait: monotonic seconds, waiting, and chance."""

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[Condition, float | None], object] = Condition.wait
    chance: Callable[[], float] = random.random
