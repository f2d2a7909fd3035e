"""Findings on an app: the lint rules on its pin set, and what no pin set can hold."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from keypin.audit.model import Audit, EmbeddedCertificate, FoundPin, Source
from keypin.audit.rules import (
    AT_RUN_TIME,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_PIN,
    DEAD_KEY,
    HOST_UNKNOWN,
    NO_PINS,
    ONE_PIN,
)
from keypin.certs import VerifiedChain
from keypin.errors import Place
from keypin.findings import Finding
from keypin.pins import PinSet
from keypin.pins.lint import lint
from keypin.pins.policy import ENOUGH_PINS

# An app cannot say which of its pins is the backup; `ONE_PIN` tells where there is none. Code has
# no place for an expiry; where a configuration has one, its own reader judges it.
_NOT_OF_APPS = frozenset({"backup-missing", "expiry-missing"})

# A file with more certificates is a trust store, whose members nobody pins.
_STORE = 10


def findings_of(audit: Audit, at: datetime) -> Iterator[Finding]:
    """Yield what is to be said of an app, its own findings first."""
    yield from audit.findings
    yield from _one_pin(audit)
    if audit.pin_set is not None:
        yield from findings_on(audit.pin_set, at, {})
    hostless = [pin for pin in audit.pins if pin.host is None]
    yield from _hostless(hostless, at)
    yield from _certificates(audit.certificates, at)
    yield from _nothing(audit)


def findings_on(
    pin_set: PinSet, at: datetime, observed: Mapping[str, tuple[VerifiedChain, ...]]
) -> Iterator[Finding]:
    """Yield what the lint rules say of an app's pin set, beside what its hosts show now."""
    found = lint(pin_set, at=at, observed=observed)
    return (finding for finding in found if finding.id not in _NOT_OF_APPS)


def _one_pin(audit: Audit) -> Iterator[Finding]:
    for policy in audit.pin_set.policies if audit.pin_set else ():
        digests = {entry.pin.digest for entry in policy.pins}
        if policy.exempt is None and len(digests) < ENOUGH_PINS:
            yield ONE_PIN.at(str(policy.host), f"{policy.host} has one pin", policy.place)


def _hostless(pins: list[FoundPin], at: datetime) -> Iterator[Finding]:
    """Yield one finding for each file with pins whose host is not known, and one for dead keys."""
    for file, found in _by_file(pins).items():
        count = f"{len(found)} pins are" if len(found) > 1 else "a pin is"
        finding = HOST_UNKNOWN.at(str(file), f"{count} of no host that is known", Place(file))
        yield replace(finding, evidence=tuple(map(_told, found)))
    for found_pin in pins:
        known = found_pin.known
        if known is not None and (known.removed or known.not_after < at.date()):
            gone = "left Mozilla's root programme" if known.removed else "has expired"
            message = f"{found_pin.pin} is {known.name} of {known.operator}, which {gone}"
            yield DEAD_KEY.at(str(found_pin.pin), message, found_pin.place)


def _by_file(pins: list[FoundPin]) -> dict[str | None, list[FoundPin]]:
    files: dict[str | None, list[FoundPin]] = {}
    for found in pins:
        files.setdefault(found.place.file, []).append(found)
    return files


def _told(found: FoundPin) -> str:
    near = f"; near it: {', '.join(found.nearby)}" if found.nearby else ""
    return f"{found.pin}{near}"


def _certificates(found: tuple[EmbeddedCertificate, ...], at: datetime) -> Iterator[Finding]:
    files = [one.place.file for one in found]
    for one in found:
        certificate = one.certificate
        if files.count(one.place.file) > _STORE:
            continue
        if certificate.not_after < at:
            ended = f"{certificate.label} expired on {certificate.not_after:%Y-%m-%d}"
            yield CERTIFICATE_EXPIRED.at(certificate.label, ended, one.place)
        elif not certificate.is_ca:
            end = f"{certificate.not_after:%Y-%m-%d}"
            ends = f"{certificate.label}, a server's, is valid until {end}"
            yield CERTIFICATE_PIN.at(certificate.label, ends, one.place)


def _nothing(audit: Audit) -> Iterator[Finding]:
    """Tell where pins are expected and none is found, or none is to be expected."""
    subject = str(audit.app)
    sources = {pin.source for pin in audit.pins}
    if audit.libraries and not sources - {Source.TEXT}:
        names = ", ".join(audit.libraries)
        yield AT_RUN_TIME.at(subject, f"{names} is in the app, and no pins for it", None)
    elif not audit.pins:
        yield NO_PINS.at(subject, "the app has no pins", None)
