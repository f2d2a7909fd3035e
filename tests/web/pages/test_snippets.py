"""Pins in the form of each platform, or the reason why one cannot have them."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate
from keypin.formats.registry import form
from keypin.lab.cast import Cast
from keypin.pins import Pin
from keypin.pins.advice import Advice, Proposal, Target, Verdict
from keypin.pins.policy import Role
from keypin.web.pages.snippets import snippets
from keypin.web.views.check import Snippet

HOST = "api.shop.example"


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Return who has keys."""
    return Cast(datetime.now(UTC) - timedelta(days=1))


def _shown(target: Target, *pins: Pin) -> dict[str, Snippet]:
    advice = Advice(
        verdict=Verdict.PIN,
        target=target,
        proposals=tuple(
            Proposal(pin, Role.BACKUP if number else Role.ACTIVE, "a key")
            for number, pin in enumerate(pins)
        ),
        steps=(),
        reasons=(),
        cautions=(),
        open=(),
    )
    return {one.platform: one for one in snippets(HOST, advice)}


def _leaf(cast: Cast, key: str = "active") -> Pin:
    return Pin.of_key(Certificate.from_der(cast.leaf(key, hosts=(HOST,)).der))


def test_a_key_of_the_server_can_be_had_everywhere_with_its_backup(cast) -> None:
    """Apple must know where it stands, and is told; Flutter warns of nothing."""
    shown = _shown(Target.LEAF, _leaf(cast), _leaf(cast, "renewed"))
    assert not [one.platform for one in shown.values() if one.refused or one.losses]
    assert "NSPinnedLeafIdentities" in shown["iOS (NSPinnedDomains)"].text
    assert "position" not in shown["keypin (pins.toml)"].text
    for platform, name in (("iOS (NSPinnedDomains)", "apple"), ("Go", "go")):
        (policy,) = form(name).loads(shown[platform].text).pin_set.policies
        assert {one.pin.digest for one in (*policy.pins, *policy.also)} == {
            _leaf(cast).digest,
            _leaf(cast, "renewed").digest,
        }


def test_a_platform_that_wants_a_backup_says_so(cast) -> None:
    """It is not left out in silence."""
    shown = _shown(Target.LEAF, _leaf(cast))
    refused = {one.platform: one for one in shown.values() if one.refused}
    assert list(refused) == ["TrustKit (iOS)", "React Native"]
    for one in refused.values():
        assert one.refused == "its platform refuses fewer than 2 pins; add a backup pin."
        assert not one.text


def test_a_root_is_not_offered_where_only_the_leaf_is_compared(cast) -> None:
    """It would refuse every connection."""
    root = Pin.of_key(Certificate.from_der(cast.authority("root").der))
    shown = _shown(Target.ROOT, root)
    for platform in ("Flutter", "curl"):
        assert "can never match; pin the leaf's key." in shown[platform].refused
    assert "NSPinnedCAIdentities" in shown["iOS (NSPinnedDomains)"].text


def test_nothing_is_proposed_where_nothing_should_be_pinned() -> None:
    """Not even an empty file."""
    assert not _shown(Target.LEAF)
