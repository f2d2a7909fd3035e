"""What a form's own rules say of a text: rows of data, as the lint rules of pin sets are.

A remark is found while a text is read, because it is about what no pin set holds: a switch that
turns pinning off, a setting beside the pins, an idiom that could not be followed.
"""

from dataclasses import dataclass

from keypin.errors import Place
from keypin.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Remark:
    """A rule of a platform.

    Attributes:
        id: its identifier in kebab case, the platform's name first.
        severity: how bad.
        reason: why it matters, one sentence.
        cure: what to do about it, one imperative sentence.
        source: where the platform says so.
    """

    id: str
    severity: Severity
    reason: str
    cure: str
    source: str = ""

    def at(self, subject: str, message: str, place: Place | None) -> Finding:
        """Return the finding of this rule about a subject."""
        return Finding(
            id=self.id,
            severity=self.severity,
            subject=subject,
            message=f"{message}. {self.reason}",
            cure=self.cure,
            place=place,
        )


NOT_FOLLOWED = Remark(
    "code-not-followed",
    Severity.WARNING,
    "What is computed at run time cannot be read from the source.",
    "Write the host and its pins as literals or constants in this file, or check them by hand.",
)
SHA1_PIN = Remark(
    "sha1-pin",
    Severity.ERROR,
    "Collisions can be made for SHA-1; the pin was left out.",
    "Pin the SHA-256 digest: `keypin pin` prints it.",
)
REMARKS = (NOT_FOLLOWED, SHA1_PIN)
