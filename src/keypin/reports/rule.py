"""The shape of a rule, and of what it finds. This module must not know any particular rule."""

from collections.abc import Callable
from dataclasses import dataclass

from keypin.findings import Severity
from keypin.reports.classification import Classification
from keypin.reports.study import Study


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says when it answers; None takes the rule's own word.

    Attributes:
        message: what it most probably is, a clause.
        evidence: the facts that this rests on.
        next_step: what to do.
        benign: whether it is harmless, where the rule alone does not tell.
        id: which classification, where the rule has several.
        severity: how bad, where the rule has several.
    """

    message: str
    evidence: tuple[str, ...] = ()
    next_step: str | None = None
    benign: bool | None = None
    id: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        id: kebab case, stable for ever.
        severity: how bad it is.
        when: when it answers, one sentence for the documentation.
        next_step: what to do, an imperative clause.
        benign: what it says of harm.
        look: the pure look; None where the rule does not answer.
    """

    id: str
    severity: Severity
    when: str
    next_step: str
    benign: bool | None = None
    look: Callable[[Study], Found | None]

    def answer(self, study: Study) -> Classification | None:
        """Return what the rule makes of a group, or None where it does not answer."""
        found = self.look(study)
        if found is None:
            return None
        return Classification(
            id=found.id or self.id,
            severity=found.severity or self.severity,
            message=found.message,
            evidence=found.evidence,
            next_step=found.next_step or self.next_step,
            benign=self.benign if found.benign is None else found.benign,
        )
