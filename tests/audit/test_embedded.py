"""Certificates among bytes, in each container."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs7,
    pkcs12,
)

from keypin.audit.embedded import certificates_in, certificates_in_store
from keypin.audit.unreadable import UnreadableError


@pytest.fixture(scope="module")
def certificate(make_certificate):
    """A certificate."""
    return make_certificate()


def pem(certificate) -> bytes:
    """Return a certificate in PEM."""
    return certificate.x509.public_bytes(Encoding.PEM)


def test_each_container(certificate) -> None:
    """Plain, in PEM, in PEM within a text of code, in bare base64, and in PKCS#7."""
    signed = pkcs7.serialize_certificates([certificate.x509], Encoding.DER)
    held = (
        certificate.der,
        pem(certificate),
        pem(certificate).replace(b"\n", b"\\n"),
        b'"' + b64encode(certificate.der) + b'"',
        signed,
    )
    for data in held:
        found = list(certificates_in(b"\0before\0" + data + b"\0after", 100))
        assert [one.certificate for one in found] == [certificate]
        assert 108 <= found[0].offset < 200


def test_what_only_looks_like_one(certificate) -> None:
    """A broken one is none, in whatever form."""
    der = bytearray(certificate.der)
    der[40] ^= 0xFF
    broken = b"-----BEGIN CERTIFICATE-----\nMII=A\n-----END CERTIFICATE-----"
    for data in (bytes(der[:-1]), broken, b"MII" + b"A" * 400, b"MII" + b"A" * 401):
        assert list(certificates_in(data)) == []


def test_stores_without_a_password(certificate) -> None:
    """PKCS#12 that is not encrypted is opened."""
    data = pkcs12.serialize_key_and_certificates(b"n", None, certificate.x509, None, NoEncryption())
    assert certificates_in_store(data) == (certificate,)


def test_stores_in_plain(certificate) -> None:
    """JKS and BKS have headers of their own, and certificates as they are."""
    assert certificates_in_store(b"\xfe\xed\xfe\xed" + certificate.der) == (certificate,)


def test_stores_with_a_password(certificate) -> None:
    """Another password is nobody's to guess."""
    data = pkcs12.serialize_key_and_certificates(
        b"n", None, certificate.x509, None, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(UnreadableError, match="cannot be opened: PKCS#12 that cannot be read"):
        certificates_in_store(data)
