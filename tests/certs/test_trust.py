"""Trust stores."""

from keypin.certs import Profile, TrustStore


def test_a_store(pki) -> None:
    """A store holds each anchor once, finds it by its bytes and by its name."""
    root, namesake, other = pki.root(), pki.root(key_name="another"), pki.root("Other")
    store = TrustStore([root.certificate, namesake.certificate, root.certificate], "the lab's CA")
    assert len(store) == 2
    assert store.contains(root.certificate)
    assert not store.contains(other.certificate)
    assert store.named(root.certificate.slices.subject) == (
        root.certificate,
        namesake.certificate,
    )
    assert store.named(b"") == ()
    assert repr(store) == '<TrustStore "the lab\'s CA" of 2 certificates>'


def test_the_strictest_profile_holds_unless_told_otherwise() -> None:
    """An organisation's own CAs are held to less only where somebody said so."""
    assert TrustStore(()).profile is Profile.WEB_PKI
    assert TrustStore((), profile=Profile.RFC5280).profile is Profile.RFC5280


def test_the_verifiers_store_is_made_once(pki) -> None:
    """Verifying again does not build it again."""
    root = pki.root().certificate
    store = TrustStore([root])
    assert store.store_of(root) is store.store_of(root)
