"""A certificate in the members that certstream's `leaf_cert` has.

The names and spellings are those of certstream-server and of certstream-server-go, which took them
from OpenSSL. Whatever a certificate holds, all members are there: clients reach for them unasked.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha1, sha256
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from keypin.certs import Certificate
from keypin.certs.der import explain, quiet

_SUBJECT = {
    "C": NameOID.COUNTRY_NAME,
    "CN": NameOID.COMMON_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
}
_MEMBER = {oid: member for member, oid in _SUBJECT.items()}
_NO_NAME: dict[str, str | None] = dict.fromkeys((*_SUBJECT, "aggregated", "email_address"))

# What could not be read of a certificate is there all the same, empty.
UNREAD: dict[str, Any] = {
    "all_domains": [],
    "extensions": {},
    "is_ca": False,
    "issuer": _NO_NAME,
    "not_after": None,
    "not_before": None,
    "serial_number": None,
    "signature_algorithm": None,
    "subject": _NO_NAME,
}


def fingerprints(der: bytes) -> dict[str, str]:
    """Return the digests of a certificate; certstream's `fingerprint` is by SHA-1."""
    short = _colons(sha1(der, usedforsecurity=False).digest())
    return {"fingerprint": short, "sha1": short, "sha256": _colons(sha256(der).digest())}


def fields(certificate: Certificate) -> tuple[dict[str, Any], str]:
    """Return the members of a certificate, and what could not be read of it, in a sentence."""
    with quiet():
        subject, subject_flaw = _name(lambda: certificate.x509.subject)
        issuer, issuer_flaw = _name(lambda: certificate.x509.issuer)
        found, names, is_ca, extension_flaw = _extensions(certificate.x509)
        members = {
            "all_domains": _domains(names, subject["CN"], is_ca=is_ca),
            "extensions": found,
            "is_ca": is_ca,
            "issuer": issuer,
            "not_after": int(certificate.not_after.timestamp()),
            "not_before": int(certificate.not_before.timestamp()),
            "serial_number": _serial(certificate.serial_number),
            "signature_algorithm": _algorithm(certificate.signature_algorithm),
            "subject": subject,
        }
    flaws = (subject_flaw, issuer_flaw, extension_flaw)
    return members, "; ".join(dict.fromkeys(flaw for flaw in flaws if flaw))


def _domains(names: Iterable[str], common_name: str | None, *, is_ca: bool) -> list[str]:
    """Return what a certificate is for; a CA's common name is what people call it."""
    also = [common_name] if common_name and not is_ca else []
    return list(dict.fromkeys((*names, *also)))


def _name(read: Callable[[], x509.Name]) -> tuple[dict[str, str | None], str]:
    try:
        name = read()
    except (ValueError, TypeError) as error:  # a BIT STRING is the latter
        return _NO_NAME, f"a name cannot be read: {explain(error)}"
    found = dict(_NO_NAME)
    for attribute in name:
        member = _MEMBER.get(attribute.oid)
        if attribute.oid == NameOID.EMAIL_ADDRESS:
            member = "email_address"
        if member is not None:
            before = found[member]
            value = str(attribute.value)
            found[member] = value if before is None else f"{before},{value}"
    found["aggregated"] = "".join(f"/{key}={found[key]}" for key in _SUBJECT if found[key])
    return found, ""


def _serial(number: int) -> str:
    digits = f"{abs(number):X}"
    return ("-" if number < 0 else "") + digits.zfill(len(digits) + len(digits) % 2)


def _algorithm(name: str) -> str:
    """Return `ECDSA with SHA-256` as certstream says it: `sha256, ecdsa`."""
    key, _, digest = name.partition(" with ")
    return f"{digest.replace('-', '')}, {key}".lower() if digest else key.lower()


def _colons(data: bytes) -> str:
    return data.hex(":").upper()


# Extensions


def _extensions(certificate: x509.Certificate) -> tuple[dict[str, Any], list[str], bool, str]:
    """Return the extensions as texts, the DNS names, whether it is a CA, and what is wrong."""
    found, names, is_ca = dict[str, Any](), list[str](), False
    try:
        extensions = certificate.extensions
    except (ValueError, TypeError, x509.DuplicateExtension) as error:
        return found, names, is_ca, f"the extensions cannot be read: {explain(error)}"
    for extension in extensions:
        value: x509.ExtensionType = extension.value
        known = _READERS.get(type(value))
        if known is None:
            found.setdefault("extra", []).append(extension.oid.dotted_string)
            continue
        member, read = known
        found[member] = read(value)
        if isinstance(value, x509.SubjectAlternativeName):
            names = value.get_values_for_type(x509.DNSName)
        elif isinstance(value, x509.BasicConstraints):
            is_ca = value.ca
    return found, names, is_ca, ""


