"""Why a chain did not verify: the reasons, as fields a program reads and a sentence a person reads.

The reasons are what an operator must tell apart because the cure differs; the verifier's own words
stand beside them as `detail`.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from keypin.certs.certificate import Certificate
from keypin.errors import KeypinError


class Reason(StrEnum):
    """Why a chain did not verify."""

    EMPTY_CHAIN = "empty-chain"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    HOST_MISMATCH = "host-mismatch"
    SELF_SIGNED = "self-signed"
    MISSING_INTERMEDIATE = "missing-intermediate"
    UNTRUSTED_ROOT = "untrusted-root"
    UNKNOWN_ISSUER = "unknown-issuer"
    BAD_SIGNATURE = "bad-signature"
    NOT_A_CA = "not-a-ca"
    PATH_LENGTH = "path-length"
    NAME_CONSTRAINTS = "name-constraints"
    EXTENDED_KEY_USAGE = "extended-key-usage"
    WEAK_KEY = "weak-key"
    WEAK_SIGNATURE = "weak-signature"
    PROFILE = "profile"
    UNSUPPORTED = "unsupported"
    OTHER = "other"


_NEXT_STEPS = {
    Reason.EMPTY_CHAIN: "configure the server's certificate",
    Reason.EXPIRED: "renew the certificate, or correct this machine's clock if it is wrong",
    Reason.NOT_YET_VALID: "correct this machine's clock, or wait until the certificate is valid",
    Reason.HOST_MISMATCH: "ask for a name that the certificate bears, or issue one for this name",
    Reason.SELF_SIGNED: "trust this certificate explicitly, or have a CA sign it",
    Reason.MISSING_INTERMEDIATE: "configure the server to send its intermediate certificates",
    Reason.UNTRUSTED_ROOT: "find out who runs this root before you trust it: it may be an "
    "interception product's",
    Reason.UNKNOWN_ISSUER: "find out who issued the certificate, and trust that CA if it is yours",
    Reason.BAD_SIGNATURE: "treat the chain as forged or damaged",
    Reason.NOT_A_CA: "have the certificate signed by a CA: its issuer may not sign certificates",
    Reason.PATH_LENGTH: "use a CA that may have so many intermediates below it",
    Reason.NAME_CONSTRAINTS: "use a CA that may sign for this name",
    Reason.EXTENDED_KEY_USAGE: "issue the certificate for server authentication",
    Reason.WEAK_KEY: "issue the certificate with a key that verifiers accept",
    Reason.WEAK_SIGNATURE: "issue the certificate with a signature that verifiers accept",
    Reason.PROFILE: "issue the certificate by the profile that the rule names",
    Reason.UNSUPPORTED: "issue the certificate without what the verifier cannot handle",
    Reason.OTHER: "compare the certificates with the profile of RFC 5280",
}


class VerificationError(KeypinError):
    """The chain does not verify to the trust store.

    Attributes:
        reason: why, for programs.
        detail: why, in words: what was examined, and what the verifier said.
        host: the host asked for.
        chain: the certificates presented, as they were presented.
        at: the time of verification.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        host: str,
        chain: Sequence[Certificate] = (),
        at: datetime,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.host = host
        self.chain = tuple(chain)
        self.at = at

    @property
    def next_step(self) -> str:
        """What to do about it, as an imperative clause."""
        return _NEXT_STEPS[self.reason]

    def __str__(self) -> str:
        return f"{self.host}: {self.detail}; {self.next_step}"
