import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from keypin.certs.container import load_certificates
from keypin.certs.failure import Reason
from keypin.certs.observation import Stapled
from keypin.pins.pin import Pin

HOST = "www.example.com"


def test_a_self_signed_certificate_is_told(finds, shake, private) -> None:
    """Its key vouches for itself."""
    (found,) = finds("self-signed", shake(private.certificate, reason=Reason.SELF_SIGNED))
    assert found.message == "the certificate is self-signed"
    assert found.evidence == (f"{private.pin}: CN=Private Root", "seen at 192.0.2.1:443")
    assert not finds("self-signed", shake(private.leaf(HOST), reason=Reason.UNKNOWN_ISSUER))


def test_a_certificate_for_other_names_is_told_with_them(finds, shake, public) -> None:
    """Five names, and how many more."""
    leaf = public.leaf(*(f"w{n}.example.net" for n in range(7)))
    (found,) = finds("name-mismatch", shake(leaf, reason=Reason.HOST_MISMATCH))
    assert found.message == "the certificate is not for www.example.com"
    assert found.evidence[0] == (
        "its names: w0.example.net, w1.example.net, w2.example.net, w3.example.net, "
        "w4.example.net and 2 more"
    )
    (found,) = finds("name-mismatch", shake(public.leaf(), reason=Reason.HOST_MISMATCH))
    assert found.evidence[0] == "its names: none"
    assert not finds("name-mismatch", shake(leaf))


def test_an_unexplained_failure_is_told_in_the_verifiers_words(finds, shake, private) -> None:
    """No failed handshake goes without a finding."""
    (found,) = finds("verification-failed", shake(private.leaf(HOST), reason=Reason.BAD_SIGNATURE))
    assert found.message == "the chain does not verify (bad-signature): as the verifier says"


def test_an_explained_failure_is_told_once(finds, shake, private, authority) -> None:
    """A mismatch has its own finding, and a product explains its unknown root."""
    assert not finds("verification-failed", shake(private.leaf(HOST), reason=Reason.HOST_MISMATCH))
    proxy = authority.root("PortSwigger CA").leaf(HOST)
    assert not finds("verification-failed", shake(proxy, reason=Reason.UNTRUSTED_ROOT))
    assert not finds("verification-failed", shake(private.leaf(HOST)))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "RSA 1024"),  # noqa: S505 - weak on purpose
        (lambda: ec.generate_private_key(ec.SECP224R1()), "EC P-224"),
        (lambda: dsa.generate_private_key(1024), "DSA"),  # noqa: S505 - weak on purpose
    ],
    ids=["rsa-1024", "p-224", "dsa"],
)
def test_a_weak_key_is_told(finds, shake, public, make, name) -> None:
    """Too small for the Baseline Requirements, or gone from TLS."""
    leaf = public.leaf(HOST, key=make())
    (found,) = finds("weak-key", shake(leaf))
    assert found.message == f"a key is too weak: {name}"
    assert found.evidence[0] == f"{Pin.of_key(leaf)}: CN={HOST}"


def test_a_strong_key_is_silent(finds, shake, public, rsa_key) -> None:
    """RSA of 2048 bits and P-256 are what everybody has."""
    assert not finds("weak-key", shake(public.leaf(HOST, key=rsa_key)), shake(public.leaf(HOST)))


def test_a_signature_over_sha1_is_told(finds, shake, vectors) -> None:
    """badssl.com keeps one; a root's own signature protects nothing and is not told."""
    path = vectors / "chains" / "badssl" / "wildcard-sha1-2017.pem"
    presented = load_certificates(path.read_bytes())
    (found,) = finds("weak-signature", shake(*presented, reason=Reason.EXPIRED))
    assert found.message == "a certificate is signed over SHA1, which is broken"
    assert f"{Pin.of_key(presented[0])}: {presented[0].subject}" in found.evidence


def test_a_sound_signature_is_silent(finds, shake, public) -> None:
    """SHA-256 is what everybody has."""
    assert not finds("weak-signature", shake(public.leaf(HOST), public.certificate))


def test_a_public_certificate_without_timestamps_is_told(finds, shake, public, private) -> None:
    """Chrome and Safari refuse it; a private CA has no log."""
    chain = public.chain(HOST)
    (found,) = finds("no-scts", shake(chain.leaf, verified=chain))
    assert found.message == "the certificate carries no signed certificate timestamp"
    own = private.chain(HOST)
    assert not finds("no-scts", shake(own.leaf, verified=own))


@pytest.mark.parametrize("stapled", [Stapled(scts=b"list"), Stapled(ocsp=b"response")])
def test_timestamps_may_come_beside_the_certificate(finds, shake, public, stapled) -> None:
    """In the handshake, or inside the stapled OCSP answer (RFC 6962, section 3.3)."""
    chain = public.chain(HOST)
    assert not finds("no-scts", shake(chain.leaf, verified=chain, stapled=stapled))
    assert finds("no-scts", shake(chain.leaf, verified=chain, stapled=Stapled()))
