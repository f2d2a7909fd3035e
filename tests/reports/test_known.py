"""A mark silences what was looked at, and what is lighter; never what is worse."""

import pytest

from keypin.findings import Severity
from keypin.reports import Classification, Known

_PROXY = Known("intercepting-proxy", Severity.WARNING, benign=False)


def _found(name: str, severity: Severity, *, benign: bool | None) -> Classification:
    return Classification(id=name, severity=severity, message="x", next_step="y", benign=benign)


def _same(known: Known) -> Classification:
    return _found(known.classification, known.severity, benign=known.benign)


@pytest.mark.parametrize(
    ("severity", "benign"),
    [(severity, benign) for severity in Severity for benign in (True, None, False)],
)
def test_what_was_marked_is_covered(severity: Severity, benign) -> None:
    """Whatever it was."""
    known = Known("attack", severity, benign)
    assert known.covers(_same(known))


@pytest.mark.parametrize(
    "found",
    [
        _found("attack", Severity.ERROR, benign=False),
        _found("intercepting-proxy", Severity.ERROR, benign=False),
        _found("own-rotation", Severity.ERROR, benign=True),
        _found("one-network", Severity.WARNING, benign=False),
    ],
    ids=["an attack", "graver", "graver, though our own", "another cause"],
)
def test_what_is_worse_is_not(found: Classification) -> None:
    """Nor is another cause of the same weight: nobody has looked at it."""
    assert not _PROXY.covers(found)


def test_less_harmless_is_worse_though_no_graver() -> None:
    """What was our own doing is told when it may be somebody else's."""
    known = Known("own-rotation", Severity.ERROR, benign=True)
    assert not known.covers(_found("key-rotated", Severity.ERROR, benign=None))
    assert not known.covers(_found("own-rotation", Severity.ERROR, benign=None))


@pytest.mark.parametrize(
    "found",
    [
        _found("captive-portal", Severity.NOTE, benign=False),
        _found("wrong-clock", Severity.WARNING, benign=True),
        _found("one-client", Severity.NOTE, benign=None),
    ],
    ids=["less bad", "more harmless", "both"],
)
def test_what_is_lighter_stays_covered(found: Classification) -> None:
    """Nobody needs to hear that it got better."""
    assert _PROXY.covers(found)


def test_what_may_be_an_attack_is_known_only_for_a_while() -> None:
    """An error of which nobody can say that it is harmless."""
    assert Known("attack", Severity.ERROR, benign=False).must_end
    assert Known("key-rotated", Severity.ERROR, benign=None).must_end
    assert not Known("own-rotation", Severity.ERROR, benign=True).must_end
    assert not _PROXY.must_end