_LABELS: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP Address",
    x509.RFC822Name: "email",
    x509.UniformResourceIdentifier: "URI",
    x509.RegisteredID: "Registered ID",
}
_METHODS = {
    AuthorityInformationAccessOID.OCSP: "OCSP",
    AuthorityInformationAccessOID.CA_ISSUERS: "CA Issuers",
}
_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS Web Server Authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS Web Client Authentication",
    ExtendedKeyUsageOID.CODE_SIGNING: "Code Signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "E-mail Protection",
    ExtendedKeyUsageOID.TIME_STAMPING: "Time Stamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP Signing",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "Any Extended Key Usage",
}
_USAGES = {
    "digital_signature": "Digital Signature",
    "content_commitment": "Non Repudiation",
    "key_encipherment": "Key Encipherment",
    "data_encipherment": "Data Encipherment",
    "key_agreement": "Key Agreement",
    "key_cert_sign": "Certificate Sign",
    "crl_sign": "CRL Sign",
}
_AGREEMENTS = {"encipher_only": "Encipher Only", "decipher_only": "Decipher Only"}


def _general_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return f"DirName:{name.value.rfc4514_string()}"
    if isinstance(name, x509.RegisteredID):
        return f"Registered ID:{name.value.dotted_string}"
    label = _LABELS.get(type(name))
    return f"{label}:{name.value}" if label else "othername:<unsupported>"


def _general_names(value: Iterable[x509.GeneralName]) -> str:
    return ", ".join(map(_general_name, value))


def _basic_constraints(value: x509.BasicConstraints) -> str:
    length = "" if value.path_length is None else f", pathlen:{value.path_length}"
    return f"CA:TRUE{length}" if value.ca else "CA:FALSE"


def _key_usage(value: x509.KeyUsage) -> str:
    # What a key may agree on is defined for keys that may agree alone.
    asked = _USAGES | _AGREEMENTS if value.key_agreement else _USAGES
    return ", ".join(name for usage, name in asked.items() if getattr(value, usage))


def _extended_key_usage(value: x509.ExtendedKeyUsage) -> str:
    return ", ".join(_PURPOSES.get(oid) or oid.dotted_string for oid in value)


def _information_access(value: x509.AuthorityInformationAccess) -> str:
    return "".join(
        f"{_METHODS.get(one.access_method, one.access_method.dotted_string)}"
        f" - {_general_name(one.access_location)}\n"
        for one in value
    )


def _policies(value: x509.CertificatePolicies) -> str:
    lines = list[str]()
    for policy in value:
        lines.append(f"Policy: {policy.policy_identifier.dotted_string}")
        for qualifier in policy.policy_qualifiers or ():
            if isinstance(qualifier, str):
                lines.append(f"  CPS: {qualifier}")
            else:
                lines.append(f"  User Notice: {qualifier.explicit_text or ''}".rstrip())
    return "\n".join(lines)


def _distribution_points(value: x509.CRLDistributionPoints) -> str:
    names = [name for point in value for name in point.full_name or ()]
    return "\n".join(("Full Name:", *(f" {_general_name(name)}" for name in names)))


def _timestamps(value: x509.PrecertificateSignedCertificateTimestamps) -> str:
    return urlsafe_b64encode(value.public_bytes()).decode()


def _authority_key(value: x509.AuthorityKeyIdentifier) -> str:
    return f"keyid:{_colons(value.key_identifier)}\n" if value.key_identifier else ""


_READERS: dict[type[x509.ExtensionType], tuple[str, Callable[[Any], Any]]] = {
    x509.AuthorityInformationAccess: ("authorityInfoAccess", _information_access),
    x509.AuthorityKeyIdentifier: ("authorityKeyIdentifier", _authority_key),
    x509.BasicConstraints: ("basicConstraints", _basic_constraints),
    x509.CRLDistributionPoints: ("crlDistributionPoints", _distribution_points),
    x509.CertificatePolicies: ("certificatePolicies", _policies),
    x509.ExtendedKeyUsage: ("extendedKeyUsage", _extended_key_usage),
    x509.IssuerAlternativeName: ("issuerAltName", _general_names),
    x509.KeyUsage: ("keyUsage", _key_usage),
    x509.PrecertPoison: ("ctlPoisonByte", lambda _: True),
    x509.PrecertificateSignedCertificateTimestamps: ("ctlSignedCertificateTimestamp", _timestamps),
    x509.SubjectAlternativeName: ("subjectAltName", _general_names),
    x509.SubjectKeyIdentifier: ("subjectKeyIdentifier", lambda value: _colons(value.digest)),
}


def as_der(der: bytes) -> str:
    """Return a certificate in base64."""
    return b64encode(der).decode()
