"""What a log signed: of a precertificate, and of the certificate that came of it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs import load_certificates
from keypin.ct.precertificate import (
    SCT_LIST,
    extension_value,
    is_precertificate,
    issuer_key_hash,
    signed_part,
)
from keypin.ct.sct import SctFormatError, embedded

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def certificate(*extensions: tuple[x509.ExtensionType, bool]):
    """Return a certificate with these extensions and a name."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    built = builder.sign(KEY, SHA256())
    return load_certificates(built.public_bytes(Encoding.DER))[0], built


NAMES = (x509.SubjectAlternativeName([x509.DNSName("a.example")] * 40), False)
POISON = (x509.PrecertPoison(), True)


def test_the_poison_and_the_list_are_taken_out() -> None:
    """A precertificate and its certificate have the same part, which neither extension is in."""
    precertificate, _ = certificate(NAMES, POISON)
    later, built = certificate(
        NAMES, (x509.UnrecognizedExtension(LIST, b"\x04\x02\x00\x00"), False)
    )
    assert is_precertificate(precertificate)
    assert not is_precertificate(later)
    assert signed_part(precertificate) == signed_part(later)
    plain, unsigned = certificate(NAMES)
    assert signed_part(later) == unsigned.tbs_certificate_bytes
    assert signed_part(later) == built.tbs_precertificate_bytes
    assert extension_value(plain, SCT_LIST) is None
    assert embedded(later) == ()


def test_little_is_left() -> None:
    """Where little is left, its length takes one octet."""
    extension = x509.BasicConstraints(ca=False, path_length=None), False
    precertificate, _ = certificate(extension, POISON)
    _, built = certificate(extension)
    assert signed_part(precertificate) == built.tbs_certificate_bytes


def test_a_certificate_without_extensions() -> None:
    """What has none is no precertificate."""
    bare, _ = certificate()
    assert not is_precertificate(bare)


def test_the_issuers_key() -> None:
    """Logs name the issuer by the digest of its key as it stands."""
    cert, _ = certificate(NAMES)
    assert issuer_key_hash(cert) == cert.spki_sha256


@pytest.mark.parametrize("value", [b"", b"\x04\x05\x00", b"\x01"])
def test_an_extension_without_a_list(value: bytes) -> None:
    """What is no OCTET STRING is refused, not taken for a certificate without SCTs."""
    cert, _ = certificate((x509.UnrecognizedExtension(LIST, value), False))
    with pytest.raises(SctFormatError):
        embedded(cert)
