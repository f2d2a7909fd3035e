"""Errors are one sentence: where, what was seen, what was expected, what to do next."""

import pytest

from keypin.errors import InputError, PinError, Place


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("pins.toml", 7, "policy[0].host"), "pins.toml:7: policy[0].host"),
        (Place("pins.toml", 7), "pins.toml:7"),
        (Place("pins.toml"), "pins.toml"),
        (Place(line=7), "line 7"),
        (Place(key="host"), "host"),
        (Place(), ""),
    ],
)
def test_place(place: Place, text: str) -> None:
    """A place reads as compilers write it, so that editors jump to it."""
    assert str(place) == text


def test_one_sentence() -> None:
    """The sentence names place, sight, expectation and cure, in that order."""
    error = InputError("17 bytes", expected="32 bytes", next_step="copy it again", place=Place("a"))
    assert str(error) == "a: 17 bytes; expected 32 bytes; copy it again"


def test_bare() -> None:
    """What is not known is left out, an empty place too."""
    assert str(InputError("empty")) == "empty"
    assert str(InputError("empty", place=Place())) == "empty"


def test_at() -> None:
    """A parser of parts raises; the parser of the whole says where, and the kind stays."""
    error = PinError("17 bytes", expected="32 bytes", next_step="copy it again")
    moved = error.at(Place("pins.toml", 3))
    assert type(moved) is PinError
    assert str(moved) == "pins.toml:3: 17 bytes; expected 32 bytes; copy it again"
