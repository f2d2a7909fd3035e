"""Keys out of what bears them, where `test_container` does not show it already."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keypin.certs import Certificate, KeySource
from keypin.certs.keyfile import bare_key, certificate_key, private_key, request_key
from keypin.errors import CertificateError


def test_a_certificate_that_breaks_the_profile_elsewhere(vectors) -> None:
    """A certificate with a date that DER forbids is refused, and still has one clear key."""
    pem = (vectors / "chains/ctpython/subrigo_net.pem").read_bytes()
    with pytest.raises(CertificateError, match=r"not_before\.UtcTime"):
        Certificate.from_pem(pem)
    from keypin.certs.pem import only_certificate  # noqa: PLC0415 - one use

    key = certificate_key(only_certificate(pem))
    assert (key.key.algorithm, key.source) == ("RSA", KeySource.CERTIFICATE)


@pytest.mark.parametrize(
    ("read", "clause"),
    [
        (certificate_key, "not a readable certificate: "),
        (request_key, "not a certificate request: "),
        (bare_key, "not a public key: "),
        (lambda data: private_key(data, None), "a private key that cannot be read: "),
    ],
)
def test_none(read, clause) -> None:
    """What is none of them is refused as what was asked for."""
    with pytest.raises(CertificateError) as caught:
        read(b"\x30\x03\x02\x01\x00")
    assert str(caught.value).startswith(clause)


@pytest.mark.parametrize("kind", ["RSA", "Ed25519", "Ed448", "ML-DSA-65", "DSA"])
def test_private_keys_of_every_kind(pki, kind) -> None:
    """The key that a certificate will bear is known before there is one."""
    issued = pki.root(kind=kind)
    data = issued.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert private_key(data, None).spki == issued.certificate.spki
