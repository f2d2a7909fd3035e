"""skeleton."""
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason, VerificationError
from keypin.certs.trust import TrustStore
from keypin.certs.verified import VerifiedChain


def verify(
    presented: Sequence[Certificate],
    host: str,
    *,
    trust: TrustStore,
    at: datetime,
    extra: Iterable[Certificate] = (),
) -> VerifiedChain:
    """Verify."""
    raise NotImplementedError


def verified_paths(
    presented: Sequence[Certificate],
    host: str,
    *,
    trust: TrustStore,
    at: datetime,
    extra: Iterable[Certificate] = (),
) -> Iterator[VerifiedChain]:
    """Paths."""
    raise NotImplementedError
