"""Findings and certificates, as the API tells them wherever they occur."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from keypin.certs import Certificate
from keypin.findings import Finding
from keypin.pins import Pin
from keypin.web.api.shapes import Told

# Names that anybody reads; a certificate may bear ten thousand.
_NAMES = 100


class ToldFinding(Told):
    """A judgement."""

    id: Annotated[str, Field(description="The rule, stable for ever.")]
    severity: str
    subject: str
    message: str
    cure: str
    evidence: list[str]


class ToldCertificate(Told):
    """A certificate."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: Annotated[list[str], Field(description=f"The first {_NAMES} names and addresses.")]
    pin: Annotated[str, Field(description="The pin of its key.")]
    sha256: str


def finding(one: Finding) -> ToldFinding:
    """Return what is told of a finding."""
    return ToldFinding(
        id=one.id,
        severity=one.severity.value,
        subject=one.subject,
        message=one.message,
        cure=one.cure,
        evidence=list(one.evidence),
    )


def certificate(one: Certificate) -> ToldCertificate:
    """Return what is told of a certificate."""
    return ToldCertificate(
        subject=one.subject,
        issuer=one.issuer,
        not_before=one.not_before,
        not_after=one.not_after,
        names=[*one.dns_names, *one.ip_addresses][:_NAMES],
        pin=str(Pin.of_key(one)),
        sha256=one.sha256.hex(),
    )
