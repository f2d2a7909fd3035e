"""What the crowd tells: one client, one network, one country, or everybody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.findings import Severity
from keypin.reports import Shown, classify


@pytest.fixture
def told(world):
    """Return a function that classifies the group of a chain."""

    def tell(chain=None, facts=None, *, pins=True, **rest):
        report = world.report(chain)
        if not pins:
            report = replace(report, pins=(), unread_pins=("x",))
        return classify(world.group(report, **rest), world.facts(**facts or {}))

    return tell


def test_one_client(told, world) -> None:
    """A client in a loop is noise, however loud."""
    found = told(world.other.chain(), sources=1)
    assert (found.id, found.severity, found.benign) == ("one-client", Severity.NOTE, None)


def test_one_network(told, world, authority) -> None:
    """Something stands in it; with a chain that nobody trusts, it is somebody."""
    found = told(world.other.chain(), networks=1)
    assert (found.id, found.severity, found.benign) == ("one-network", Severity.WARNING, None)
    assert found.message == "it happens in one network, AS64496"
    assert found.evidence[:2] == (
        "24 of 24 reports come from it",
        "the chain is publicly trusted for this host",
    )
    private = told(authority.named("Some Office").chain(), networks=1)
    assert (private.id, private.benign) == ("one-network", False)
    assert private.evidence[1] == "the chain does not verify: untrusted-root"


def test_one_country(told, authority) -> None:
    """A private CA in many networks of one country is above the networks."""
    chain = authority.named("National Gateway").chain()
    found = told(chain, country="KZ")
    assert (found.id, found.severity, found.benign) == ("one-country", Severity.ERROR, False)
    assert found.message.endswith("of one country, KZ")


def test_an_attack(told, world, verified, now) -> None:
    """A public certificate that our probes never saw, in front of many users."""
    shown = (Shown(verified(world.shown), now - timedelta(days=9)),)
    found = told(world.other.chain(), {"shown": shown})
    assert (found.id, found.severity, found.benign) == ("attack", Severity.ERROR, False)
    assert found.evidence[:3] == (
        "the chain is publicly trusted for this host",
        "our own probes never saw this key at the host",
        "another CA certifies the host now: CN=Other CA,O=Other CA Limited, where "
        "CN=Our CA,O=Our CA Limited did",
    )


def test_an_attack_that_may_be_a_move(told, world) -> None:
    """Without probes of our own, another public CA may be the operator's choice."""
    found = told(world.other.chain())
    assert (found.id, found.benign) == ("attack", None)
    assert found.evidence[1] == "our own probes have not looked at it"


def test_an_attack_by_a_private_root(told, authority) -> None:
    """A root that no store has is nobody's rotation."""
    found = told(authority.named("Unknown Root").chain())
    assert (found.id, found.benign) == ("attack", False)


def test_many_sources_whose_networks_are_not_known(told, world) -> None:
    """Then it takes more sources to speak of many users."""
    assert told(world.other.chain(), networks=0, sources=19, country=None).id != "attack"
    assert told(world.other.chain(), networks=0, sources=20, country=None).id == "attack"


def test_a_new_key_of_the_same_ca(told, world, verified, now) -> None:
    """What an operator does now and then is told as what it is, to be asked about."""
    shown = (Shown(verified(world.shown), now - timedelta(days=9)),)
    found = told(world.ours.chain(), {"shown": shown})
    assert (found.id, found.severity, found.benign) == ("key-rotated", Severity.ERROR, None)
    assert "our own probes never saw this key at the host" in found.evidence


def test_a_few_users(told, world) -> None:
    """Too few for more than the mismatch itself."""
    found = told(world.other.chain(), sources=2, networks=2)
    assert (found.id, found.severity) == ("unknown", Severity.WARNING)


def test_an_anchor_of_our_own(told, authority) -> None:
    """A private CA of ours is no attack; its pins are missed all the same."""
    own = authority.named("Our Private CA")
    found = told(own.chain(), {"own_roots": own.store})
    assert found.id == "unknown"
    few = told(own.chain(), {"own_roots": own.store}, networks=1)
    assert few.evidence[1] == "the chain verifies to an anchor of our own"


def test_no_roots_at_hand(told, world) -> None:
    """Nothing is called an attack that was not judged."""
    found = told(world.other.chain(), {"public_roots": None})
    assert found.id == "unknown"
    assert told(world.other.chain(), {"public_roots": None}, networks=1).evidence[1] == (
        "no roots are at hand"
    )


def test_no_pins(told, world) -> None:
    """Where no pin can be read, no mismatch is told."""
    found = told(world.other.chain(), {"releases": ()}, pins=False)
    assert (found.id, found.severity) == ("unexplained", Severity.NOTE)
