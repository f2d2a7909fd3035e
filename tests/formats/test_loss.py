"""A loss says what it does, and whether the form is written all the same."""

import pytest

from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.loss import Effect, lost
from keypin.pins import HostPattern, Pin, Policy, PolicyPin

POLICY = Policy(
    host=HostPattern("a.example.com"),
    pins=(PolicyPin(Pin(b"a" * 32)),),
    no_backup="a test",
    place=Place("pins.toml", 3),
)


@pytest.mark.parametrize(
    ("effect", "refused", "severity"),
    [
        (Effect.WEAKER, True, Severity.ERROR),
        (Effect.BREAKS, True, Severity.ERROR),
        (Effect.WIDER, False, Severity.WARNING),
        (Effect.STRICTER, False, Severity.WARNING),
        (Effect.DROPPED, False, Severity.NOTE),
    ],
)
def test_effects(effect: Effect, refused: bool, severity: Severity) -> None:  # noqa: FBT001
    """What weakens or breaks is refused; the others are told, each as loud as it is bad."""
    loss = lost(POLICY, "test", effect, "something", "do something")
    assert loss.refused is refused
    assert loss.finding.severity is severity
    assert loss.finding.id == "loss-test"
    assert loss.finding.subject == "a.example.com"
    assert loss.finding.place == Place("pins.toml", 3)
