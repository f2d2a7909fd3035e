"""What an audit says: the app, its pins with their places, certificates, findings.

Facts first, judgements in `findings`. A host is named only where the app's own structure says it;
what merely stands near a pin is in `nearby`, and asserted of nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from keypin.certs import Certificate
from keypin.errors import Place
from keypin.findings import Finding
from keypin.pins import Pin, PinSet
from keypin.pins.ca_facts import KnownKey, known_key


class Platform(StrEnum):
    """What the app runs on."""

    ANDROID = "android"
    IOS = "ios"


class Source(StrEnum):
    """How a pin was found, from what its platform enforces down to a mere text."""

    NETWORK_SECURITY_CONFIG = "network-security-config"
    NS_PINNED_DOMAINS = "nspinneddomains"
    TRUSTKIT = "trustkit"
    LIBRARY_CALL = "library-call"  # a pinning library's own method, by its name
    CALL = "call"  # a call with a host and pins: what R8 leaves of the same
    SCRIPT = "script"  # an object in JavaScript, under its host
    TEXT = "text"  # a text, in code or among bytes


@dataclass(frozen=True, slots=True)
class App:
    """Which app it is.

    Attributes:
        platform: Android or iOS.
        identifier: the package name or bundle identifier, None where it cannot be read.
        version: as people know it.
        build: the number that the store counts.
    """

    platform: Platform
    identifier: str | None = None
    version: str | None = None
    build: str | None = None

    def __str__(self) -> str:
        name = self.identifier or "an app without a readable name"
        return f"{name} {self.version}" if self.version else name


@dataclass(frozen=True, slots=True)
class FoundPin:
    """A pin of the app.

    Attributes:
        pin: the digest.
        host: the pattern it is for, None where that could not be followed.
        place: the archive's entry, with the method or line.
        source: how it was found.
        taker: the method that it is handed to, for calls.
        nearby: hosts that stand near it: evidence, and no statement.
    """

    pin: Pin
    host: str | None
    place: Place
    source: Source
    taker: str | None = None
    nearby: tuple[str, ...] = ()

    @property
    def known(self) -> KnownKey | None:
        """The CA key behind the pin, where it is one that is publicly known."""
        return known_key(self.pin)


@dataclass(frozen=True, slots=True)
class EmbeddedCertificate:
    """A certificate of the app, and where it stands."""

    certificate: Certificate
    place: Place


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in an app.

    Attributes:
        app: which app it is.
        pins: every pin, those with a host first.
        pin_set: what the app accepts of its hosts, None where no pin has a host.
        certificates: the certificates in it, each once for a file.
        libraries: the pinning libraries in it.
        findings: what is wrong, and what could not be followed.
    """

    app: App
    pins: tuple[FoundPin, ...] = ()
    pin_set: PinSet | None = None
    certificates: tuple[EmbeddedCertificate, ...] = ()
    libraries: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
