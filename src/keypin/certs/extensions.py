"""The facts in a certificate's extensions (RFC 5280 section 4.2), read once and all together.

An absent extension gives the empty fact. Extensions that cannot be read give empty facts too, and
a problem in words. Nothing here decides: the verifier reads the extensions for itself, and refuses
a certificate whose extensions it cannot read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from keypin.certs.der import explain

Validation = Literal["DV", "OV", "IV", "EV"]

# The policies reserved by the CA/Browser Forum: Baseline Requirements 7.1.6.1, EV Guidelines 9.3.2.
# The strongest comes first, for a certificate that claims two.
_VALIDATIONS: tuple[tuple[str, Validation], ...] = (
    ("2.23.140.1.1", "EV"),
    ("2.23.140.1.2.2", "OV"),
    ("2.23.140.1.2.3", "IV"),
    ("2.23.140.1.2.1", "DV"),
)


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """The names that a CA may, and may not, sign for (RFC 5280 section 4.2.1.10).

    Attributes:
        permitted: subtrees as `DNS:example.com` or `IP:10.0.0.0/8`; empty where none is named.
        excluded: the same for the subtrees that are forbidden.
    """

    permitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What the extensions of one certificate say.

    Attributes:
        names_authority: whether the authority key identifier names an issuer's certificate.
        not_critical: the object identifiers of the extensions that a verifier may ignore.
        problem: why the extensions could not be read, or None.

    `Certificate` tells the meaning of the other facts.
    """

    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    is_ca: bool = False
    path_length: int | None = None
    name_constraints: NameConstraints | None = None
    extended_key_usage: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    aia_issuers: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    sct_count: int = 0
    subject_key_identifier: bytes | None = None
    authority_key_identifier: bytes | None = None
    names_authority: bool = False
    is_precertificate: bool = False
    not_critical: frozenset[str] = frozenset()
    problem: str | None = None

    @property
    def validation(self) -> Validation | None:
        """How the subject was validated, by the policies that the CA/Browser Forum reserves."""
        return next((name for oid, name in _VALIDATIONS if oid in self.policy_oids), None)


def read_extensions(certificate: x509.Certificate) -> Extensions:
    """Return the facts in `certificate`'s extensions."""
    try:
        found = certificate.extensions
    except (ValueError, TypeError, x509.DuplicateExtension) as error:
        return Extensions(problem=f"the extensions cannot be read: {explain(error)}")
    facts: dict[str, Any] = {}
    for extension in found:
        value: x509.ExtensionType = extension.value
        reader = _READERS.get(type(value))
        facts |= reader(value) if reader else {}
    loose = frozenset(extension.oid.dotted_string for extension in found if not extension.critical)
    return Extensions(**facts, not_critical=loose)


def _alternative_names(value: x509.SubjectAlternativeName) -> dict[str, Any]:
    addresses = value.get_values_for_type(x509.IPAddress)
    return {
        "dns_names": tuple(value.get_values_for_type(x509.DNSName)),
        "ip_addresses": tuple(str(address) for address in addresses),
    }


def _basic_constraints(value: x509.BasicConstraints) -> dict[str, Any]:
    return {"is_ca": value.ca, "path_length": value.path_length}


def _name_constraints(value: x509.NameConstraints) -> dict[str, Any]:
    permitted, excluded = _subtrees(value.permitted_subtrees), _subtrees(value.excluded_subtrees)
    return {"name_constraints": NameConstraints(permitted, excluded)}


def _extended_key_usage(value: x509.ExtendedKeyUsage) -> dict[str, Any]:
    return {"extended_key_usage": tuple(usage.dotted_string for usage in value)}


def _policies(value: x509.CertificatePolicies) -> dict[str, Any]:
    return {"policy_oids": tuple(policy.policy_identifier.dotted_string for policy in value)}


def _information_access(value: x509.AuthorityInformationAccess) -> dict[str, Any]:
    return {
        "aia_issuers": _urls(value, AuthorityInformationAccessOID.CA_ISSUERS),
        "ocsp_urls": _urls(value, AuthorityInformationAccessOID.OCSP),
    }


def _timestamps(value: x509.PrecertificateSignedCertificateTimestamps) -> dict[str, Any]:
    return {"sct_count": len(value)}


def _subject_key(value: x509.SubjectKeyIdentifier) -> dict[str, Any]:
    return {"subject_key_identifier": value.digest}


def _authority_key(value: x509.AuthorityKeyIdentifier) -> dict[str, Any]:
    return {
        "authority_key_identifier": value.key_identifier,
        "names_authority": value.authority_cert_issuer is not None,
    }


def _poison(_: x509.PrecertPoison) -> dict[str, Any]:
    return {"is_precertificate": True}


_READERS: dict[type[x509.ExtensionType], Callable[[Any], dict[str, Any]]] = {
    x509.SubjectAlternativeName: _alternative_names,
    x509.BasicConstraints: _basic_constraints,
    x509.NameConstraints: _name_constraints,
    x509.ExtendedKeyUsage: _extended_key_usage,
    x509.CertificatePolicies: _policies,
    x509.AuthorityInformationAccess: _information_access,
    x509.PrecertificateSignedCertificateTimestamps: _timestamps,
    x509.PrecertPoison: _poison,
    x509.SubjectKeyIdentifier: _subject_key,
    x509.AuthorityKeyIdentifier: _authority_key,
}


def _urls(value: x509.AuthorityInformationAccess, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(
        access.access_location.value
        for access in value
        if access.access_method == method
        and isinstance(access.access_location, x509.UniformResourceIdentifier)
    )


def _subtrees(names: Iterable[x509.GeneralName] | None) -> tuple[str, ...]:
    return tuple(_spell(name) for name in names or ())


# How OpenSSL and most tools label the kinds of general names.
_LABELS: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP",
    x509.RFC822Name: "email",
    x509.UniformResourceIdentifier: "URI",
}


def _spell(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return f"DirName:{name.value.rfc4514_string()}"
    return f"{_LABELS.get(type(name), type(name).__name__)}:{name.value}"
