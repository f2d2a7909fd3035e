"""Lists of logs: who runs which, with which key, and what browsers think of it at the moment.

Version 3 of Google's list (https://www.gstatic.com/ct/log_list/v3/log_list_schema.json), which
Chrome and Firefox go by; Apple's has the same shape, a version of its own, and no time
(https://valid.apple.com/ct/log_list/current_log_list.json). Members that are not known are passed
over, for both lists grow; what is known is held to its form, and a list that is not is refused as a
whole. A state that is not known counts as none.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keypin.ct.element import Element, ElementError
from keypin.ct.log_list_key import GOOGLE_KEY
from keypin.ct.merkle import HASH_SIZE
from keypin.ct.sct import LogKey
from keypin.errors import CertificateError, InputError, KeypinError, Place

# Google's list of all logs there ever were has some 200 kB.
MAX_LOG_LIST = 4 << 20
_LONGEST_MMD = 1 << 31


class LogListError(InputError):
    """A text that is no log list."""


class LogListSignatureError(KeypinError):
    """A log list is not by whom it should be."""


class State(StrEnum):
    """What a browser thinks of a log.

    https://googlechrome.github.io/CertificateTransparency/log_states.html
    """

    PENDING = "pending"
    QUALIFIED = "qualified"
    USABLE = "usable"
    READONLY = "readonly"
    RETIRED = "retired"
    REJECTED = "rejected"


class Api(StrEnum):
    """By which interface a log is read."""

    RFC6962 = "rfc6962"
    STATIC = "static"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a log, since when, and of a read-only one the head beyond which it won't grow.

    Attributes:
        state: which.
        since: from when on; it may be a moment to come.
        final_size: of the final tree, or None.
        final_root: of the final tree, or None.
    """

    state: State
    since: datetime
    final_size: int | None = None
    final_root: bytes | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """The certificates that a shard takes: those that expire from `start` on and before `end`."""

    start: datetime
    end: datetime

    def holds(self, not_after: datetime) -> bool:
        """Tell whether the shard takes certificates that expire at a moment."""
        return self.start <= not_after < self.end


