"""The one shape of every judgement: what was found, how bad, on what evidence, and the cure.

Lint rules, the prober's recognisers and the command line all speak in findings, so that a finding
reads the same in a terminal, in JSON and in a code review.
"""

from dataclasses import dataclass
from enum import StrEnum

from keypin.errors import Place


class Severity(StrEnum):
    """How bad: the levels of SARIF 2.1.0 (section 3.27.10) that report a problem or a fact."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement.

    Attributes:
        id: the rule's identifier in kebab case, stable for ever, as `backup-missing`.
        severity: how bad.
        subject: the host, policy or certificate it is about, as the user wrote it.
        message: what was seen, one sentence.
        cure: what to do about it, one imperative sentence.
        evidence: the facts that it rests on, one line each.
        place: where in the user's input, if there is an input.
    """

    id: str
    severity: Severity
    subject: str
    message: str
    cure: str
    evidence: tuple[str, ...] = ()
    place: Place | None = None
