"""What is wrong with the SCTs of a certificate, as findings."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace

from keypin.certs import Certificate
from keypin.ct.promise import Promise, Signature
from keypin.ct.sct import SctFormatError
from keypin.ct.verdict import Verdict, Verdicts
from keypin.findings import Finding, Severity

SEVERITIES: dict[str, Severity] = {
    "ct-not-accepted": Severity.ERROR,
    "ct-sct-bad-signature": Severity.ERROR,
    "ct-sct-unreadable": Severity.ERROR,
    "ct-issuer-missing": Severity.WARNING,
    "ct-list-stale": Severity.WARNING,
    "ct-log-unknown": Severity.NOTE,
}
"""Every finding on SCTs."""


def findings(
    subject: str,
    certificate: Certificate,
    promises: Sequence[Promise],
    verdicts: Verdicts,
    *,
    demanded: bool = True,
) -> tuple[Finding, ...]:
    """Return what is to be said of a certificate's SCTs.

    Args:
        subject: the host or file, as the user wrote it.
        certificate: the server's.
        promises: its SCTs.
        verdicts: what browsers make of them.
        demanded: whether its CA is a public one; of others browsers demand no SCTs.
    """
    refused = _refusals(subject, verdicts)
    found = [
        *_signatures(subject, certificate, promises),
        *(refused if demanded else map(_undemanded, refused)),
    ]
    if verdicts.stale and verdicts.listed is not None:
        days = (verdicts.at - verdicts.listed).days
        seen = f"the log list is {days} days old: logs may have come, and been retired, since"
        found.append(_finding("ct-list-stale", subject, seen, "Fetch a fresh log list."))
    return tuple(found)


def unreadable(subject: str, why: SctFormatError) -> Finding:
    """Return what is to be said of a list of SCTs that is none."""
    return _finding(
        "ct-sct-unreadable",
        subject,
        f"a list of SCTs cannot be read: {why}",
        "Have it issued anew, or mend what staples it; clients pass over the whole list.",
    )


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


def _undemanded(refusal: Finding) -> Finding:
    """Return a refusal as what it is for a CA that is not public: good to know."""
    return replace(
        refusal,
        severity=Severity.NOTE,
        message=f"{refusal.message}; nor does it demand any of a CA that is not public",
        cure="Nothing, unless the CA is to become a public one.",
    )


def _evidence(verdict: Verdict) -> Iterator[str]:
    for worth in verdict.worths:
        log = worth.promise.log
        name = log.description if log else _log_id(worth.promise)
        yield f"{name}: {'counts' if worth.counts else 'does not count'}, {worth.why}"


def _log_id(promise: Promise) -> str:
    """Return a log's ID as log lists write it."""
    return f"log ID {b64encode(promise.sct.log_id).decode()}"


def _signatures(
    subject: str, certificate: Certificate, promises: Sequence[Promise]
) -> Iterator[Finding]:
    for one in promises:
        if one.signature is Signature.BAD and one.log is not None:
            yield _finding(
                "ct-sct-bad-signature",
                subject,
                f"the {one.delivery} SCT of {one.log.description} is not by that log, or is over "
                "another certificate",
                "Take the certificate as the CA issued it; if it is, tell the CA.",
                (_log_id(one), f"made {one.sct.timestamp:%Y-%m-%d %H:%M:%S}Z"),
            )
    unknown = [one for one in promises if one.signature is Signature.UNKNOWN_LOG]
    if unknown:
        count = len(unknown)
        yield _finding(
            "ct-log-unknown",
            subject,
            f"{count} SCT{'s are' if count > 1 else ' is'} of a log that the list does not have",
            "Nothing, if browsers dropped the log long ago; else fetch a fresh log list.",
            tuple(_log_id(one) for one in unknown),
        )
    if any(one.signature is Signature.NO_ISSUER for one in promises):
        yield _finding(
            "ct-issuer-missing",
            subject,
            f"its issuer is missing, {certificate.issuer!r}, whose key is in what logs signed",
            "Give the chain in one file, or the issuer by --issuer.",
        )
