"""A certificate with all that Certificate Transparency has to say of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keypin.certs import Certificate, Handshake, Observation, Stapled
from keypin.certs.signature import is_signed_by

if TYPE_CHECKING:
    from keypin.certs import TrustStore
    from keypin.ct.log_list import LogList
    from keypin.ct.promise import Promise
    from keypin.ct.sct import SctFormatError
    from keypin.ct.verdict import Verdicts
    from keypin.findings import Finding


_NOTHING = Stapled()


@dataclass(frozen=True, slots=True)
class Examined:
    """A certificate, judged by its SCTs.

    Attributes:
        subject: the host or file, as the user wrote it.
        certificate: the server's.
        promises: its SCTs.
        verdicts: what browsers make of them.
        findings: what is wrong with them.
    """

    subject: str
    certificate: Certificate
    promises: "tuple[Promise, ...]"
    verdicts: "Verdicts"
    findings: "tuple[Finding, ...]"


def issuer_of(certificate: Certificate, others: Iterable[Certificate]) -> Certificate | None:
    """Return the one among others whose key signed a certificate."""
    named = (one for one in others if one.slices.subject == certificate.slices.issuer)
    return next((one for one in named if is_signed_by(certificate.x509, one.x509)), None)


def examine(
    subject: str,
    certificate: Certificate,
    others: Sequence[Certificate],
    logs: "LogList",
    at: datetime,
    *,
    stapled: Stapled = _NOTHING,
    demanded: bool = True,
) -> Examined:
    """Return what is to be said of a certificate's SCTs.

    Args:
        subject: the host or file, as the user wrote it.
        certificate: the server's.
        others: among which its issuer is looked for.
        logs: the list by which to judge.
        at: the time of the check.
        stapled: what came with it in the handshake.
        demanded: whether its CA is a public one, of which browsers demand SCTs.
    """
    from keypin.ct.policy_findings import findings, unreadable
    from keypin.ct.verdict import judge

    promises, torn = _promises(certificate, logs, issuer_of(certificate, others), stapled)
    verdicts = judge(promises, certificate, logs, at)
    said = findings(subject, certificate, promises, verdicts, demanded=demanded)
    also = (unreadable(subject, torn),) if torn else ()
    return Examined(subject, certificate, promises, verdicts, (*also, *said))


def _promises(
    certificate: Certificate, logs: "LogList", issuer: Certificate | None, stapled: Stapled
) -> "tuple[tuple[Promise, ...], SctFormatError | None]":
    """Return the SCTs, and what is wrong with a list of them; the others stand without it."""
    from keypin.ct.promise import promises_of
    from keypin.ct.sct import SctFormatError

    torn: SctFormatError | None = None
    for tls, ocsp in ((stapled.scts, stapled.ocsp), (None, None)):
        try:
            return promises_of(certificate, logs, issuer=issuer, tls=tls, ocsp=ocsp), torn
        except SctFormatError as error:
            torn = torn or error
    return (), torn


def examine_observation(
    seen: Observation,
    others: Sequence[Certificate],
    logs: "LogList",
    at: datetime,
    public: "TrustStore | None" = None,
) -> Iterator[Examined]:
    """Yield what is to be said of each certificate that an endpoint showed, once each.

    Args:
        seen: what it showed.
        others: among which issuers are looked for too.
        logs: the list by which to judge.
        at: the time of the check.
        public: the public CAs; None to take every CA for one.
    """
    shown = set[tuple[bytes, Stapled]]()
    for shake in seen.handshakes:
        leaf, stapled = shake.presented[0], shake.stapled or _NOTHING
        if (leaf.sha256, stapled) not in shown:
            shown.add((leaf.sha256, stapled))
            yield examine(
                str(seen.endpoint),
                leaf,
                (*_above(shake), *others),
                logs,
                at,
                stapled=stapled,
                demanded=public is None or _is_public(shake, public),
            )


def _is_public(shake: Handshake, public: "TrustStore") -> bool:
    from keypin.diagnose.view import is_public_root

    return shake.verified is not None and is_public_root(shake.verified.root, public)


def _above(shake: Handshake) -> tuple[Certificate, ...]:
    verified = shake.verified.certificates if shake.verified else ()
    return (*verified, *shake.presented)
