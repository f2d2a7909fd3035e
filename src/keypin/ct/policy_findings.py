"""What is wrong with the SCTs of a certificate, as findings."""

from collections.abc import Iterator, Sequence

from keypin.certs import Certificate
from keypin.ct.promise import Promise, Signature
from keypin.ct.verdict import Verdict, Verdicts
from keypin.findings import Finding, Severity

SEVERITIES: dict[str, Severity] = {
    "ct-not-accepted": Severity.ERROR,
    "ct-bad-signature": Severity.ERROR,
    "ct-issuer-missing": Severity.WARNING,
    "ct-list-stale": Severity.WARNING,
    "ct-log-unknown": Severity.NOTE,
}
"""Every finding on SCTs."""


def findings(
    subject: str, certificate: Certificate, promises: Sequence[Promise], verdicts: Verdicts
) -> tuple[Finding, ...]:
    """Return what is to be said of a certificate's SCTs.

    Args:
        subject: the host or file, as the user wrote it.
        certificate: the server's.
        promises: its SCTs.
        verdicts: what browsers make of them.
    """
    found = [*_signatures(subject, certificate, promises), *_refusals(subject, verdicts)]
    if verdicts.stale and verdicts.listed is not None:
        days = (verdicts.at - verdicts.listed).days
        seen = f"the log list is {days} days old: logs may have come, and been retired, since"
        found.append(_finding("ct-list-stale", subject, seen, "Fetch a fresh log list."))
    return tuple(found)


def _finding(
    name: str, subject: str, message: str, cure: str, evidence: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        id=name,
        severity=SEVERITIES[name],
        subject=subject,
        message=message,
        cure=cure,
        evidence=evidence,
    )


def _refusals(subject: str, verdicts: Verdicts) -> Iterator[Finding]:
    for one in verdicts.each:
        if one.accepted is False:
            yield _finding(
                "ct-not-accepted",
                subject,
                f"{one.policy.browser} does not accept it: {'; '.join(one.reasons)}",
                f"Have it issued anew with SCTs that satisfy {one.policy.page}.",
                tuple(_evidence(one)),
            )


def _evidence(verdict: Verdict) -> Iterator[str]:
    for worth in verdict.worths:
        log = worth.promise.log
        name = log.description if log else worth.promise.sct.log_id.hex()
        yield f"{name}: {'counts' if worth.counts else 'does not count'}, {worth.why}"


def _signatures(
    subject: str, certificate: Certificate, promises: Sequence[Promise]
) -> Iterator[Finding]:
    for one in promises:
        if one.signature is Signature.BAD and one.log is not None:
            yield _finding(
                "ct-bad-signature",
                subject,
                f"the {one.delivery} SCT of {one.log.description} is not by that log, or is over "
                "another certificate",
                "Take the certificate as the CA issued it; if it is, tell the CA.",
                (f"log ID {one.sct.log_id.hex()}", f"made {one.sct.timestamp:%Y-%m-%d %H:%M:%S}Z"),
            )
        elif one.signature is Signature.UNKNOWN_LOG:
            yield _finding(
                "ct-log-unknown",
                subject,
                f"no log of the list has the ID of an {one.delivery} SCT",
                "Nothing, if the log is one that browsers dropped; else fetch a fresh log list.",
                (f"log ID {one.sct.log_id.hex()}",),
            )
    if any(one.signature is Signature.NO_ISSUER for one in promises):
        yield _finding(
            "ct-issuer-missing",
            subject,
            f"its issuer is missing, {certificate.issuer!r}, whose key is in what logs signed",
            "Give the chain in one file, or the issuer by --issuer.",
        )
