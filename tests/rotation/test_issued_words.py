"""The words on a logged certificate's fate: each reason, the evidence, and the cure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.certs import Certificate
from keypin.pins import OnExpiry, Pin, Policy
from keypin.rotation.issued import Fate, Issued, judge
from keypin.rotation.issued_words import accepted, cure, in_chains, why


@pytest.fixture
def fate(shop, now):
    """Return a function that judges the certificate of a key by a policy."""
    root = Certificate.from_der(shop.cast.authority("root").der)

    def judged(key: str, *policies: Policy, chain: int = 2, **more) -> Fate:
        leaf, above = shop.chain(key)
        issued = Issued(certificate=leaf, chain=(above, root)[:chain])
        (found,) = judge(issued, [shop.release(*policies)], at=now, **more)
        return found

    return judged


def test_no_pin_matches(shop, fate) -> None:
    """What is accepted, and what the chain has, pin by pin."""
    found = fate("renewed")
    assert why(found) == "its chain has none of the keys that are pinned"
    assert list(accepted(found)) == [
        "it accepts:",
        f"  {shop.cast.pin('active')} active",
        f"  {shop.cast.pin('backup')} backup",
    ]
    assert list(in_chains(found)) == [
        "the chain has:",
        f"  {shop.cast.pin('renewed')} leaf, api.shop.example",
        f"  {shop.cast.pin('intermediate')} intermediate, keypin lab intermediate",
        f"  {shop.cast.pin('root')} root, keypin lab root",
    ]
    assert cure(found) == (
        "Find out who asked for it. If it is yours, do not deploy it before a release that pins "
        "a key of its chain is with its users; if not, have the CA revoke it."
    )


def test_a_second_pin_is_missing(shop, fate) -> None:
    """One of those that must match as well."""
    found = fate("active", shop.policy(also=(shop.entry("other-root"),)))
    assert why(found) == "a pin matches, and none of those that must match as well"


def test_a_denied_key(shop, fate) -> None:
    """It is named with its certificate, and never to be deployed."""
    pin = Pin.parse(shop.cast.pin("intermediate"))
    found = fate("active", shop.policy(denied=(pin,)))
    assert why(found) == (
        f"its chain has the denied key {pin} of CN=keypin lab intermediate,O=keypin lab"
    )
    assert cure(found) == (
        "Never deploy it: its key is denied for good. Find out who asked for it."
    )


def test_an_expired_policy(shop, fate, now) -> None:
    """The day is named."""
    policy = shop.policy(expires=now - timedelta(days=3), on_expiry=OnExpiry.REFUSE)
    assert why(fate("active", policy)) == (
        "its policy refuses every connection since it expired, 2026-11-20"
    )


def test_what_is_not_known(shop, fate) -> None:
    """The end of the chain may be a root or not, and something may stand above."""
    found = fate("renewed", chain=1)
    assert why(found) == found.untold
    assert list(in_chains(found))[-2:] == [
        f"  {shop.cast.pin('intermediate')} intermediate or root, keypin lab intermediate",
        "  and what stands above is not known",
    ]
    assert cure(found) == "Run the gate on the chain before it is deployed."


def test_clients_that_do_not_trust_it(shop, fate) -> None:
    """No pin matters."""
    found = fate("active", trust=shop.trust("other-root"))
    assert why(found) == found.problem
    assert list(accepted(found)) == []
    assert cure(found) == "Nothing, unless these clients are to trust its CA."


def test_two_chains_have_numbers(fate) -> None:
    """Where there are several."""
    found = fate("renewed")
    both = replace(found, chains=found.chains * 2)
    assert [line for line in in_chains(both) if line.startswith("chain")] == [
        "chain 1 has:",
        "chain 2 has:",
    ]
