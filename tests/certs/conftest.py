"""A certificate authority for tests: short words for chains, each unusual in one respect."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from keypin.certs import Certificate, Profile, TrustStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WITHOUT_DIGEST = (
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)

KEYS: dict[str, Callable[[], Any]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "RSA 1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - to be refused
    "DSA": lambda: dsa.generate_private_key(2048),
    "EC P-192": lambda: ec.generate_private_key(ec.SECP192R1()),
    "EC P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EC P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EC P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "EC brainpoolP256r1": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "Ed448": ed448.Ed448PrivateKey.generate,
    "ML-DSA-44": mldsa.MLDSA44PrivateKey.generate,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey.generate,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey.generate,
}


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: Certificate
    key: Any


@dataclass
class Pki:
    """Builds certificates; keys of one name are one key, so that cross-signs are easy to say."""

    now: datetime = NOW
    keys: dict[str, Any] = field(default_factory=dict)

    def key(self, name: str, kind: str = "EC P-256") -> Any:
        """Return the key called `name`, made when it is first asked for."""
        return (
            self.keys.setdefault(name, None)
            or self.keys.update({name: KEYS[kind]()})
            or (self.keys[name])
        )

    def root(self, name: str = "Root", **options: Any) -> Issued:
        """Return a self-signed CA."""
        return self.issue(None, name, ca=True, **options)

    def ca(self, issuer: Issued, name: str = "Intermediate", **options: Any) -> Issued:
        """Return a CA signed by `issuer`."""
        return self.issue(issuer, name, ca=True, **options)

    def leaf(self, issuer: Issued | None, *hosts: str, **options: Any) -> Issued:
        """Return a server's certificate for `hosts`."""
        return self.issue(issuer, options.pop("subject", hosts[0]), hosts=hosts, **options)

    def issue(
        self,
        issuer: Issued | None,
        subject: str,
        *,
        ca: bool = False,
        hosts: Sequence[str] = (),
        kind: str = "EC P-256",
        key: Any = None,
        key_name: str | None = None,
        signer: Any = None,
        begins: timedelta = timedelta(days=-30),
        ends: timedelta = timedelta(days=60),
        path_length: int | None = None,
        omit: Iterable[type[x509.ExtensionType]] = (),
        replace: Iterable[tuple[x509.ExtensionType, bool]] = (),
        serial: int | None = None,
        digest: Any = None,
        padding: Any = None,
        names: Sequence[x509.NameAttribute[Any]] | None = None,
    ) -> Issued:
        """Return a certificate; every option is one way to be unusual."""
        key = key or self.key(key_name or subject, kind)
        signer = signer or (issuer.key if issuer else key)
        name = x509.Name(names if names is not None else _common_name(subject))
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.certificate.x509.subject if issuer else name)
            .public_key(key.public_key())
            .serial_number(serial if serial is not None else x509.random_serial_number())
            .not_valid_before(self.now + begins)
            .not_valid_after(self.now + ends)
        )
        extensions = _extensions(key, signer, ca=ca, hosts=hosts, path_length=path_length)
        extensions = {kind: found for kind, found in extensions.items() if kind not in set(omit)}
        extensions |= {type(value): (value, critical) for value, critical in replace}
        for value, critical in extensions.values():
            builder = builder.add_extension(value, critical=critical)
        default = None if isinstance(signer, WITHOUT_DIGEST) else hashes.SHA256()
        signed = builder.sign(signer, digest or default, rsa_padding=padding)
        return Issued(Certificate.from_der(signed.public_bytes(Encoding.DER)), key)

    def trust(self, *roots: Issued, profile: Profile = Profile.WEB_PKI) -> TrustStore:
        """Return a store of `roots`."""
        return TrustStore((root.certificate for root in roots), "the test store", profile=profile)


def _common_name(subject: str) -> list[x509.NameAttribute[Any]]:
    return [x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else []


def _extensions(
    key: Any, signer: Any, *, ca: bool, hosts: Sequence[str], path_length: int | None
) -> dict[type, tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=ca, path_length=path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
        (_key_usage(ca=ca), True),
    ]
    if not ca:
        found += [
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False),
        ]
    return {type(value): (value, critical) for value, critical in found}


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@pytest.fixture
def pki() -> Pki:
    """Return a certificate authority of its own."""
    return Pki()


@pytest.fixture
def issuers_url() -> x509.AuthorityInformationAccess:
    """Return the extension that says where the issuer's certificate is."""
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier("http://ca.test/issuer.der"),
            ),
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://ocsp.test/"),
            ),
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("ca.test")
            ),
        ]
    )


def sequence(*parts: bytes) -> bytes:
    """Return the DER of a SEQUENCE."""
    content = b"".join(parts)
    length = len(content)
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    header = bytes([length]) if length < 128 else bytes([0x80 | len(octets)]) + octets
    return b"\x30" + header + content


@pytest.fixture
def graft() -> Callable[[Certificate, bytes, bytes], bytes]:
    """Return a function that replaces bytes inside a certificate and corrects the lengths."""

    def replaced(certificate: Certificate, old: bytes, new: bytes) -> bytes:
        tbs = certificate.x509.tbs_certificate_bytes
        rest = certificate.der[certificate.der.index(tbs) + len(tbs) :]
        content = tbs[4:] if tbs[1] == 0x82 else tbs[3:]
        return sequence(sequence(content.replace(old, new, 1)), rest)

    return replaced


@pytest.fixture
def der_sequence() -> Callable[..., bytes]:
    """Return the function that writes a SEQUENCE."""
    return sequence
