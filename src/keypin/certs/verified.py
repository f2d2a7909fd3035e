"""A chain that verification built: the only kind of chain that pins may be matched on.

RFC 7469 section 2.6 asks for the validated chain, without the certificates that a server sent
beside it. So the type is separate from any sequence of certificates, and only a verifier makes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from keypin.certs.certificate import Certificate


class Position(StrEnum):
    """Where in a verified chain a certificate stands."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """The path from a server's certificate to a trust anchor.

    Attributes:
        certificates: the leaf first, the anchor last; never empty. Of one certificate only, it is
            a leaf that is itself an anchor.
    """

    certificates: tuple[Certificate, ...]

    def __post_init__(self) -> None:
        if not self.certificates:
            raise ValueError("a verified chain has at least one certificate")

    @classmethod
    def from_verifier(cls, certificates: Iterable[Certificate]) -> Self:
        """Take over the chain of a TLS library that verified it.

        For chains that the library itself built and checked, the host's name included, as
        `SSLSocket.get_verified_chain` gives under `CERT_REQUIRED`. Never for a chain as presented:
        an attacker adds to that whatever certificate is pinned.
        """
        return cls(tuple(certificates))

    def __len__(self) -> int:
        return len(self.certificates)

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self.certificates)

    def __getitem__(self, index: int) -> Certificate:
        return self.certificates[index]

    @property
    def leaf(self) -> Certificate:
        """The server's own certificate."""
        return self.certificates[0]

    @property
    def intermediates(self) -> tuple[Certificate, ...]:
        """The certificates between leaf and anchor."""
        return self.certificates[1:-1]

    @property
    def root(self) -> Certificate:
        """The trust anchor, self-signed or not."""
        return self.certificates[-1]

    def position(self, index: int) -> Position:
        """Return where the certificate at `index` stands, counted from the leaf.

        Raises:
            IndexError: there is no such certificate.
        """
        if not 0 <= index < len(self.certificates):
            raise IndexError(f"no certificate {index} in a chain of {len(self.certificates)}")
        if index == 0:
            return Position.LEAF
        return Position.ROOT if index == len(self.certificates) - 1 else Position.INTERMEDIATE
