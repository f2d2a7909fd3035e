"""Notes of pins above their host."""

from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

CURL = {pin: pin.spell("curl") for pin in (A, B, C)}


def _set(*hosts: str, name: str | None = None, comment: str | None = None) -> PinSet:
    pins = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "kept in the safe"))
    return PinSet(
        [Policy(host=HostPattern(host), pins=pins, comment=comment) for host in hosts], name
    )


def test_a_comment_that_looks_like_a_note() -> None:
    """It would be read as the pin's, so that its loss is told."""
    pin_set = _set("a.example", comment=f"{CURL[A]}: x")
    (loss,) = form("curl").losses(pin_set)
    assert (loss.id, loss.message) == (
        "comment", "a line of the comment would be read as the note of a pin",
    )  # fmt: skip
