"""From what a foreign file says to a pin set: what all readers do with hosts, pins and mistakes.

A reader collects rows; a `Draft` turns them into policies. What the platform would refuse is
refused, with its place. What keypin demands and the platform does not, a backup pin, is not
invented: the policy says why it lacks one.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from keypin.errors import FormatError, InputError, Place
from keypin.findings import Finding
from keypin.formats.notes import read_pin_note, read_policy_notes
from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.pins.policy import ENOUGH_PINS


@contextmanager
def placed(place: Place) -> Generator[None]:
    """Give errors that have no line yet the place of what is being read."""
    try:
        yield
    except InputError as error:
        if error.place is not None and error.place.line is not None:
            raise
        raise error.at(place) from error


def pin_of(text: str, place: Place, *, note: str = "", position: str = "any") -> PolicyPin:
    """Return a pin as its text and the note behind it tell it.

    Raises:
        PinError: the text is no pin; says where.
    """
    with placed(place):
        pin = Pin.parse(text, position=position)
    role, comment = read_pin_note(note)
    return PolicyPin(pin, role, comment, place)


def _once(pins: Iterable[PolicyPin]) -> tuple[PolicyPin, ...]:
    """Return pins without those that were there before."""
    return tuple({entry.pin: entry for entry in reversed(tuple(pins))}.values())[::-1]


@dataclass
class Draft:
    """A pin set in the making.

    Attributes:
        name: the file's name.
        title: the name of the pin set, if the file tells it.
        findings: what is to be said of the file.
        policies: those that were added.
    """

    name: str | None
    title: str | None = None
    findings: list[Finding] = field(default_factory=list[Finding])
    policies: list[Policy] = field(default_factory=list[Policy])

    def place(self, line: int | None, key: str | None = None) -> Place:
        """Return a place in the file."""
        return Place(self.name, line, key)

    def add(
        self,
        host: HostPattern | str,
        pins: Iterable[PolicyPin],
        place: Place,
        notes: Iterable[str] = (),
        **settings: Any,  # noqa: ANN401 - the settings of a policy
    ) -> Policy:
        """Add the policy of a host pattern; without pins it is an exemption.

        Args:
            host: the pattern, or its text as `pins.toml` writes it.
            pins: its pins; one that is repeated counts once.
            place: where it stands.
            notes: the comment lines above it.
            settings: of `Policy`.

        Raises:
            InputError: the host, or a rule of policies; says where.
        """
        kept = _once(pins)
        told: dict[str, Any] = {**read_policy_notes(notes), **settings}
        told["also"] = _once(told.get("also", ()))
        if kept:
            told.pop("exempt", None)
            if len({entry.pin.digest for entry in kept}) < ENOUGH_PINS:
                told.setdefault("no_backup", NO_BACKUP)
        else:
            told.pop("no_backup", None)
            told.setdefault("exempt", EXEMPT)
        with placed(place):
            pattern = host if isinstance(host, HostPattern) else HostPattern.parse(host)
            policy = Policy(host=pattern, pins=kept, place=place, **told)
        self.policies.append(policy)
        return policy

    def pin_set(self, what: str) -> PinSet:
        """Return the pin set.

        Args:
            what: what a file of this form holds, for the error where it holds none.

        Raises:
            FormatError: there is no policy.
            PinSetError: a host pattern stands twice.
        """
        if not self.policies:
            raise FormatError("no pins", expected=what, place=Place(file=self.name))
        return PinSet(self.policies, self.title)
