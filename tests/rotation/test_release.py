"""How a verified chain meets the pins of a release."""

from datetime import datetime

from keypin.certs import VerifiedChain
from keypin.pins import MismatchError
from keypin.rotation.release import Match, Path, matches, walk


def test_every_match_is_told(shop) -> None:
    """Where leaf and root are both pinned, both are evidence; `decide` stops at the first."""
    chain = VerifiedChain.from_verifier((*shop.chain(), *shop.trust().certificates))
    policy = shop.policy(shop.entry("root"), shop.entry("active", "backup"))
    assert matches(policy, chain) == (
        Match(shop.entry("active", "backup"), chain[0], chain.position(0)),
        Match(shop.entry("root"), chain[2], chain.position(2)),
    )


def test_a_walk_asks_decide(shop, now: datetime) -> None:
    """A path is accepted with its matches, or refused with the mismatch, or nobody's."""
    release = shop.release()
    good = VerifiedChain.from_verifier((*shop.chain(), *shop.trust().certificates))
    bad = VerifiedChain.from_verifier((*shop.chain("renewed"), *shop.trust().certificates))
    accepted = walk(release, "api.shop.example", good, now)
    assert accepted == Path(good, matches(release.pin_set.policies[0], good), None)
    refused = walk(release, "api.shop.example", bad, now)
    assert refused is not None
    assert refused.matches == ()
    assert isinstance(refused.mismatch, MismatchError)
    assert walk(release, "www.shop.example", good, now) is None
