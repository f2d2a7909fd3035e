"""The words: why a chain is refused, what would be accepted, and what to do instead."""

from datetime import datetime, timedelta

import pytest

from keypin.pins import OnExpiry, Pin, PolicyPin, Role
from keypin.pins.ca_facts import BY_NAME
from keypin.rotation.gate_words import accepted, cure, day, joined, why

DAY = timedelta(days=1)


def refusal(shop, chain, *policies, **more):
    """Return why a chain is refused."""
    error = shop.judge(chain, *policies, **more).state.refusal
    assert error is not None
    return error


def test_hosts_in_words() -> None:
    """Three are named, each once."""
    assert joined(["a", "b", "a"]) == "a, b"
    assert joined("abcd") == "a, b, c and 1 more"


def test_a_day_is_in_utc(now: datetime) -> None:
    """A day is a date."""
    assert day(now) == "2026-11-23"


def test_a_denied_key(shop) -> None:
    """A denied key is named, and never to be deployed."""
    denied = Pin.parse(shop.cast.pin("attacker"))
    error = refusal(shop, shop.chain("attacker"), shop.policy(denied=(denied,)))
    assert why(error) == f"the chain has the denied key {denied} of CN=api.shop.example"
    assert cure(error, None) == "Deploy another key: this one is denied for good."


def test_an_expired_policy(shop, now: datetime) -> None:
    """No chain helps against a policy that refuses everything."""
    policy = shop.policy(expires=now - DAY, on_expiry=OnExpiry.REFUSE)
    error = refusal(shop, shop.chain(), policy)
    assert why(error) == "its policy refuses every connection from its expiry on, 2026-11-22"
    assert cure(error, None).startswith("No chain helps: ship a release with a later expiry")


def test_pins_that_must_match_as_well(shop) -> None:
    """Apple's second list is told apart from the first."""
    policy = shop.policy(also=(shop.entry("cross-root", position="ca"),))
    error = refusal(shop, shop.chain(), policy)
    assert why(error) == "a pin matches, and none of those that must match as well"
    assert list(accepted(policy, None)) == [
        "it accepts:",
        f"  {shop.cast.pin('active')} active",
        f"  {shop.cast.pin('backup')} backup",
        "and one of these as well:",
        f"  {shop.cast.pin('cross-root')} active",
    ]


def test_a_misplaced_pin(shop) -> None:
    """A key that is there, at a place where its pin does not match."""
    policy = shop.policy(shop.entry("root", position="leaf"), shop.entry("backup", "backup"))
    error = refusal(shop, shop.chain(), policy)
    assert cure(error, None) == (
        f"The leaf pin {shop.cast.pin('root')} is in the chain as root: ship a release that pins "
        "it there, or deploy a chain that has it in its place."
    )


def test_what_is_deployed_now_leads_the_way(shop) -> None:
    """The key in use is kept, or its CA."""
    leaf = shop.judge(shop.chain("renewed"), current=[shop.chain()])
    assert cure(refusal(shop, shop.chain("renewed")), leaf.today).startswith(
        "Renew with the key that is deployed now"
    )
    policy = shop.policy(shop.entry("root"), shop.entry("backup", "backup"))
    other = shop.chain("active", issuer="other-intermediate")
    trust = shop.trust("root", "other-root")
    judged = shop.judge(other, policy, trust=trust, current=[shop.chain()])
    assert judged.state.refusal is not None
    assert cure(judged.state.refusal, judged.today).startswith(
        "Have it issued under keypin lab root, as what is deployed now is."
    )


def test_a_known_ca_is_named(shop) -> None:
    """The pin of a public CA says where to have the certificate issued."""
    known = BY_NAME["ISRG Root X1"]
    entries = PolicyPin(Pin.parse(known.pin), comment="ours"), shop.entry("backup", "backup")
    error = refusal(shop, shop.chain(), shop.policy(*entries))
    assert cure(error, ()).startswith(f"Have it issued under ISRG Root X1 of {known.operator}.")
    lines = list(accepted(shop.policy(*entries), None))
    assert lines[1] == f"  {known.pin} active, ISRG Root X1 of {known.operator}, ours"


@pytest.mark.parametrize("role", [Role.ACTIVE, Role.RETIRING])
def test_else_the_first_pin_is_the_key_to_take(shop, role: Role) -> None:
    """Without more knowledge the pin itself is named, with what it is for."""
    entries = shop.entry("active", role), shop.entry("backup", role)
    error = refusal(shop, shop.chain("renewed"), shop.policy(*entries))
    assert cure(error, None) == (
        f"Renew with the key of {shop.cast.pin('active')}, the {role} pin. Or ship a release that "
        "pins a key of this chain, and wait until its users have it."
    )


def test_what_does_not_verify(shop, now: datetime) -> None:
    """The verifier's own reason and next step."""
    error = refusal(shop, shop.chain(days=5), at=now + 9 * DAY)
    assert "expired on 2026-11-27" in why(error)
    assert cure(error, None) == (
        "Renew the certificate, or correct this machine's clock if it is wrong."
    )
