"""Audit: the pins of shipped apps, without their source.

Bytes of an attacker's choosing go in through `keypin.audit.archive`, under limits; what comes out
is an `Audit`: pins with hosts and places, certificates, findings, and a pin set that `decide`
takes. No code of the app is run.

Pure: the file and the time are arguments.
"""

from keypin.audit.auditing import audit
from keypin.audit.model import (
    App,
    Audit,
    EmbeddedCertificate,
    FoundPin,
    Platform,
    Source,
)

__all__ = [
    "App",
    "Audit",
    "EmbeddedCertificate",
    "FoundPin",
    "Platform",
    "Source",
    "audit",
]
