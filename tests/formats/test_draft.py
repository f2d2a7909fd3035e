"""From rows to policies: what platforms do not demand is not invented, mistakes get their place."""

import pytest

from keypin.errors import FormatError, HostError, PinError, PinSetError, Place
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import PinPosition, Role

A, B = ("sha256/" + letter * 42 + "A=" for letter in "BC")
HERE = Place("f", 3)


def test_a_lone_pin_says_why() -> None:
    """A backup is not invented; a pin that is repeated counts once."""
    draft = Draft("f")
    lone = draft.add("a.example.com", [pin_of(A, HERE), pin_of(A, HERE)], HERE)
    assert len(lone.pins) == 1
    assert lone.no_backup == NO_BACKUP
    assert draft.add("b.example.com", [], HERE).exempt == EXEMPT
    assert draft.add("c.example.com", [], HERE, ["exempt: x"]).exempt == "x"
    two = draft.add("d.example.com", [pin_of(A, HERE), pin_of(B, HERE)], HERE, ["words"])
    assert (two.no_backup, two.comment) == (None, "words")
    assert len(draft.pin_set("pins").policies) == 4


def test_pins_and_their_notes() -> None:
    """A pin has its place, its position, and what stands behind it."""
    entry = pin_of(A, HERE, note="backup: in the safe", position="leaf")
    assert (entry.role, entry.comment, entry.place) == (Role.BACKUP, "in the safe", HERE)
    assert entry.pin.position is PinPosition.LEAF


@pytest.mark.parametrize(
    ("add", "error", "complaint"),
    [
        (lambda draft: draft.add("a b", [pin_of(A, HERE)], HERE), HostError, "f:3: "),
        (lambda draft: draft.add("a.example", [pin_of("x", HERE)], HERE), PinError, "f:3: "),
        (lambda draft: draft.pin_set("pins"), FormatError, "f: no pins; expected pins"),
        (lambda draft: draft.add("a.example", [pin_of(A, HERE)], HERE, report_to=("x",)),
         PinSetError, "f:3: "),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(add, error: type[Exception], complaint: str) -> None:
    """Whoever made the mistake did it at a line."""
    with pytest.raises(error) as caught:
        add(Draft("f"))
    assert str(caught.value).startswith(complaint)


def test_a_place_that_is_known_already() -> None:
    """An error that has its line keeps it."""
    with pytest.raises(FormatError, match=r"^f:7: "), placed(HERE):
        raise FormatError("x", place=Place("f", 7))


def test_a_host_twice() -> None:
    """What stands twice is refused when the set is made."""
    draft = Draft("f")
    for _ in range(2):
        draft.add("a.example.com", [pin_of(A, HERE)], HERE)
    with pytest.raises(PinSetError, match=r"two policies for a\.example\.com"):
        draft.pin_set("pins")
