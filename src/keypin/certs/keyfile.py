"""A public key out of whatever bears one: the bytes that a pin of it hashes.

Certificates, requests and public keys hold a SubjectPublicKeyInfo, which is taken as it stands.
A private key holds none: the one made here is the common form (RFC 3279, RFC 5480), which is what
a request made from that key will hold, unless the request is made in an unusual form.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from keypin.certs.certificate import Certificate
from keypin.certs.der import algorithm_of, explain, slice_certificate, slice_request
from keypin.certs.key import KeySource, PublicKey, describe_spki
from keypin.certs.pem import blocks
from keypin.errors import CertificateError

# RFC 7468 sections 10 and 11, RFC 5915, and what OpenSSL and OpenSSH write.
PRIVATE_LABELS = (
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
)


# The identifier id-RSASSA-PSS (RFC 4055 section 3.1) where PKCS#8 has its algorithm, behind a
# header and a version of at most 12 bytes. cryptography forgets it when it loads the key.
_PSS = bytes.fromhex("06092a864886f70d01010a")
_HEAD = 32
_PKCS8 = b"-----BEGIN PRIVATE KEY-----"


def certificate_key(der: bytes) -> PublicKey:
    """Return the key of a certificate, even of one that breaks the profile elsewhere.

    Raises:
        CertificateError: where the key stands cannot be told for certain.
    """
    try:
        return Certificate.from_der(der).public_key
    except CertificateError as refusal:
        try:
            return _public_key(slice_certificate(der).spki, KeySource.CERTIFICATE)
        except ValueError:
            raise refusal from None


def request_key(der: bytes) -> PublicKey:
    """Return the key of a PKCS#10 request.

    Raises:
        CertificateError: it is no request.
    """
    try:
        return _public_key(slice_request(der), KeySource.CSR)
    except ValueError as error:
        raise CertificateError(f"not a certificate request: {explain(error)}") from error


def bare_key(der: bytes) -> PublicKey:
    """Return a SubjectPublicKeyInfo as the key that it is.

    Raises:
        CertificateError: it is none.
    """
    try:
        return _public_key(der, KeySource.PUBLIC_KEY)
    except ValueError as error:
        raise CertificateError(f"not a public key: {explain(error)}") from error


def private_key(data: bytes, password: bytes | None) -> PublicKey:
    """Return the public half of a private key, in PEM or DER.

    Raises:
        CertificateError: it is none, its password is missing or wrong, or it has no common form.
    """
    if _PSS in (next(blocks(data)).der if data.startswith(_PKCS8) else data)[:_HEAD]:
        raise CertificateError(
            "a private key bound to RSA-PSS, which certificates write in more than one form",
            next_step="take the pin from its certificate or its request",
        )
    load = load_pem_private_key if data.startswith(b"-----") else load_der_private_key
    load = load_ssh_private_key if b"OPENSSH PRIVATE" in data[:40] else load
    try:
        public = load(data, password).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"a private key that cannot be read: {explain(error)}") from error
    except TypeError as error:
        raise CertificateError(
            f"a private key that cannot be read: {error}",
            next_step="give its password, or none if it has none",
        ) from error
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _public_key(spki, KeySource.PRIVATE_KEY)


def _public_key(spki: bytes, source: KeySource) -> PublicKey:
    key, _ = describe_spki(spki, algorithm_of(spki))
    return PublicKey(spki, key, source)
