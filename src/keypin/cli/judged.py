"""An observation with everything keypin says of it: the same for one host and for a fleet."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from keypin.certs import Observation
from keypin.cli import options, shapes
from keypin.cli.exits import Exit
from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.cli.transparency import Examined
    from keypin.ct.log_list import LogList
    from keypin.pins.advice import Advice


@dataclass(frozen=True, slots=True)
class Judged:
    """What one endpoint showed, what is unusual about it at a time, and whether to pin it.

    Attributes:
        transparency: each certificate's SCTs; None where no log list was at hand to judge them.
    """

    observation: Observation
    at: datetime
    findings: tuple[Finding, ...]
    advice: "Advice | None"
    transparency: "tuple[Examined, ...] | None" = None

    def with_transparency(self, logs: "LogList | None") -> Self:
        """Return it with what browsers make of the SCTs by a log list, if there is one."""
        if logs is None:
            return self
        from keypin.cli.transparency import examine_observation
        from keypin.trust import public_roots

        examined = tuple(examine_observation(self.observation, (), logs, self.at, public_roots()))
        said = (finding for one in examined for finding in one.findings)
        return replace(self, findings=(*self.findings, *said), transparency=examined)

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
            transparency=self._transparency(),
        )

    def _transparency(self) -> "list[shapes.Shape] | None":
        if self.transparency is None:
            return None
        from keypin.cli import ct_shapes

        return [ct_shapes.transparency(one) for one in self.transparency]


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the exit code of many: a finding outweighs not knowing, which outweighs fine."""
    seen = set(codes)
    ranked = (Exit.FINDING, Exit.COULD_NOT_TELL)
    return next((code for code in ranked if code in seen), Exit.FINE)
