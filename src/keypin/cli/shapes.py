"""The JSON shapes: what `--json` prints, verb by verb, documented in the reference.

Every document names its shape and version in `schema`. Within a version, fields are only added;
a field that is removed or changes its meaning makes a new version. Times are ISO 8601 in UTC.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.certs import Certificate, Failure, Handshake, Observation, VerifiedChain
    from keypin.pins import Matched, MismatchError
    from keypin.pins.advice import Advice

Shape = dict[str, Any]


def document(name: str, version: int, **fields: Any) -> str:
    """Return one JSON document on one line, its shape and version first."""
    return json.dumps({"schema": f"keypin/{name}/{version}", **fields}, ensure_ascii=False)


def time(moment: datetime) -> str:
    """Return a time as `2027-03-15T08:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def certificate(cert: "Certificate", *, position: str | None = None) -> Shape:
    """Return the facts of one certificate."""
    from keypin.pins import Pin

    return {
        "position": position,
        "subject": cert.subject,
        "issuer": cert.issuer,
        "serial_number": f"{cert.serial_number:x}",
        "not_before": time(cert.not_before),
        "not_after": time(cert.not_after),
        "key": {"algorithm": cert.key.algorithm, "bits": cert.key.bits},
        "signature_algorithm": cert.signature_algorithm,
        "pin": str(Pin.of_key(cert)),
        "spki_sha256": cert.spki_sha256.hex(),
        "spki_sha512": cert.spki_sha512.hex(),
        "sha256": cert.sha256.hex(),
        "dns_names": list(cert.dns_names),
        "dns_names_unicode": list(cert.dns_names_unicode),
        "ip_addresses": list(cert.ip_addresses),
        "ca": cert.is_ca,
        "path_length": cert.path_length,
        "name_constraints": name_constraints(cert),
        "extended_key_usage": list(cert.extended_key_usage),
        "policies": list(cert.policy_oids),
        "validation": cert.validation,
        "aia_issuers": list(cert.aia_issuers),
        "scts": cert.sct_count,
        "self_signed": cert.is_self_signed,
        "problems": list(cert.problems),
    }


def name_constraints(cert: "Certificate") -> Shape | None:
    """Return which names a CA may sign for, and which not (RFC 5280 section 4.2.1.10)."""
    constraints = cert.name_constraints
    if constraints is None:
        return None
    return {"permitted": list(constraints.permitted), "excluded": list(constraints.excluded)}


def chain(verified: "VerifiedChain") -> list[Shape]:
    """Return a verified chain, leaf first, each certificate with its position."""
    return [
        certificate(cert, position=verified.position(index))
        for index, cert in enumerate(verified.certificates)
    ]


def handshake(shake: "Handshake") -> Shape:
    """Return what one address showed in one handshake."""
    problem = shake.problem
    return {
        "address": shake.address,
        "key_type": shake.key_type,
        "tls_version": shake.tls_version,
        "cipher": shake.cipher,
        "seconds": round(shake.seconds, 6),
        "presented": [certificate(cert) for cert in shake.presented],
        "verified": chain(shake.verified) if shake.verified else None,
        "problem": {"reason": problem.reason, "detail": str(problem)} if problem else None,
        "stapled_ocsp": stapled_ocsp(shake),
    }


def stapled_ocsp(shake: "Handshake") -> Shape | None:
    """Return what a stapled OCSP response says (RFC 6960, 4.2.1), its signature unchecked."""
    from cryptography.x509 import ocsp

    if shake.stapled is None or shake.stapled.ocsp is None:
        return None
    try:
        response = ocsp.load_der_ocsp_response(shake.stapled.ocsp)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return {"status": response.response_status.name.lower(), "next_update": None}
        until = response.next_update_utc
        return {
            "status": response.certificate_status.name.lower(),
            "next_update": time(until) if until else None,
        }
    except ValueError:
        return {"status": "unreadable", "next_update": None}


def failure(failed: "Failure") -> Shape:
    """Return why one address could not be read."""
    return {
        "address": failed.address,
        "key_type": failed.key_type,
        "cause": failed.cause,
        "detail": failed.detail,
        "alert": failed.alert,
    }


def observation(seen: "Observation") -> Shape:
    """Return everything that one endpoint showed."""
    return {
        "endpoint": str(seen.endpoint),
        "host": seen.endpoint.host,
        "port": seen.endpoint.port,
        "protocol": seen.endpoint.protocol,
        "at": time(seen.at),
        "handshakes": [handshake(shake) for shake in seen.handshakes],
        "failures": [failure(failed) for failed in seen.failures],
    }


def finding(found: Finding) -> Shape:
    """Return one finding."""
    place = found.place
    return {
        "id": found.id,
        "severity": found.severity,
        "subject": found.subject,
        "message": found.message,
        "cure": found.cure,
        "evidence": list(found.evidence),
        "place": {"file": place.file, "line": place.line, "key": place.key} if place else None,
    }


def findings(found: Iterable[Finding]) -> list[Shape]:
    """Return findings in their order."""
    return [finding(one) for one in found]


def advice(advised: "Advice") -> Shape:
    """Return the answer to *should you pin this*."""
    return {
        "verdict": advised.verdict,
        "target": advised.target,
        "pins": [str(pin) for pin in advised.pins],
        "backup": advised.backup,
        "reasons": list(advised.reasons),
        "cautions": list(advised.cautions),
        "open": [{"key": one.key, "question": one.question} for one in advised.open],
    }


def matched(verdict: "Matched") -> Shape:
    """Return which pin matched which certificate."""
    return {
        "outcome": "matched",
        "policy": str(verdict.policy.host),
        "pin": str(verdict.pin.pin),
        "role": verdict.pin.role,
        "position": verdict.position,
        "certificate": certificate(verdict.certificate, position=verdict.position),
        "enforced": verdict.enforced,
    }


def mismatch(error: "MismatchError") -> Shape:
    """Return the whole story of a mismatch."""
    return {
        "outcome": "mismatch",
        "policy": str(error.policy.host),
        "reason": error.reason,
        "enforced": error.enforced,
        "chain": chain(error.chain),
        "pins": [str(pin.pin) for pin in error.policy.pins],
        "detail": str(error),
    }
