"""What has been found so far: the one thing that is handed from reader to reader of an audit."""

from dataclasses import dataclass, field

from keypin.audit.embedded import MAX_EMBEDDED, Found
from keypin.audit.model import EmbeddedCertificate, FoundPin, Source
from keypin.audit.patterns import spelled
from keypin.audit.rules import MALFORMED_PIN, UNREADABLE
from keypin.errors import InputError, Place
from keypin.findings import Finding
from keypin.formats import Reading
from keypin.formats.remark import SHA1_PIN
from keypin.pins import Policy

# An app with more has been made to have them.
MAX_FOUND = 20_000


@dataclass(slots=True)
class Gathered:
    """Pins, policies, certificates, libraries and findings, in the order of the archive."""

    pins: dict[tuple[object, ...], FoundPin] = field(
        default_factory=dict[tuple[object, ...], FoundPin]
    )
    policies: list[Policy] = field(default_factory=list[Policy])
    certificates: dict[tuple[bytes, str | None], EmbeddedCertificate] = field(
        default_factory=dict[tuple[bytes, str | None], EmbeddedCertificate]
    )
    libraries: dict[str, None] = field(default_factory=dict[str, None])
    findings: dict[Finding, None] = field(default_factory=dict[Finding, None])

    def add_pin(
        self,
        text: str,
        place: Place,
        source: Source,
        *,
        host: str | None = None,
        taker: str | None = None,
        nearby: tuple[str, ...] = (),
    ) -> None:
        """Note a pin by its text; one that is none becomes a finding."""
        found = spelled(text)
        if found.pin is None:
            rule = SHA1_PIN if found.broken else MALFORMED_PIN
            problem = found.text if found.broken else f"{found.text}: {found.problem}"
            self.note(rule.at(host or str(place), problem, place))
        elif len(self.pins) < MAX_FOUND:
            key = (found.pin, host, place.file, place.key if host else None)
            pin = FoundPin(found.pin, host, place, source, taker, nearby)
            self.pins.setdefault(key, pin)

    def add_reading(self, reading: Reading, source: Source) -> None:
        """Note what a configuration says: its policies with their pins, and its findings."""
        self.policies += reading.pin_set.policies
        for policy in reading.pin_set.policies:
            for entry in (*policy.pins, *policy.also):
                place = entry.place or policy.place or Place()
                key = (entry.pin, str(policy.host), place.file, place.key)
                self.pins.setdefault(key, FoundPin(entry.pin, str(policy.host), place, source))
        for finding in reading.findings:
            self.note(finding)

    def add_certificate(self, found: Found, place: Place) -> None:
        """Note a certificate, once for a file."""
        if len(self.certificates) < MAX_EMBEDDED:
            certificate = found.certificate
            one = EmbeddedCertificate(certificate, place)
            self.certificates.setdefault((certificate.sha256, place.file), one)

    def unreadable(self, error: InputError, place: Place) -> None:
        """Note a part that cannot be read."""
        where = error.place or place
        self.note(UNREADABLE.at(str(where), str(error.at(Place())), where))

    def note(self, finding: Finding) -> None:
        """Note a finding, once."""
        if len(self.findings) < MAX_FOUND:
            self.findings.setdefault(finding)
