"""Chains out of an unordered bag of certificates, as a file or a careless server holds them.

What comes out is in order and its signatures hold. It is not verified: no trust, date or name was
looked at, and no pin may be matched on it.
"""

from collections.abc import Iterable
from itertools import islice

from keypin.certs.certificate import Certificate
from keypin.certs.paths import Path, Search
from keypin.certs.trust import TrustStore

# Chains that are told of; a leaf under four generations of cross-signed roots has five.
MAX_CHAINS = 32


def assemble(
    bag: Iterable[Certificate], *, leaf: Certificate | None = None
) -> tuple[tuple[Certificate, ...], ...]:
    """Return the chains that the certificates in `bag` form, each as long as it can be.

    Args:
        bag: certificates in any order; a repeated one counts once.
        leaf: where the chains begin; without it, at each certificate that issued none of the
            others.

    Returns:
        Chains in order from leaf to root. Cross-signed CAs give several for one leaf; at most
        `MAX_CHAINS` are returned.
    """
    certificates = tuple(dict.fromkeys(bag))
    search = Search(certificates, TrustStore(()))
    leaves = (leaf,) if leaf else _leaves(certificates)
    chains = (chain for start in leaves for chain in search.complete(start))
    return tuple(islice(chains, MAX_CHAINS))


def _leaves(certificates: Path) -> Path:
    issuers = {found.slices.issuer for found in certificates if not found.is_self_issued}
    leaves = tuple(found for found in certificates if found.slices.subject not in issuers)
    return leaves or certificates[:1]
