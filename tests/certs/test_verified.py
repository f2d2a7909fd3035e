"""Verified chains, and where in them a certificate stands."""

import pytest

from keypin.certs import Position, VerifiedChain


@pytest.fixture
def certificates(pki):
    """Return a leaf, two intermediates and a root."""
    root = pki.root()
    upper = pki.ca(root, "Upper")
    lower = pki.ca(upper, "Lower")
    leaf = pki.leaf(lower, "shop.test")
    return [found.certificate for found in (leaf, lower, upper, root)]


def test_parts(certificates) -> None:
    """A chain is a sequence from leaf to anchor."""
    chain = VerifiedChain.from_verifier(certificates)
    assert (chain.leaf, *chain.intermediates, chain.root) == tuple(certificates)
    assert list(chain) == certificates
    assert (len(chain), chain[1]) == (4, certificates[1])


def test_positions(certificates) -> None:
    """The first is the leaf, the last the root, the others are intermediates."""
    chain = VerifiedChain(tuple(certificates))
    assert [chain.position(index) for index in range(4)] == [
        Position.LEAF,
        Position.INTERMEDIATE,
        Position.INTERMEDIATE,
        Position.ROOT,
    ]


def test_a_chain_of_one_is_a_leaf(certificates) -> None:
    """A trusted self-signed certificate is the server's own: a root pin does not match it."""
    chain = VerifiedChain((certificates[0],))
    assert chain.position(0) is Position.LEAF
    assert chain.root == chain.leaf
    assert chain.intermediates == ()


@pytest.mark.parametrize("index", [-1, 4])
def test_no_such_position(certificates, index) -> None:
    """An index outside the chain is a mistake, and never counted from the end."""
    with pytest.raises(IndexError, match=f"no certificate {index} in a chain of 4"):
        VerifiedChain(tuple(certificates)).position(index)


def test_never_empty() -> None:
    """A chain of nothing would match nothing and look verified."""
    with pytest.raises(ValueError, match="a verified chain has at least one certificate"):
        VerifiedChain(())
