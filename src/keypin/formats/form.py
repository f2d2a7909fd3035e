"""The shape that all forms share: `loads`, `dumps`, and `losses`.

A form is a row: who it is, what it can say, how its text is read and written. What all of them have
in common is done here once: the limit on size, the refusal to write what would be weaker, and
errors that name the form.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from keypin.errors import FormatError, InputError, Place
from keypin.findings import Finding
from keypin.formats.abilities import Abilities
from keypin.formats.loss import Loss
from keypin.formats.losses import losses
from keypin.pins import PinSet

# Pins of 10,000 hosts take 2 to 4 MB in the wordiest forms; Chromium's whole list takes 12.
MAX_TEXT = 16 * 1024 * 1024


class LossError(InputError):
    """The form cannot say what the pin set says; writing it would weaken or break.

    Attributes:
        losses: everything that would be lost, the refused ones first.
    """

    losses: tuple[Loss, ...] = ()

    @classmethod
    def of(cls, title: str, found: tuple[Loss, ...]) -> "LossError":
        """Return the error for the losses of a pin set in a form."""
        refused = [loss for loss in found if loss.refused]
        first, more = refused[0], len(refused) - 1
        others = f" (the first of {more + 1} reasons)" if more else ""
        error = cls(
            f"{first.subject} cannot be written as {title}{others}: {first.message}",
            next_step=first.cure,
            place=first.place,
        )
        error.losses = found
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says.

    Attributes:
        pin_set: the pins, each with its place.
        findings: what its platform's own rules say of it, and what could not be followed.
    """

    pin_set: PinSet
    findings: tuple[Finding, ...] = ()


class Reader(Protocol):
    """How a form's text is read: `host` is what the text is for, where it does not say so."""

    def __call__(self, text: str, *, name: str | None, host: str | None) -> Reading:
        """Return what the text says."""
        ...


def _nothing(pin_set: PinSet) -> Iterator[Loss]:  # noqa: ARG001 - the shape of a form's own losses
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of pin sets.

    Attributes:
        id: its name on the command line, as `okhttp-kotlin`.
        title: its name in sentences.
        file: what its file is usually called.
        language: how a highlighter calls its syntax.
        can: what it can say.
        read: how its text is read.
        write: how a pin set that it can say is written.
        detect: tells from a text and its file's lower-case name whether it is this form.
        page: the documentation's page on its platform.
        own: losses that its abilities do not describe.
    """

    id: str
    title: str
    file: str
    language: str
    can: Abilities
    read: Reader
    write: Callable[[PinSet], str]
    detect: Callable[[str, str], bool]
    page: str
    own: Callable[[PinSet], Iterator[Loss]] = _nothing

    def loads(self, text: str, *, name: str | None = None, host: str | None = None) -> Reading:
        """Read a text in this form.

        Args:
            text: at most `MAX_TEXT` characters.
            name: the file's name, for errors and places.
            host: the host pattern that it is for, where the form does not say so.

        Raises:
            InputError: the platform itself would refuse it, or it holds no pins; says where.
        """
        if len(text) > MAX_TEXT:
            raise FormatError(
                f"{len(text)} characters", expected=f"{MAX_TEXT} at most", place=Place(file=name)
            )
        return self.read(text, name=name, host=host)

    def losses(self, pin_set: PinSet) -> tuple[Loss, ...]:
        """Return what this form cannot say of a pin set, the refused losses first."""
        found = (*losses(pin_set, self.can), *self.own(pin_set))
        return tuple(sorted(found, key=lambda loss: not loss.refused))

    def dumps(self, pin_set: PinSet) -> str:
        """Write a pin set in this form.

        Raises:
            LossError: the text would be weaker than the pin set, or would break what it accepts.
            PinSetError: nothing is pinned, and the form cannot say so.
        """
        found = self.losses(pin_set)
        if found and found[0].refused:
            raise LossError.of(self.title, found)
        return self.write(pin_set if self.can.exempt else _pinned(pin_set))


def _pinned(pin_set: PinSet) -> PinSet:
    """Return a pin set without its exemptions, of which the losses have told."""
    if all(policy.exempt is None for policy in pin_set.policies):
        return pin_set
    return PinSet([one for one in pin_set.policies if one.exempt is None], pin_set.name)
