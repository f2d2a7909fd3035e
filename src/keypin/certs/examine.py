"""Why a chain did not verify, from what we see in it and what the verifier said.

The verifier says no in words made for its authors. An operator needs to know whether to renew, to
send an intermediate, to correct a clock or to suspect a forgery, so the path is examined again for
those. Nothing here can turn a no into a yes: it runs after the verdict.
"""

import re
from datetime import datetime

from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason
from keypin.certs.paths import Path, Search

Finding = tuple[Reason, str]

# What cryptography's verifier says (src/rust/cryptography-x509-verification, versions 48 to 50).
_WORDS: tuple[tuple[str, Reason], ...] = (
    ("no matching subjectAltName", Reason.HOST_MISMATCH),
    ("name constraint", Reason.NAME_CONSTRAINTS),
    ("path length constraint", Reason.PATH_LENGTH),
    ("EKU", Reason.EXTENDED_KEY_USAGE),
    ("Forbidden public key", Reason.WEAK_KEY),
    ("RSA key|modulus", Reason.WEAK_KEY),
    ("Forbidden signature", Reason.WEAK_SIGNATURE),
    ("unaccounted-for critical", Reason.UNSUPPORTED),
)

# What it says of a certificate at the end: an object of Python's.
_OBJECT = re.compile(r" \(encountered processing <Certificate\(.*\)$", re.DOTALL)

# Names that a sentence can hold; a CDN's certificate has a hundred.
_SHOWN = 5


def examine_path(path: Path, words: str, at: datetime) -> Finding:
    """Return why a path to an anchor was refused.

    Args:
        path: the path that was judged, leaf first, anchor last.
        words: what the verifier said.
        at: the time of verification.
    """
    return _dates(path, at) or _authority(path) or _said(path[0], words)


def examine_no_path(leaf: Certificate, search: Search) -> Finding:
    """Return why no path led from `leaf` to an anchor."""
    path = max(search.complete(leaf), key=len)
    last = path[-1]
    if search.exhausted:
        return Reason.OTHER, "the certificates form more paths than are worth a search"
    if leaf.is_self_signed:
        return Reason.SELF_SIGNED, f"{leaf.label} is signed by its own key, and not trusted"
    if last.is_self_signed:
        return Reason.UNTRUSTED_ROOT, f"the chain ends at {last.label}, not in {search.trust.name}"
    if len(path) > search.max_intermediates + 1:
        return Reason.PATH_LENGTH, f"the chain has more than {search.max_intermediates} CAs in it"
    return _unsigned(last, search) or _unissued(last, search)


def _dates(path: Path, at: datetime) -> Finding | None:
    for found in path:
        if found.not_after < at:
            return Reason.EXPIRED, f"{found.label} expired on {_when(found.not_after)}"
        if found.not_before > at:
            begins = _when(found.not_before)
            return Reason.NOT_YET_VALID, f"{found.label} is valid from {begins} only"
    return None


def _authority(path: Path) -> Finding | None:
    for below, found in enumerate(path[1:]):
        if not found.is_ca:
            return Reason.NOT_A_CA, f"{found.label} signed a certificate and is no CA"
        if found.path_length is not None and below > found.path_length:
            allowed = f"may have {found.path_length} CAs below it, and has {below}"
            return Reason.PATH_LENGTH, f"{found.label} {allowed}"
    return None


def _said(leaf: Certificate, words: str) -> Finding:
    reason = next((found for pattern, found in _WORDS if re.search(pattern, words)), Reason.OTHER)
    if reason is Reason.HOST_MISMATCH:
        return reason, f"the certificate is for {_names(leaf)}"
    if leaf.is_precertificate:
        return reason, f"{leaf.label} is a precertificate: it is for the logs, no client accepts it"
    return reason, f"the verifier says: {_OBJECT.sub('', words)}"


def _names(leaf: Certificate) -> str:
    names = (*leaf.dns_names, *leaf.ip_addresses)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "no host") + more


def _unsigned(last: Certificate, search: Search) -> Finding | None:
    """Tell a forgery from a namesake: the issuer's key is the one named, and did not sign."""
    for issuer in search.named(last.slices.issuer):
        named = last.authority_key_identifier
        if named is None or named == issuer.subject_key_identifier:
            detail = f"the signature of {last.label} is not by the key of {issuer.label}"
            return Reason.BAD_SIGNATURE, detail
    return None


def _unissued(last: Certificate, search: Search) -> Finding:
    missing = f"the issuer of {last.label}, {last.issuer!r}, is"
    if last.aia_issuers:
        where = f"{missing} neither sent nor in {search.trust.name}; it is at {last.aia_issuers[0]}"
        return Reason.MISSING_INTERMEDIATE, where
    return Reason.UNKNOWN_ISSUER, f"{missing} not in {search.trust.name}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
