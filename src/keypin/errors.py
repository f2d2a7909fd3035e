"""Every error keypin raises, grouped by whose fault it is.

::

    KeypinError
    +-- InputError             what the caller gave cannot be used       (exit code 2)
    |   +-- CertificateError   bytes that are not the certificate or key they should be
    |   +-- PinError           a pin that is malformed
    |   +-- HostError          a host name or host pattern that is malformed
    |   +-- PinSetError        a pin set or pins.toml that breaks a rule
    |   +-- FormatError        a foreign file that its own platform would refuse
    |   +-- LossError          a pin set that a foreign form cannot say
    |   +-- ReportFormatError  bytes that are no pin failure report
    |   +-- InventoryError     a keypin.toml that breaks a rule
    +-- VerificationError      the chain does not verify to the trust store
    +-- MismatchError          the chain verifies, and misses its pins
    +-- PinningError           a connection was refused; an ssl.SSLCertVerificationError too
    +-- ProbeError             the server or the network did not answer as a TLS server does

Errors carry fields; the text is composed from them, so that a program reads the field and a person
reads one sentence: where, what was seen, what was expected, what to do next.

`LossError`, `MismatchError`, `VerificationError`, `PinningError` and `ProbeError` are defined
beside what raises them, because each carries that room's own facts; all are re-exported by
`keypin`.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the caller's input something stands.

    Attributes:
        file: the file's name as the caller gave it, or None where there is no file.
        line: the line, counted from 1.
        key: the key or element, as `policy[2].pins[0]`.
    """

    file: str | None = None
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        if self.line is not None and self.file is None:
            position = f"line {self.line}"
        return ": ".join(part for part in (position, self.key) if part)


class KeypinError(Exception):
    """The root of every error that keypin raises on purpose."""


class InputError(KeypinError):
    """What the caller gave cannot be used.

    Args:
        seen: what was seen, as a clause without a full stop.
        expected: what was expected instead, as a noun phrase.
        next_step: what to do about it, as an imperative clause.
        place: where it was seen.
    """

    def __init__(
        self,
        seen: str,
        *,
        expected: str | None = None,
        next_step: str | None = None,
        place: Place | None = None,
    ) -> None:
        super().__init__(seen)
        self.seen = seen
        self.expected = expected
        self.next_step = next_step
        self.place = place

    def at(self, place: Place) -> Self:
        """Return this error as seen at `place`: a parser of parts does not know the whole file."""
        return type(self)(self.seen, expected=self.expected, next_step=self.next_step, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place and str(self.place) else ""
        clauses = [self.seen]
        if self.expected:
            clauses.append(f"expected {self.expected}")
        if self.next_step:
            clauses.append(self.next_step)
        return where + "; ".join(clauses)


class CertificateError(InputError):
    """The bytes are not the certificate, key or container that they should be."""


class PinError(InputError):
    """A pin is malformed: wrong length, alphabet, padding, digest or spelling."""


class HostError(InputError):
    """A host name or host pattern is malformed, or may not be pinned."""


class PinSetError(InputError):
    """A pin set breaks a rule of the vocabulary or of the `pins.toml` schema."""


class FormatError(InputError):
    """A file in a foreign form that its platform would refuse, or that holds no pins."""


class InventoryError(InputError):
    """An inventory breaks a rule of the vocabulary or of the `keypin.toml` schema."""


class ReportFormatError(InputError):
    """Bytes that are no pin failure report of a form that is read; the place names the member."""
