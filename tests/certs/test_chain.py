"""Chains out of a bag."""

from itertools import permutations

from keypin.certs import assemble


def test_any_order(pki) -> None:
    """However the bag is shuffled, the chain is the same."""
    root = pki.root()
    ca = pki.ca(root)
    chain = tuple(found.certificate for found in (pki.leaf(ca, "shop.test"), ca, root))
    for bag in permutations(chain):
        assert assemble(bag) == (chain,)
    assert assemble(chain * 2) == (chain,)


def test_cross_signed_roots(pki) -> None:
    """A leaf under a cross-signed root has a chain to each end."""
    old, new = pki.root("Old"), pki.root("New")
    cross = pki.ca(old, "New", key_name="New")
    leaf = pki.leaf(new, "shop.test")
    a, b, c, d = (found.certificate for found in (leaf, new, cross, old))
    assert assemble([a, b, c, d]) == ((a, b), (a, c, d))


def test_two_leaves(pki) -> None:
    """Two servers' certificates begin two chains, unless one is asked for."""
    root = pki.root().certificate
    first, second = (pki.leaf(pki.root(), host).certificate for host in ("a.test", "b.test"))
    assert assemble([first, root, second]) == ((first, root), (second, root))
    assert assemble([first, root, second], leaf=second) == ((second, root),)


def test_a_forged_link_is_none(pki) -> None:
    """A certificate that names an issuer whose key did not sign it stands alone."""
    root = pki.root()
    forged = pki.leaf(root, "shop.test", signer=pki.key("forger")).certificate
    assert assemble([forged, root.certificate]) == ((forged,),)


def test_only_a_root(pki) -> None:
    """A root alone is a chain of one, and so is a certificate without its issuer."""
    root = pki.root()
    assert assemble([root.certificate]) == ((root.certificate,),)
    assert assemble([]) == ()


def test_a_ring(pki) -> None:
    """CAs that signed each other have no leaf: the chain begins where the bag does."""
    a, b = pki.root("A"), pki.root("B")
    ring = [
        pki.ca(a, "B", key_name="B").certificate,
        pki.ca(b, "A", key_name="A").certificate,
    ]
    assert assemble(ring) == (tuple(ring),)
