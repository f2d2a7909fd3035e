"""What is read of a request's body: at most so many bytes, and then as a report or as a check-in.

A report of a fingerprint that is new is read to its end, certificates and all, so that its sender
learns what is wrong with it; a repetition is only skimmed, and what cannot be read in it is left
out when it is sorted (`keypin.watch.collecting.parcels`).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock

import msgspec
from starlette.types import Receive, Scope

from keypin.errors import KeypinError
from keypin.reports import MAX_BODY, read_report, skim
from keypin.watch.collecting.batch import Kind
from keypin.web.collector_answers import CLOSE, Refusal, problem

MAX_VERSION = 100
"""Characters of a version: what a release may have."""

_TOO_LARGE = Refusal(
    problem(413, f"the report is too large; expected at most {MAX_BODY:,} bytes", CLOSE)
)
_ENCODED = Refusal(
    problem(415, "the report is compressed; expected a body without Content-Encoding")
)
_GONE = Refusal(problem(400, "the report ended before its end"))

_DIGITS = len(str(MAX_BODY))

# Fingerprints of reports that were read to their end.
_MOST = 10_000

Read = tuple[str, bytes]


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return a header of a request, or None."""
    return next((value for key, value in scope["headers"] if key == name), None)


def check_head(scope: Scope) -> None:
    """Look at what a request says of its body.

    Raises:
        Refusal: it is too large, or compressed.
    """
    length = header(scope, b"content-length") or b"0"
    if len(length) > _DIGITS or (length.isdigit() and int(length) > MAX_BODY):
        raise _TOO_LARGE
    if header(scope, b"content-encoding") not in {None, b"", b"identity"}:
        raise _ENCODED


def bounded(body: bytes) -> bytes:
    """Return a body, or as much of it as came.

    Raises:
        Refusal: it is too large.
    """
    if len(body) > MAX_BODY:
        raise _TOO_LARGE
    return body


async def body_of(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        Refusal: it is too large, or not whole.
    """
    message = await receive()
    body = bounded(bytes(message.get("body", b"")))
    while message.get("more_body", False):
        message = await receive()
        body = bounded(body + message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise _GONE
    return body


class _ReadBefore:
    """The fingerprints whose certificates were read, the latest of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._kept

    def add(self, fingerprint: str) -> None:
        with self._lock:
            self._kept[fingerprint] = None
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)


_read_before = _ReadBefore()


def _report(scope: Scope, body: bytes) -> Read:
    said = header(scope, b"content-type")
    content_type = said.decode("latin-1") if said else None
    try:
        seen = skim(body, content_type)
        kept = seen.kept
        if seen.fingerprint not in _read_before:
            read_report(kept)
            _read_before.add(seen.fingerprint)
    except KeypinError as error:
        raise Refusal(problem(400, str(error))) from error
    return seen.fingerprint, kept


class _CheckIn(msgspec.Struct):
    version: str


_CHECK_IN = msgspec.json.Decoder(_CheckIn)
_EXPECTED = 'expected {"version": "4.2.0"}'


def _check_in(_: Scope, body: bytes) -> Read:
    try:
        version = _CHECK_IN.decode(body).version
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refusal(problem(400, f"no check-in: {error}; {_EXPECTED}")) from error
    if not 0 < len(version) <= MAX_VERSION or not version.isprintable():
        raise Refusal(
            problem(400, f"version: expected 1 to {MAX_VERSION} printable characters; {_EXPECTED}")
        )
    return "", version.encode()


READERS: Mapping[Kind, Callable[[Scope, bytes], Read]] = {
    Kind.REPORT: _report,
    Kind.CHECK_IN: _check_in,
}
