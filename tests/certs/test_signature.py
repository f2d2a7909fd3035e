"""Signatures: their names, and whether they hold."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS

from keypin.certs import Certificate, load_certificates
from keypin.certs.signature import is_signed_by


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("RSA", "RSA with SHA-256"),
        ("EC P-256", "ECDSA with SHA-256"),
        ("Ed25519", "Ed25519"),
        ("Ed448", "Ed448"),
        ("ML-DSA-87", "ML-DSA-87"),
        ("DSA", "DSA with SHA-256"),
    ],
)
def test_names(pki, kind, expected) -> None:
    """An algorithm is called as people call it."""
    assert pki.root(kind=kind).certificate.signature_algorithm == expected


def test_pss(pki) -> None:
    """RSA-PSS is named with its digest, and holds."""
    padding = PSS(MGF1(hashes.SHA384()), 48)
    found = pki.root(kind="RSA", digest=hashes.SHA384(), padding=padding).certificate
    assert found.signature_algorithm == "RSA-PSS with SHA-384"
    assert found.is_self_signed


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("608648016503040202", "60864801650304027f", "RSA-PSS with an unknown digest"),
        ("2a864886f70d01010a", "2a864886f70d01010f", "1.2.840.113549.1.1.15"),
    ],
)
def test_unknown(pki, old, new, expected) -> None:
    """What is not known is said, and no such signature holds."""
    padding = PSS(MGF1(hashes.SHA384()), 48)
    found = pki.root(kind="RSA", digest=hashes.SHA384(), padding=padding).certificate
    der = found.der.replace(bytes.fromhex(old), bytes.fromhex(new))
    changed = Certificate.from_der(der)
    assert changed.signature_algorithm == expected
    assert not changed.is_self_signed


@pytest.fixture
def md5(vectors) -> list[Certificate]:
    """Return a chain whose leaf is signed over MD5."""
    cases = json.loads((vectors / "chains/chromium_verify_cases.json").read_text())["cases"]
    (case,) = (case for case in cases if case["id"] == "target-signed-with-md5")
    return [Certificate.from_pem(pem) for pem in case["chain"]]


def test_old_digests(md5, vectors) -> None:
    """Signatures over MD5 and SHA-1 are checked, not waved through nor called forged."""
    leaf, issuer = md5
    assert leaf.signature_algorithm == "RSA with MD5"
    assert is_signed_by(leaf.x509, issuer.x509)
    assert not is_signed_by(issuer.x509, leaf.x509)
    (fake,) = load_certificates(
        (vectors / "chains/chromium/self-signed-invalid-sig.pem").read_bytes()
    )[:1]
    assert not fake.is_self_signed


def test_an_old_digest_by_another_key(md5, pki) -> None:
    """A signature over MD5 that does not match is none, whatever the key."""
    leaf, _ = md5
    flipped = Certificate.from_der(leaf.der[:-1] + bytes([leaf.der[-1] ^ 1]))
    assert not is_signed_by(flipped.x509, md5[1].x509)
    names = list(md5[1].x509.subject)
    namesake = pki.root("Intermediate", names=names).certificate
    assert namesake.slices.subject == leaf.slices.issuer
    assert not is_signed_by(leaf.x509, namesake.x509)
