"""What a form cannot say of a pin set, and what that does to whoever uses the form.

A form is never written when it would be weaker, or would surely break: `keypin.formats.form` raises
instead. The other losses are told. `LOSSES` is the table of what may be lost; a form adds rows of
its own where its platform has rules that no ability describes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from keypin.errors import Place
from keypin.findings import Finding, Severity
from keypin.formats.abilities import Abilities
from keypin.pins import PinSet, Policy


class Effect(StrEnum):
    """What a loss does."""

    WEAKER = "weaker"  # the form would accept what the pin set refuses
    BREAKS = "breaks"  # the form would refuse what the pin set accepts
    WIDER = "wider"  # the same keys are accepted at more places
    STRICTER = "stricter"  # the form may refuse what the pin set accepts, if it ever comes up
    DROPPED = "dropped"  # the form decides the same, and says less


REFUSED = frozenset({Effect.WEAKER, Effect.BREAKS})

_SEVERITY = {
    Effect.WEAKER: Severity.ERROR,
    Effect.BREAKS: Severity.ERROR,
    Effect.WIDER: Severity.WARNING,
    Effect.STRICTER: Severity.WARNING,
    Effect.DROPPED: Severity.NOTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing that a form cannot say.

    Attributes:
        id: which loss, in kebab case and stable, as `report-mode`.
        effect: what it does.
        subject: the host pattern, or the name of the pin set.
        message: what is lost and what that means, a clause.
        cure: what to do about it, an imperative clause.
        place: where it stands in the user's file.
    """

    id: str
    effect: Effect
    subject: str
    message: str
    cure: str
    place: Place | None = None

    @property
    def refused(self) -> bool:
        """Whether the form is not written because of it."""
        return self.effect in REFUSED

    @property
    def finding(self) -> Finding:
        """The loss as a finding."""
        return Finding(
            id=f"loss-{self.id}",
            severity=_SEVERITY[self.effect],
            subject=self.subject,
            message=self.message,
            cure=self.cure,
            place=self.place,
        )


def lost(policy: Policy, id: str, effect: Effect, message: str, cure: str) -> Loss:  # noqa: A002 - the field's name
    """Return a loss of a policy."""
    return Loss(
        id=id,
        effect=effect,
        subject=str(policy.host),
        message=message,
        cure=cure,
        place=policy.place,
    )


PolicyLosses = Callable[[Policy, PinSet, Abilities], Iterator[Loss]]
