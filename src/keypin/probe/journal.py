"""Observations as lines of JSON and back, nothing lost.

Each line stands alone: it holds its own certificates, each once, so that a torn, sorted or filtered
journal still reads. A verified chain and a presented one refer to them by SHA-256. The shape is
versioned; a reader refuses a version it does not know.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any, cast

from keypin.certs import (
    Cause,
    Certificate,
    Endpoint,
    Failure,
    Handshake,
    Observation,
    Reason,
    Stapled,
    VerificationError,
    VerifiedChain,
)
from keypin.errors import InputError, Place

VERSION = 1

# One observation: 16 addresses and two kinds of key, each with a chain of 512 KiB in base64.
MAX_LINE = 32 * 1024 * 1024

Record = dict[str, Any]


def to_dict(observation: Observation) -> Record:
    """Return the observation as JSON can hold it."""
    seen: dict[str, str] = {}
    handshakes = [_from_handshake(found, seen) for found in observation.handshakes]
    return {
        "version": VERSION,
        "endpoint": str(observation.endpoint),
        "at": observation.at.isoformat(),
        "handshakes": handshakes,
        "failures": [_from_failure(found) for found in observation.failures],
        "certificates": seen,
    }


def from_dict(record: Record) -> Observation:
    """Return the observation that `to_dict` wrote.

    Raises:
        InputError: it is of another version, or no observation.
    """
    version = record.get("version")
    if version != VERSION:
        raise InputError(
            f"an observation of version {version!r}", expected=f"version {VERSION} of the journal"
        )
    try:
        endpoint = Endpoint.parse(record["endpoint"])
        known = {
            digest: Certificate.from_der(base64.b64decode(text, validate=True))
            for digest, text in record["certificates"].items()
        }
        return Observation(
            endpoint=endpoint,
            at=_time(record["at"]),
            handshakes=tuple(_to_handshake(each, known) for each in record["handshakes"]),
            failures=tuple(_to_failure(each) for each in record["failures"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise InputError(
            f"no observation: {error}", expected="an observation as the journal writes it"
        ) from error


def dumps(observation: Observation) -> bytes:
    """Return the observation as one line, its end included."""
    return json.dumps(to_dict(observation), separators=(",", ":")).encode("ascii") + b"\n"


def loads(line: bytes, *, place: Place | None = None) -> Observation:
    """Read one line.

    Raises:
        InputError: it is too long, no JSON, or no observation.
    """
    if len(line) > MAX_LINE:
        raise InputError(
            f"a line of {len(line)} bytes", expected=f"at most {MAX_LINE} bytes", place=place
        )
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"not JSON: {error}", expected="one observation a line", place=place
        ) from error
    if not isinstance(record, dict):
        raise InputError("not an object", expected="one observation a line", place=place)
    try:
        return from_dict(cast("Record", record))
    except InputError as error:
        raise error.at(place) if place else error from error


def _from_handshake(found: Handshake, seen: dict[str, str]) -> Record:
    verified = found.verified.certificates if found.verified else None
    return {
        "address": found.address,
        "key_type": str(found.key_type),
        "tls_version": found.tls_version,
        "cipher": found.cipher,
        "presented": _digests(found.presented, seen),
        "verified": None if verified is None else _digests(verified, seen),
        "problem": _from_problem(found.problem),
        "stapled": _from_stapled(found.stapled),
        "seconds": round(found.seconds, 6),
    }


def _to_handshake(record: Record, known: dict[str, Certificate]) -> Handshake:
    presented = tuple(known[digest] for digest in record["presented"])
    verified = record["verified"]
    return Handshake(
        address=record["address"],
        key_type=record["key_type"],
        tls_version=record["tls_version"],
        cipher=record["cipher"],
        presented=presented,
        verified=VerifiedChain(tuple(known[d] for d in verified)) if verified else None,
        problem=_to_problem(record["problem"], presented),
        stapled=_to_stapled(record["stapled"]),
        seconds=record["seconds"],
    )


def _digests(chain: tuple[Certificate, ...], seen: dict[str, str]) -> list[str]:
    for found in chain:
        seen.setdefault(found.sha256.hex(), base64.b64encode(found.der).decode("ascii"))
    return [found.sha256.hex() for found in chain]


def _from_problem(problem: VerificationError | None) -> Record | None:
    if problem is None:
        return None
    return {
        "reason": problem.reason,
        "detail": problem.detail,
        "host": problem.host,
        "at": problem.at.isoformat(),
    }


def _to_problem(record: Record | None, chain: tuple[Certificate, ...]) -> VerificationError | None:
    if record is None:
        return None
    return VerificationError(
        Reason(record["reason"]),
        record["detail"],
        host=record["host"],
        chain=chain,
        at=_time(record["at"]),
    )


def _from_stapled(stapled: Stapled | None) -> Record | None:
    if stapled is None:
        return None
    return {"ocsp": _text(stapled.ocsp), "scts": _text(stapled.scts)}


def _to_stapled(record: Record | None) -> Stapled | None:
    if record is None:
        return None
    return Stapled(ocsp=_bytes(record["ocsp"]), scts=_bytes(record["scts"]))


def _from_failure(found: Failure) -> Record:
    return {
        "address": found.address,
        "key_type": str(found.key_type),
        "cause": found.cause,
        "detail": found.detail,
        "alert": found.alert,
    }


def _to_failure(record: Record) -> Failure:
    return Failure(
        address=record["address"],
        key_type=record["key_type"],
        cause=Cause(record["cause"]),
        detail=record["detail"],
        alert=record["alert"],
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"the time {text} has no time zone")
    return at
