"""The search for paths, and the bounds on its work."""

from itertools import pairwise
from time import perf_counter

from keypin.certs import TrustStore
from keypin.certs.paths import MAX_SIGNATURE_CHECKS, MAX_STEPS, Search


def test_a_key_stands_once_in_a_path(pki) -> None:
    """Certificates that renew one CA's key under one name are alternatives, not steps."""
    root = pki.root()
    renewed = [pki.ca(root, "CA", key_name="CA").certificate for _ in range(3)]
    leaf = pki.leaf(pki.ca(root, "CA", key_name="CA"), "shop.test").certificate
    search = Search(renewed, pki.trust(root))
    paths = list(search.anchored(leaf))
    assert [path[1] for path in paths] == renewed
    assert all(len(path) == 3 for path in paths)


def test_a_hundred_certificates_of_one_key(pki) -> None:
    """Limbo's worst case ends after few checks (Go's TestPathologicalChains)."""
    ca = pki.root("CA")
    crowd = [pki.root("CA", key_name="CA").certificate for _ in range(100)]
    leaf = pki.leaf(ca, "shop.test").certificate
    search = Search(crowd, TrustStore(()))
    assert list(search.anchored(leaf)) == []
    assert search.exhausted


def test_layers_of_cross_signs(pki) -> None:
    """Paths that multiply are bounded by steps where signatures are few."""
    layers = [[pki.root("CA 0")] * 3]
    for depth in range(1, 8):
        above = layers[-1][0]
        layers.append([pki.ca(above, f"CA {depth}", key_name=f"{depth}") for _ in range(3)])
    pool = [found.certificate for layer in layers for found in layer]
    leaf = pki.leaf(layers[-1][0], "shop.test").certificate
    search = Search(pool, TrustStore(()))
    began = perf_counter()
    count = sum(1 for _ in search.complete(leaf))
    assert perf_counter() - began < 2
    assert 0 < count < MAX_STEPS
    assert search.exhausted
    assert MAX_SIGNATURE_CHECKS < MAX_STEPS


def test_every_step_is_signed(pki) -> None:
    """Each certificate in a path was signed by the one that follows it."""
    root = pki.root()
    ca = pki.ca(root)
    leaf = pki.leaf(ca, "shop.test").certificate
    forged = pki.ca(root, signer=pki.key("forger"), key_name="forged").certificate
    (path,) = Search([forged, ca.certificate], pki.trust(root)).anchored(leaf)
    assert path == (leaf, ca.certificate, root.certificate)
    for below, above in pairwise(path):
        below.x509.verify_directly_issued_by(above.x509)
