"""Each distinct chain is parsed once and verified once, for as long as the verdict cannot change.

A verdict depends on the time only through the dates in certificates. So it holds, exactly, between
the two neighbouring dates of everything that could be on a path: the certificates presented, those
added, and the anchors. Within that span, for the same host and chain, it is reused; beyond it the
chain is verified anew. Both memories are bounded: a hostile server can flush them, not grow them.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from keypin.certs import (
    Cause,
    Certificate,
    Reason,
    TrustStore,
    VerificationError,
    VerifiedChain,
    verify,
)
from keypin.errors import CertificateError
from keypin.probe.failure import ProbeError

# Certificates and verdicts remembered: some 10 MB at most for certificates of ordinary size.
MEMORY = 1024

Chain = tuple[Certificate, ...]
_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class _Verdict:
    chain: Chain
    found: VerifiedChain | tuple[Reason, str]
    after: datetime
    before: datetime

    def at(self, host: str, at: datetime) -> VerifiedChain | VerificationError:
        if isinstance(self.found, VerifiedChain):
            return self.found
        reason, detail = self.found
        return VerificationError(reason, detail, host=host, chain=self.chain, at=at)


class Verdicts:
    """Parses and verifies presented chains for one trust store.

    Args:
        trust: the anchors.
        extra: certificates that may help to build a path.
    """

    def __init__(self, trust: TrustStore, extra: Iterable[Certificate] = ()) -> None:
        self._trust = trust
        self._extra = tuple(extra)
        self._dates = _dates((*trust.certificates, *self._extra))
        self._certificates: dict[bytes, Certificate] = {}
        self._verdicts: dict[tuple[tuple[bytes, ...], str], _Verdict] = {}

    def judge(
        self, ders: tuple[bytes, ...], host: str, at: datetime
    ) -> tuple[Chain, VerifiedChain | VerificationError]:
        """Return the presented certificates, and their verified chain or why there is none.

        Raises:
            ProbeError: a certificate cannot be read.
        """
        known = self._verdicts.get((ders, host))
        if known is None or not known.after < at < known.before:
            chain = known.chain if known else tuple(map(self._certificate, ders))
            known = self._verify(chain, host, at)
            _remember(self._verdicts, (ders, host), known)
        return known.chain, known.at(host, at)

    def _certificate(self, der: bytes) -> Certificate:
        known = self._certificates.get(der)
        if known is None:
            try:
                known = Certificate.from_der(der)
            except CertificateError as error:
                raise ProbeError(Cause.MALFORMED_CERTIFICATE, str(error)) from error
            _remember(self._certificates, der, known)
        return known

    def _verify(self, chain: Chain, host: str, at: datetime) -> _Verdict:
        found: VerifiedChain | tuple[Reason, str]
        try:
            found = verify(chain, host, trust=self._trust, at=at, extra=self._extra)
        except VerificationError as error:
            found = error.reason, error.detail
        return _Verdict(chain, found, *_span((*self._dates, *_dates(chain)), at))


def _dates(certificates: Iterable[Certificate]) -> tuple[datetime, ...]:
    return tuple(date for found in certificates for date in (found.not_before, found.not_after))


def _span(dates: tuple[datetime, ...], at: datetime) -> tuple[datetime, datetime]:
    """Return the dates next to `at` on either side; `at` on a date gives an empty span."""
    earliest, latest = _EVER
    after = max((date for date in dates if date <= at), default=earliest)
    before = min((date for date in dates if date >= at), default=latest)
    return after, before


def _remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Put `value` in, and forget what was put in first when the memory is full."""
    if len(memory) >= MEMORY:
        del memory[next(iter(memory))]
    memory[key] = value
