"""A chain from a report is verified as any other, at the time at which it arrived."""

from dataclasses import replace
from datetime import timedelta

from keypin.certs import Reason
from keypin.reports import Shown
from keypin.reports.study import study


def test_a_public_chain(world) -> None:
    """Verified to the public roots, and decided on with the pins of the report."""
    seen = study(world.group(world.report()), world.facts())
    assert (seen.public, seen.reason, seen.matches, seen.diagnosis) == (True, None, True, None)
    assert [found.der for found in seen.verified] == list(world.shown)


def test_what_the_client_says_it_validated_is_not_believed(world) -> None:
    """A pinned certificate that is only put into the list matches nothing."""
    chain = world.other.chain()
    report = replace(world.report(), served=(chain[0], world.shown[0]), validated=world.shown)
    seen = study(world.group(report), world.facts())
    assert (seen.verified, seen.matches) == (None, False)
    assert [found.der for found in seen.chain] == [chain[0]]


def test_the_time_of_arrival_counts(world, now) -> None:
    """A group that is classified next year is judged as it was."""
    group = world.group(world.report())
    assert study(group, world.facts(at=now + timedelta(days=400))).public


def test_a_host_that_no_certificate_can_name(world) -> None:
    """An underscore is in use, and in no certificate's name."""
    seen = study(world.group(replace(world.report(), host="a_b.example")), world.facts())
    assert seen.reason in (Reason.OTHER, Reason.HOST_MISMATCH)


def test_what_is_ours(world, verified, now) -> None:
    """The latest interval with the same key; none of another key, and none without a leaf."""
    old = Shown(verified(world.shown), now - timedelta(days=9), now - timedelta(days=5))
    new = Shown(verified(world.shown), now - timedelta(days=4))
    group = world.group(world.report())
    assert study(group, world.facts(shown=(old, new))).ours is new
    assert study(group, world.facts(shown=())).ours is None
    nothing = world.group(replace(world.report(), served=(), validated=()))
    assert study(nothing, world.facts(shown=(old,))).ours is None


def test_before(world, verified, now) -> None:
    """A rotation is told by what the pins accepted before, whatever was shown in between."""
    between = Shown(verified(world.other.chain()), now - timedelta(days=2))
    good = Shown(verified(world.shown), now - timedelta(days=9), now - timedelta(days=2))
    report = world.report(world.ours.chain())
    found = study(world.group(report), world.facts(shown=(good, between))).diagnosis
    assert found.id == "key-rotated"
    found = study(world.group(report), world.facts(shown=(between,))).diagnosis
    assert found.id == "other-ca"
