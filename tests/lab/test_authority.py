"""The lab's CA signs whatever it is asked to, and says what was asked."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from keypin.certs import Certificate
from keypin.lab.authority import Request, issue, new_key

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("ecdsa", "EC P-256"), ("rsa", "RSA"), ("ed25519", "Ed25519")]
)
def test_kinds(kind: str, algorithm: str) -> None:
    """Each kind of key makes a certificate that keypin reads."""
    issued = issue(Request(name="a.example", key=new_key(kind)), NOW)
    cert = Certificate.from_der(issued.certificate.public_bytes(Encoding.DER))
    assert cert.key.algorithm == algorithm
    assert cert.is_self_signed
    assert load_pem_private_key(issued.key_pem, None).public_key() == (
        issued.certificate.public_key()
    )


def test_what_was_asked() -> None:
    """Names, days and the CA bit are those of the request."""
    ca = issue(Request(name="CA", key=new_key("ecdsa"), ca=True, path_length=0), NOW)
    leaf = issue(
        Request(name="a", key=new_key("ecdsa"), issuer=ca, hosts=("a.example",), start=-2, days=5),
        NOW,
    )
    cert = Certificate.from_der(leaf.certificate.public_bytes(Encoding.DER))
    assert cert.dns_names == ("a.example",)
    assert (cert.not_before, cert.not_after) == (NOW - timedelta(days=2), NOW + timedelta(days=3))
    assert not cert.is_ca
    above = Certificate.from_der(ca.certificate.public_bytes(Encoding.DER))
    assert (above.is_ca, above.path_length) == (True, 0)
