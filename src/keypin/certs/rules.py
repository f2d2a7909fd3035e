"""What a path must keep beyond what cryptography's verifier asks.

The verifier lets some certificates pass that RFC 5280 or the CA/Browser Forum's Baseline
Requirements (BR) forbid, and that the x509-limbo suite says must be refused. A pin on such a chain
would bless it. Each rule is a row: what it is about, where it is written, and a function that
returns what is wrong, as a clause, or None. They only ever refuse.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import ExtensionOID

from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason
from keypin.certs.key import Key
from keypin.certs.paths import Path
from keypin.certs.trust import Profile

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: its name.
        source: where it is written.
        reason: what a breach counts as.
        breach: returns what is wrong with a path, as a clause, or None.
        profiles: the profiles whose CAs are held to it.
    """

    id: str
    source: str
    reason: Reason
    breach: Callable[[Path], str | None]
    profiles: frozenset[Profile] = frozenset(Profile)


# Keys that a server may prove to hold. BR 6.1.5 permits RSA and the three NIST curves; the other
# algorithms are allowed by TLS 1.3 (RFC 8446, RFC 9881) and stronger, so private CAs may use them.
_LEAF_KEYS = ("RSA", "RSA-PSS", "EC P-256", "EC P-384", "EC P-521", "Ed25519", "Ed448")
_LATTICE_KEYS = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
_MIN_RSA_BITS = 2048

# Roots that trust programmes carry although they lack a subject key identifier, by SHA-256 of the
# certificate: TWCA Global Root CA of 2012, in Mozilla's programme.
_ROOTS_WITHOUT_KEY_IDENTIFIER = frozenset(
    {
        bytes.fromhex("59769007f7685d0fcd50872f9f95d5755a5b2b457d81f3692b610a98672f0e1b"),
    }
)


def _readable(path: Path) -> str | None:
    for found in path:
        if found.extensions.problem:
            return f"of {found.label}, {found.extensions.problem}"
    return None


def _leaf_key(path: Path) -> str | None:
    key = path[0].key
    weak = key.algorithm not in (*_LEAF_KEYS, *_LATTICE_KEYS) or _is_short(key)
    return f"the key of {path[0].label} is {key}, which servers may not use" if weak else None


def _rsa_size(path: Path) -> str | None:
    for found in path:
        if found.key.algorithm.startswith("RSA") and (found.key.bits or 0) % 8:
            return f"the RSA key of {found.label} has {found.key.bits} bits, no multiple of 8"
    return None


def _server_usage(path: Path) -> str | None:
    usages = path[0].extended_key_usage
    if Usage.SERVER_AUTH.dotted_string not in usages:
        return f"{path[0].label} is not issued for server authentication"
    if Usage.ANY_EXTENDED_KEY_USAGE.dotted_string in usages:
        return f"{path[0].label} is issued for any usage"
    return None


def _root_usage(path: Path) -> str | None:
    root = path[-1]
    limited = root.is_ca and root.is_self_issued and root.extended_key_usage
    return f"the root {root.label} limits its own usage" if limited else None


def _subject_key(path: Path) -> str | None:
    for found in path:
        excused = found.sha256 in _ROOTS_WITHOUT_KEY_IDENTIFIER
        if found.is_ca and not found.subject_key_identifier and not excused:
            return f"the CA {found.label} has no subject key identifier"
    return None


def _authority_key(path: Path) -> str | None:
    for found in path:
        if not found.is_self_issued and not found.authority_key_identifier:
            return f"{found.label} does not say which key of its issuer signed it"
    return None


def _root_authority_key(path: Path) -> str | None:
    root = path[-1]
    key = root.authority_key_identifier
    foreign = root.extensions.names_authority or key not in (None, root.subject_key_identifier)
    if root.is_self_issued and foreign:
        return f"the root {root.label} names another issuer's key than its own"
    return None


# The extensions that RFC 5280 wants critical, since a path is only as narrow as they are heeded.
_CRITICAL = (ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.POLICY_CONSTRAINTS)


def _criticality(path: Path) -> str | None:
    for found in path:
        for oid in _CRITICAL:
            if oid.dotted_string in found.extensions.not_critical:
                return f"{found.label} has constraints that verifiers may ignore"
    return None


def _serial(path: Path) -> str | None:
    for found in path[:-1] or path:
        if found.serial_number <= 0:
            return f"{found.label} has the serial number {found.serial_number}"
    return None