@dataclass(frozen=True, slots=True)
class PreviousOperator:
    """Who ran a log until a moment."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ListedLog:
    """One log.

    Attributes:
        description: what people call it.
        operator: who runs it now.
        log_id: SHA-256 of its key.
        key: its key.
        api: how it is read.
        submission_url: where it takes certificates, and of an RFC 6962 log everything.
        monitoring_url: where it is read.
        mmd: its maximum merge delay, in seconds.
        standing: its state; None where the list says none, or one that is not known.
        interval: of a shard, which certificates it takes.
        log_type: `prod`, `test` or `monitoring_only`; empty where the list does not say.
        previous_operators: who ran it before, the first one first.
    """

    description: str
    operator: str
    log_id: bytes
    key: LogKey = field(repr=False, compare=False)
    api: Api
    submission_url: str
    monitoring_url: str
    mmd: int
    standing: Standing | None = None
    interval: Interval | None = None
    log_type: str = ""
    previous_operators: tuple[PreviousOperator, ...] = ()

    def state_at(self, moment: datetime) -> State | None:
        """Return the log's state at a moment, None where the list does not say it.

        A list knows of the last change alone. A log that is read-only or retired was qualified
        before it; whether another was anything is not known.
        """
        if self.standing is None:
            return None
        if moment >= self.standing.since:
            return self.standing.state
        led_here = self.standing.state in {State.READONLY, State.RETIRED}
        return State.QUALIFIED if led_here else None

    def operator_at(self, moment: datetime) -> str:
        """Return who ran the log at a moment; a browser asks that of the time of an SCT."""
        before = (one.name for one in self.previous_operators if moment < one.until)
        return next(before, self.operator)

    def takes(self, not_after: datetime) -> bool:
        """Tell whether the log takes certificates that expire at a moment."""
        return self.interval is None or self.interval.holds(not_after)


@dataclass(frozen=True, slots=True)
class LogList:
    """A list of logs.

    Attributes:
        version: as the list says it.
        timestamp: when it was made; Apple's does not say.
        logs: all logs, in the list's order; one with both interfaces is there twice.
        unreadable: logs with a key of a kind that is not known, each with its place: they may
            come, and are then as unknown as logs that no list has.
    """

    version: str
    timestamp: datetime | None
    logs: tuple[ListedLog, ...]
    unreadable: tuple[str, ...]
    _by_id: dict[bytes, ListedLog] = field(repr=False, compare=False)

    @classmethod
    def loads(cls, data: bytes | str, *, name: str | None = None) -> Self:
        """Read a list.

        Args:
            data: the JSON text.
            name: what errors call the file.

        Raises:
            LogListError: it is no list of version 3, or breaks its form.
        """
        if len(data) > MAX_LOG_LIST:
            raise LogListError(
                f"a list of {len(data)} bytes",
                expected=f"{MAX_LOG_LIST} at most",
                place=Place(file=name),
            )
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise LogListError(
                f"no JSON: {str(error)[:80]}", expected="a log list", place=Place(file=name)
            ) from error
        try:
            return cls._read(Element(value, "", name))
        except ElementError as error:
            raise LogListError(error.seen, expected=error.expected, place=error.place) from error

    @classmethod
    def _read(cls, top: Element) -> Self:
        version = top.text("version")
        timestamp = top.moment("log_list_timestamp") if top.has("log_list_timestamp") else None
        found = [log for operator in top.elements("operators") for log in _logs(operator)]
        logs = tuple(log for log in found if isinstance(log, ListedLog))
        unreadable = tuple(str(log) for log in found if isinstance(log, ElementError))
        return cls(version, timestamp, logs, unreadable, _by_id(top, logs))

    @staticmethod
    def verify(data: bytes, signature: bytes, *, key: bytes = GOOGLE_KEY) -> None:
        """Verify who made a list.

        Args:
            data: the JSON text, to the byte.
            signature: the file beside it, `log_list.sig`: RSA, PKCS#1 v1.5, SHA-256.
            key: the SubjectPublicKeyInfo of who should have signed; Google's is known.

        Raises:
            LogListSignatureError: he did not.
            CertificateError: the key is no RSA key.
        """
        try:
            public = load_der_public_key(key)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise CertificateError("no public key", expected="the key of a list") from error
        if not isinstance(public, rsa.RSAPublicKey):
            raise CertificateError("a key that is not RSA", expected="the key of a list")
        try:
            public.verify(signature, data, padding.PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise LogListSignatureError("the signature of the log list does not hold") from error

    def log(self, log_id: bytes) -> ListedLog | None:
        """Return a log by its ID; of one with both interfaces, the RFC 6962 one."""
        return self._by_id.get(log_id)

    def taking(self, not_after: datetime) -> tuple[ListedLog, ...]:
        """Return the logs that take certificates which expire at a moment."""
        return tuple(log for log in self.logs if log.takes(not_after))


def _by_id(top: Element, logs: tuple[ListedLog, ...]) -> dict[bytes, ListedLog]:
    found = dict[tuple[bytes, Api], ListedLog]()
    for log in logs:
        if found.setdefault((log.log_id, log.api), log) is not log:
            raise top.error("operators", f"the log {log.description!r} twice", "each log once")
    ordered = sorted(found.values(), key=lambda log: log.api is Api.RFC6962)
    return {log.log_id: log for log in ordered}


def _logs(operator: Element) -> Iterator[ListedLog | ElementError]:
    name = operator.text("name")
    for api, member in ((Api.RFC6962, "logs"), (Api.STATIC, "tiled_logs")):
        if operator.has(member):
            yield from (_log(element, name, api) for element in operator.elements(member))


def _log(element: Element, operator: str, api: Api) -> ListedLog | ElementError:
    try:
        key = LogKey(element.octets("key"))
    except CertificateError as error:
        return element.error("key", error.seen, "the key of a log")
    if element.octets("log_id") != key.log_id:
        raise element.error("log_id", "an ID that is not the key's", "SHA-256 of the key")
    submission = element.url("url" if api is Api.RFC6962 else "submission_url")
    return ListedLog(
        description=element.text("description") if element.has("description") else submission,
        operator=operator,
        log_id=key.log_id,
        key=key,
        api=api,
        submission_url=submission,
        monitoring_url=submission if api is Api.RFC6962 else element.url("monitoring_url"),
        mmd=element.number("mmd", _LONGEST_MMD),
        standing=_standing(element.element("state")) if element.has("state") else None,
        interval=_interval(element),
        log_type=element.text("log_type") if element.has("log_type") else "",
        previous_operators=tuple(_previous(element)),
    )


def _standing(element: Element) -> Standing | None:
    if len(element.names) != 1:
        raise element.error("", f"{len(element.names)} states", "one state")
    (name,) = element.names
    if name not in set(State):
        return None
    inner = element.element(name)
    state, since = State(name), inner.moment("timestamp")
    if not inner.has("final_tree_head"):
        return Standing(state, since)
    head = inner.element("final_tree_head")
    root = head.octets("sha256_root_hash")
    if len(root) != HASH_SIZE:
        raise head.error("sha256_root_hash", f"a root of {len(root)} bytes", f"{HASH_SIZE}")
    return Standing(state, since, head.number("tree_size", 1 << 63), root)


def _interval(element: Element) -> Interval | None:
    if not element.has("temporal_interval"):
        return None
    inner = element.element("temporal_interval")
    start, end = inner.moment("start_inclusive"), inner.moment("end_exclusive")
    if start >= end:
        raise element.error("temporal_interval", "an end before its start", "an interval")
    return Interval(start, end)


def _previous(element: Element) -> list[PreviousOperator]:
    if not element.has("previous_operators"):
        return []
    rows = element.elements("previous_operators")
    found = [PreviousOperator(row.text("name"), row.moment("end_time")) for row in rows]
    return sorted(found, key=lambda one: one.until)
