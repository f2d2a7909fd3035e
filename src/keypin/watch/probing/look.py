"""What one probe showed, as the rows of `observations` tell it, and back.

An observation of `keypin.certs` is taken apart by address and kind of key; two looks are the same
where they show the same chain, or the same failure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from keypin.certs import (
    Cause,
    Endpoint,
    Failure,
    Handshake,
    Observation,
    Stapled,
    VerificationError,
    VerifiedChain,
)
from keypin.probe.verdicts import Verdicts
from keypin.watch.inventory.chains import Chain, digest_of

# Characters of a failure's words; what a server says is not longer than what we keep.
_WORDS = 500

_ADDRESS = 64

# An OCSP answer is renewed every few days, so that it came is kept, and not what it said.
_NOT_KEPT = b"not kept"

Spot = tuple[str, str]
"""Address and kind of key: where one thing at a time is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at one spot.

    Attributes:
        chain: the digest of the chain, or None: it failed.
        failure: the name of the failure, or None.
        detail: what may change though the chain is the same.
    """

    chain: bytes | None
    failure: str | None
    detail: Mapping[str, object]

    @property
    def same(self) -> tuple[bytes | None, str | None]:
        """What makes two looks one interval."""
        return self.chain, self.failure


def looks(observation: Observation) -> dict[Spot, Look]:
    """Return what was seen, by spot; a handshake counts where both are said of one."""
    failed = {
        (_label(one.address), one.key_type): Look(
            chain=None, failure=one.cause.value, detail=_words(one)
        )
        for one in observation.failures
    }
    shown = {
        (_label(one.address), one.key_type): Look(
            chain=digest_of(one.presented), failure=None, detail=_facts(one)
        )
        for one in observation.handshakes
    }
    return failed | shown


def presented(observation: Observation) -> dict[bytes, Chain]:
    """Return the chains that were shown, by their digests."""
    return {digest_of(one.presented): one.presented for one in observation.handshakes}


def standing(
    endpoint: Endpoint,
    rows: Iterable[RowMapping],
    chains: Mapping[bytes, Chain],
    verdicts: Verdicts,
    at: datetime,
) -> Observation:
    """Return what an endpoint shows, as its open rows tell it, verified anew."""
    handshakes: list[Handshake] = []
    failures: list[Failure] = []
    for row in rows:
        chain = None if row["chain"] is None else chains.get(row["chain"])
        if chain is not None:
            handshakes.append(_handshake(endpoint, row, chain, verdicts, at))
        elif row["failure"] is not None:
            failures.append(
                Failure(
                    address=row["address"] or None,
                    key_type=row["key_type"],
                    cause=Cause(row["failure"]),
                    detail=str(row["detail"].get("words", "")),
                    alert=row["detail"].get("alert"),
                )
            )
    return Observation(
        endpoint=endpoint, at=at, handshakes=tuple(handshakes), failures=tuple(failures)
    )


def _handshake(
    endpoint: Endpoint, row: RowMapping, chain: Chain, verdicts: Verdicts, at: datetime
) -> Handshake:
    shown, verdict = verdicts.judge(tuple(one.der for one in chain), endpoint.host, at)
    detail = row["detail"]
    return Handshake(
        address=row["address"],
        key_type=row["key_type"],
        tls_version=str(detail.get("tls", "")),
        cipher=str(detail.get("cipher", "")),
        presented=shown,
        verified=verdict if isinstance(verdict, VerifiedChain) else None,
        problem=verdict if isinstance(verdict, VerificationError) else None,
        stapled=Stapled(ocsp=_NOT_KEPT if detail.get("ocsp") else None),
    )


def _label(address: str | None) -> str:
    return (address or "")[:_ADDRESS]


def _facts(one: Handshake) -> dict[str, object]:
    return {
        "tls": one.tls_version,
        "cipher": one.cipher,
        "ocsp": one.stapled is not None and one.stapled.ocsp is not None,
        "problem": None if one.problem is None else one.problem.reason.value,
    }


def _words(one: Failure) -> dict[str, object]:
    return {"words": one.detail[:_WORDS], "alert": one.alert}
