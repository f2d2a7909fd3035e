"""The laboratory's certificate authority: makes keys and certificates, good ones and bad ones.

Thin over `cryptography`. It signs whatever it is asked to, for that is what a laboratory is for;
nothing outside `keypin.lab` may use it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificateIssuerPublicKeyTypes,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

# Names and addresses that a client on this machine can reach a loopback server by.
LOOPBACK = ("localhost", "127.0.0.1", "127.0.0.2", "::1")


def new_key(kind: str) -> Key:
    """Return a new private key: `ecdsa` (P-256), `rsa` (2048 bits) or `ed25519`."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key, and how to sign with it."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_in_certificate(self) -> CertificateIssuerPublicKeyTypes:
        """The public key that the certificate says; a forger's `key` is another."""
        return cast("CertificateIssuerPublicKeyTypes", self.certificate.public_key())

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as PKCS#8 PEM, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a certificate is to say. The defaults make a good server certificate.

    Attributes:
        name: its common name.
        key: the key to certify.
        organization: its O, if any.
        hosts: the DNS names and IP addresses it is for; none for a name in its subject alone.
        issuer: who signs; None signs itself.
        ca: whether it may sign others.
        path_length: how many CAs may stand below it.
        start: days from now to its first day; negative is in the past.
        days: how many days it lives.
        serial: its serial number; None for a random one.
        further: extensions at its end, each with whether it is critical.
    """

    name: str
    key: Key
    organization: str | None = None
    hosts: tuple[str, ...] = LOOPBACK
    issuer: Issued | None = None
    ca: bool = False
    path_length: int | None = None
    start: int = -1
    days: int = 90
    serial: int | None = None
    further: tuple[tuple[x509.ExtensionType, bool], ...] = ()


def issue(request: Request, now: datetime) -> Issued:
    """Sign a certificate.

    Args:
        request: what it is to say.
        now: the time that its days count from, timezone-aware.
    """
    subject = _name(request.name, request.organization)
    signer = request.issuer
    issuer_name = signer.certificate.subject if signer else subject
    signing_key = signer.key if signer else request.key
    not_before = now.replace(microsecond=0) + timedelta(days=request.start)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(request.key.public_key())
        .serial_number(request.serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_before + timedelta(days=request.days))
    )
    issuer_key = signer.key_in_certificate if signer else request.key.public_key()
    for extension, critical in _extensions(request, issuer_key):
        builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(signing_key, _hash(signing_key)), request.key)


def _name(common_name: str, organization: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _hash(key: CertificateIssuerPrivateKeyTypes) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _extensions(
    request: Request, issuer_key: CertificateIssuerPublicKeyTypes
) -> list[tuple[x509.ExtensionType, bool]]:
    public = request.key.public_key()
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=request.ca, path_length=request.path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False),
        (_key_usage(ca=request.ca), True),
    ]
    if not request.ca:
        if names := [_general_name(host) for host in request.hosts]:
            extensions.append((x509.SubjectAlternativeName(names), False))
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        extensions.append((x509.ExtendedKeyUsage(usages), False))
    return [*extensions, *request.further]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@cache
def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