# A common name that could be taken for a host: dotted, an IPv6 address, or a number in base 16.
_HOST_LIKE = re.compile(r"[^\s@/]*[.:][^\s@/]*|0x[0-9a-f]+", re.IGNORECASE)


def _common_name(path: Path) -> str | None:
    name = path[0].common_name
    if name is None or not _HOST_LIKE.fullmatch(name):
        return None
    if name in (*path[0].dns_names, *path[0].ip_addresses):
        return None
    return f"the common name {name!r} is none of the names that the certificate is for"


def _public_wildcard(path: Path) -> str | None:
    for base in _wildcard_bases(path[0]):
        if _is_public_suffix(base):
            return f"the wildcard *.{base} is for everything under a public suffix"
    return None


def _constrained_wildcard(path: Path) -> str | None:
    for issuer in path[1:]:
        permitted = _permitted_dns(issuer)
        for base in _wildcard_bases(path[0]) if permitted else ():
            if not any(base == tree or base.endswith(f".{tree}") for tree in permitted):
                return f"the wildcard *.{base} reaches beyond what {issuer.label} may sign for"
    return None


_WEB = frozenset({Profile.WEB_PKI})

RULES: tuple[Rule, ...] = (
    Rule("readable", "RFC 5280 section 4.2", Reason.PROFILE, _readable),
    Rule("leaf-key", "BR 6.1.5", Reason.WEAK_KEY, _leaf_key),
    Rule("subject-key", "RFC 5280 section 4.2.1.2", Reason.PROFILE, _subject_key),
    Rule("authority-key", "RFC 5280 section 4.2.1.1", Reason.PROFILE, _authority_key),
    Rule("criticality", "RFC 5280 sections 4.2.1.10, 4.2.1.11", Reason.PROFILE, _criticality),
    Rule("serial", "RFC 5280 section 4.1.2.2", Reason.PROFILE, _serial),
    Rule("wildcard", "RFC 5280 section 4.2.1.10", Reason.NAME_CONSTRAINTS, _constrained_wildcard),
    Rule("rsa-size", "BR 6.1.5", Reason.WEAK_KEY, _rsa_size, _WEB),
    Rule("server-usage", "BR 7.1.2.7.10", Reason.EXTENDED_KEY_USAGE, _server_usage, _WEB),
    Rule("root-usage", "BR 7.1.2.1.2", Reason.EXTENDED_KEY_USAGE, _root_usage, _WEB),
    Rule("root-authority-key", "BR 7.1.2.1.3", Reason.PROFILE, _root_authority_key, _WEB),
    Rule("common-name", "BR 7.1.4.3", Reason.PROFILE, _common_name, _WEB),
    Rule("public-wildcard", "BR 3.2.2.6", Reason.PROFILE, _public_wildcard, _WEB),
)


def breaches(path: Path, profile: Profile) -> Iterator[tuple[Rule, str]]:
    """Yield each rule of `profile` that `path` breaks, with what is wrong."""
    for rule in RULES:
        clause = rule.breach(path) if profile in rule.profiles else None
        if clause is not None:
            yield rule, f"{clause} ({rule.source})"


def _is_short(key: Key) -> bool:
    return key.algorithm.startswith("RSA") and (key.bits or 0) < _MIN_RSA_BITS


def _wildcard_bases(certificate: Certificate) -> tuple[str, ...]:
    return tuple(
        name.removeprefix("*.").lower() for name in certificate.dns_names if name.startswith("*.")
    )


def _permitted_dns(issuer: Certificate) -> tuple[str, ...]:
    constraints = issuer.name_constraints
    return tuple(
        tree.removeprefix("DNS:").lstrip(".").lower()
        for tree in (constraints.permitted if constraints else ())
        if tree.startswith("DNS:")
    )


def _is_public_suffix(name: str) -> bool:
    return _public_suffixes().is_public(name, accept_unknown=False)


@cache
def _public_suffixes() -> "PublicSuffixList":
    """The registries' suffixes; not those of hosting companies, who may hold such wildcards.

    BR 3.2.2.6 lets the holder of the whole name space have one: Amazon serves `*.s3.amazonaws.com`
    and GitHub `*.github.io`, both in the list's private section.
    """
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - reading the list costs 30 ms

    return PublicSuffixList(only_icann=True)
