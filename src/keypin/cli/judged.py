"""An observation with everything keypin says of it: the same for one host and for a fleet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keypin.certs import Observation
from keypin.cli import options, shapes
from keypin.cli.exits import Exit
from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.pins.advice import Advice


@dataclass(frozen=True, slots=True)
class Judged:
    """What one endpoint showed, what is unusual about it at a time, and whether to pin it."""

    observation: Observation
    at: datetime
    findings: tuple[Finding, ...]
    advice: "Advice | None"

    def exit_code(self, fail_on: str) -> Exit:
        """Return what the judgement means for a script."""
        unverified = any(shake.verified is None for shake in self.observation.handshakes)
        if unverified or options.any_counts(self.findings, fail_on):
            return Exit.FINDING
        return Exit.COULD_NOT_TELL if self.observation.failures else Exit.FINE

    def document(self) -> str:
        """Return the JSON document, shape `keypin/check/1`."""
        return shapes.document(
            "check",
            1,
            **shapes.observation(self.observation),
            findings=shapes.findings(self.findings),
            advice=shapes.advice(self.advice) if self.advice else None,
        )


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the exit code of many: a finding outweighs not knowing, which outweighs fine."""
    seen = set(codes)
    ranked = (Exit.FINDING, Exit.COULD_NOT_TELL)
    return next((code for code in ranked if code in seen), Exit.FINE)
