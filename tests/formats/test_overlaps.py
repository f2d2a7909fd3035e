"""Two entries for one host: which losses that makes where platforms decide otherwise."""

import pytest

from keypin.formats.abilities import ALL_WILDCARDS, Abilities, Overlap
from keypin.formats.overlaps import overlaps
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

A, B = (PolicyPin(Pin(letter * 32)) for letter in (b"a", b"b"))


def policy(host: str, *pins: PolicyPin) -> Policy:
    """Return a policy, or an exemption where there are no pins."""
    if not pins:
        return Policy(host=HostPattern.parse(host), pins=(), exempt="a test")
    return Policy(host=HostPattern.parse(host), pins=pins, no_backup="a test")


def found(overlap: Overlap, *policies: Policy, **changes) -> list[tuple[str, str, str]]:
    """Return the losses as identifiers, effects and hosts."""
    can = Abilities(wildcards=ALL_WILDCARDS, overlap=overlap, exempt=True, **changes)
    return [(loss.id, loss.effect, loss.subject) for loss in overlaps(PinSet(policies), can)]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("**.example.com", "example.com"),
        ("**.example.com", "api.example.com"),
        ("**.example.com", "*.example.com"),
        ("*.example.com", "api.example.com"),
        ("*.example.com", "**.api.example.com"),
        ("**.example.com", "**.b.a.example.com"),
    ],
)
def test_a_union_weakens_what_is_narrower(wide: str, narrow: str) -> None:
    """The wider entry's pins are accepted too, unless the narrower has them all."""
    policies = policy(wide, A), policy(narrow, B)
    changes = {"one_per_name": False}
    assert found(Overlap.UNION, *policies, **changes) == [("union", "weaker", narrow)]
    assert found(Overlap.UNION, policy(wide, A), policy(narrow, B, A), **changes) == []
    assert found(Overlap.MOST_SPECIFIC, *policies, **changes) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.example.com", "b.example.com"),
        ("*.example.com", "example.com"),
        ("*.example.com", "b.a.example.com"),
        ("**.a.example.com", "**.b.example.com"),
    ],
)
def test_what_does_not_overlap(one: str, other: str) -> None:
    """Hosts that no two entries cover are nobody's concern."""
    assert found(Overlap.UNION, policy(one, A), policy(other, B), one_per_name=False) == []


def test_a_name_twice() -> None:
    """Most platforms have one entry for a name."""
    policies = policy("example.com", A), policy("**.example.com", A)
    expected = [("name-twice", "breaks", "**.example.com")]
    assert found(Overlap.MOST_SPECIFIC, *policies) == expected


def test_masks() -> None:
    """An entry for a name alone hides its subdomains from a parent; an exemption says so."""
    parent, child = policy("**.example.com", A), policy("a.example.com", B)
    assert found(Overlap.MASK, parent, child) == [("mask", "weaker", "a.example.com")]
    assert found(Overlap.MASK, parent, child, policy("**.a.example.com")) == []
    assert found(Overlap.MASK, child, policy("**.a.example.com")) == [
        ("exempt", "dropped", "**.a.example.com")
    ]


def test_exemptions() -> None:
    """One that matters must be said; of one that does not, it is only told."""
    parent, spared = policy("**.example.com", A), policy("a.example.com")
    can = Abilities(exempt=False)
    assert [loss.effect for loss in overlaps(PinSet([parent, spared]), can)] == ["breaks"]
    assert [loss.effect for loss in overlaps(PinSet([spared]), can)] == ["dropped"]
    assert found(Overlap.MASK, parent, spared) == [("exempt-below", "weaker", "a.example.com")]
    assert found(Overlap.MASK, spared) == [("exempt-below", "dropped", "a.example.com")]
