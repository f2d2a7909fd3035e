"""Recognising certificates that clients refuse or soon will: names, keys, signatures, SCTs."""

from collections.abc import Iterator

from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason
from keypin.certs.observation import Handshake
from keypin.diagnose.interception import product_in
from keypin.diagnose.view import Recogniser, View, describe, failed, where
from keypin.findings import Severity
from keypin.pins.rules.rule import Hit

MIN_RSA_BITS = 2048
"""CA/Browser Forum Baseline Requirements, section 6.1.5, since 2014."""

MIN_EC_BITS = 256
"""The same section: P-256 is the smallest curve allowed."""

SHOWN_NAMES = 5
"""How many of a certificate's names an evidence line shows."""

_BROKEN_HASHES = ("md5", "sha1")
"""Out of use for TLS certificates since 2009 (MD5) and 2017 (SHA-1)."""

# Reasons that another recogniser explains better than the verifier's own sentence.
_EXPLAINED = frozenset(
    {
        Reason.EXPIRED,
        Reason.NOT_YET_VALID,
        Reason.HOST_MISMATCH,
        Reason.SELF_SIGNED,
        Reason.MISSING_INTERMEDIATE,
    }
)


def self_signed(view: View) -> Iterator[Hit]:
    """Recognise a certificate that nobody but its own key vouches for."""
    for shake in failed(view, Reason.SELF_SIGNED):
        yield Hit("the certificate is self-signed", (describe(shake.presented[0]), where(shake)))


def other_name(view: View) -> Iterator[Hit]:
    """Recognise a certificate for other names than the host's."""
    for shake in failed(view, Reason.HOST_MISMATCH):
        leaf = shake.presented[0]
        names = (*leaf.dns_names, *leaf.ip_addresses)
        more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
        listed = ", ".join(names[:SHOWN_NAMES]) + more
        yield Hit(
            f"the certificate is not for {view.host}",
            (f"its names: {listed or 'none'}", describe(leaf), where(shake)),
        )


def unverified(view: View) -> Iterator[Hit]:
    """Recognise a chain that does not verify for a reason that nothing else here explains."""
    for shake in view.handshakes:
        problem = shake.problem
        if problem is None or problem.reason in _EXPLAINED or product_in(view, shake):
            continue
        text = f"the chain does not verify ({problem.reason}): {problem.detail}"
        yield Hit(text, (*map(describe, shake.presented), where(shake)))


def _weak_key(certificate: Certificate) -> bool:
    algorithm, bits = certificate.key.algorithm, certificate.key.bits or 0
    if algorithm.startswith("RSA"):
        return bits < MIN_RSA_BITS
    return algorithm == "DSA" or (algorithm.startswith("EC ") and bits < MIN_EC_BITS)


def weak_key(view: View) -> Iterator[Hit]:
    """Recognise a key that is too small, or of an algorithm that TLS has dropped."""
    for shake in view.handshakes:
        for certificate in shake.presented:
            if _weak_key(certificate):
                text = f"a key is too weak: {certificate.key}"
                yield Hit(text, (describe(certificate), where(shake)))


def weak_signature(view: View) -> Iterator[Hit]:
    """Recognise a signature over a broken hash; a root's own signature protects nothing."""
    for shake in view.handshakes:
        for certificate in shake.presented:
            broken = _broken_hash(certificate)
            if broken and not certificate.is_self_signed:
                text = f"a certificate is signed over {broken.upper()}, which is broken"
                yield Hit(text, (describe(certificate), where(shake)))


def _broken_hash(certificate: Certificate) -> str | None:
    algorithm = certificate.signature_algorithm.lower().replace("-", "")
    return next((name for name in _BROKEN_HASHES if name in algorithm), None)


def _has_scts(shake: Handshake) -> bool:
    """Whether SCTs came in the certificate or beside it; a stapled OCSP answer may hold some."""
    beside = shake.stapled is not None and bool(shake.stapled.scts or shake.stapled.ocsp)
    return shake.presented[0].has_scts or beside


def no_scts(view: View) -> Iterator[Hit]:
    """Recognise a public certificate that shows no log's receipt."""
    for shake in view.handshakes:
        if view.is_public(shake) and not _has_scts(shake):
            yield Hit(
                "the certificate carries no signed certificate timestamp",
                (describe(shake.presented[0]), where(shake)),
            )


RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(
        id="self-signed",
        severity=Severity.ERROR,
        cure="Have a CA sign it; where it is a device's own, pin its key in a mode that trusts "
        "pins only.",
        look=self_signed,
    ),
    Recogniser(
        id="name-mismatch",
        severity=Severity.ERROR,
        cure="Ask for a name that it bears, or issue a certificate for this name.",
        look=other_name,
    ),
    Recogniser(
        id="verification-failed",
        severity=Severity.ERROR,
        cure="Pin nothing of this chain until you know whose it is and why it fails.",
        look=unverified,
    ),
    Recogniser(
        id="weak-key",
        severity=Severity.ERROR,
        cure="Replace it by a key of EC P-256 or RSA of at least 2048 bits; do not pin it.",
        look=weak_key,
    ),
    Recogniser(
        id="weak-signature",
        severity=Severity.ERROR,
        cure="Have it reissued with a signature over SHA-256.",
        look=weak_signature,
    ),
    Recogniser(
        id="no-scts",
        severity=Severity.WARNING,
        cure="Have it reissued with embedded timestamps: Chrome and Safari refuse it without, "
        "unless they come in the handshake.",
        look=no_scts,
    ),
)
