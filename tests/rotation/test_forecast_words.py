"""The words of each event, from facts that were really judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.errors import Place
from keypin.pins import OnExpiry
from keypin.rotation import Event, Plan, merge
from keypin.rotation.forecast_words import Told, tell, who
from keypin.rotation.issued import Issued

DAY = timedelta(days=1)


@pytest.fixture
def told(rows, now):
    """Return a function that tells each event of the shop's host."""

    def words(*arguments, **more) -> list[Told]:
        return [tell(event) for event in merge(now, [rows(*arguments, **more)]).events]

    return words


def test_a_break_names_users_and_releases(shop, used, told) -> None:
    """With what the releases accept, what there is, and what to do."""
    chain = shop.chain("renewed")
    first, _ = told([used(), used(name="3.1", share=None)], chain)
    assert first.message == (
        "api.shop.example breaks now for 41% of users and the users of 3.1, how many is not known "
        "(3.1, 3.2): the chain has none of the keys that it pins"
    )
    assert first.next_step.startswith("Renew with the key of ")
    assert first.evidence[0] == "it accepts:"
    assert first.evidence[1].endswith(" active")
    assert "the chain has:" in first.evidence
    assert len(first.evidence) == 7


def test_releases_that_pin_otherwise_are_told_apart(shop, used, told, now) -> None:
    """What each accepts, once for those of one policy."""
    other = shop.policy(shop.entry("root"), no_backup="a CA")
    chain = shop.chain("renewed", issuer="new-intermediate")
    trust = shop.trust("new-root")
    ends = shop.policy(expires=now + 365 * DAY)
    releases = [used(), used(other, name="3.1"), used(ends, name="3.0")]
    first, *_ = told(releases, chain, trust=trust)
    lines = [line for line in first.evidence if not line.startswith("  ")]
    assert lines == ["3.0, 3.2:", "it accepts:", "3.1:", "it accepts:", "the chain has:"]


def test_a_break_of_some_connections_is_told_as_that(shop, used, told) -> None:
    """Of two keys, one is not pinned."""
    first, *_ = told([used()], shop.chain(), shop.chain("renewed"))
    assert first.message.startswith("api.shop.example on some connections breaks now for 41% of")


def test_what_nobody_accepts(shop, used, told) -> None:
    """Everybody is hit, and the certificate is named."""
    (only,) = told([used()], shop.chain()[:1])
    assert only.message.startswith("nobody can connect to api.shop.example: ")
    assert only.next_step.startswith("Give the whole file that the server will send")
    (line,) = only.evidence
    assert line.startswith("sha256/")
    assert line.endswith(" api.shop.example, valid until 2027-02-20 00:00 UTC")


def test_an_end_is_the_servers_certificate_or_one_above(shop, used, told, now) -> None:
    """A plan that replaces it in time is told."""
    (only,) = told([used()], shop.chain(days=30))
    assert only.message == (
        "nobody can connect to api.shop.example from 2026-12-22 on: its certificate expires"
    )
    assert only.next_step.startswith("Deploy a chain that lasts, and ask the gate")
    plan = Plan(name="the renewal", at=now + 5 * DAY, chain=shop.chain())
    (only,) = told([used()], shop.chain(days=30), planned=[plan])
    assert only.message.endswith(
        ": its certificate expires, unless the renewal replaces it on 2026-11-28"
    )
    assert only.next_step == "Carry out the renewal in time."
    chain = (*shop.chain(issuer="new-intermediate", days=60), shop.cross_signed(days=31))
    *_, last = told([], chain, trust=shop.trust("cross-root"))
    assert last.message.endswith("on: the CA certificate keypin lab new root expires")


def test_a_break_that_comes_later_has_its_day(shop, used, told) -> None:
    """The pinned root is reached by a cross-sign that ends."""
    chain = (*shop.chain(issuer="new-intermediate", days=60), shop.cross_signed(days=31))
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup", "backup"))
    _, later, _ = told([used(policy)], chain, trust=shop.trust("new-root", "cross-root"))
    assert later.message.startswith("api.shop.example breaks on 2026-12-23 for 41% of users (3.2)")


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (OnExpiry.REFUSE, "api.shop.example breaks on 2026-12-03 for 41% of users (3.2), whatever "
            "it serves: the policy expires, and refuses every connection from then on"),
        (OnExpiry.REPORT, "no pin protects api.shop.example from 2026-12-03 on for 41% of users "
            "(3.2): the policy expires"),
    ],
)  # fmt: skip
def test_a_policy_that_expires(shop, used, told, now, end, says: str) -> None:
    """Where it was written is told, if that is known."""
    policy = shop.policy(expires=now + 10 * DAY, on_expiry=end)
    (only,) = told([used(policy)])
    assert only.message == says
    assert only.next_step == (
        "Ship a release whose policy expires later, and have users update before that day."
    )
    assert only.evidence == ("the policy for api.shop.example expires at 2026-12-03 00:00 UTC",)
    placed = replace(policy, place=Place("3.2.toml", 4))
    assert told([used(placed)])[0].evidence == (
        "the policy for api.shop.example expires at 2026-12-03 00:00 UTC, written at 3.2.toml:4",
    )


def test_a_pin_set_without_a_reserve(shop, used, told) -> None:
    """A server's key can be renewed; a CA's end cannot be put off."""
    lone = shop.policy(shop.entry("active"), no_backup="one key")
    _, left = told([used(lone)], shop.chain(days=30))
    assert left.message == (
        "api.shop.example has no pin in reserve for 41% of users (3.2): every pinned key is in "
        "use, and the last of their certificates, its certificate, expires on 2026-12-22"
    )
    assert left.next_step == "Renew with the same key, and ship a release with a backup pin."
    assert left.evidence[1].startswith("matched by sha256/")
    ca = shop.policy(shop.entry("active"), shop.entry("root"))
    _, left = told([used(ca)], shop.chain(days=30))
    assert "the last of their certificates, the CA certificate keypin lab root, exp" in left.message
    assert left.next_step.startswith("Ship a release that pins what comes after it")


def test_a_plan_is_told_by_its_name(shop, used, told, now) -> None:
    """With the key to take instead, which is deployed now."""
    plan = Plan(name="the renewal", at=now + 5 * DAY, chain=shop.chain("renewed"))
    first, _ = told([used()], shop.chain(), planned=[plan])
    assert first.message == (
        "the renewal would break api.shop.example on 2026-11-28 for 41% of users (3.2): the chain "
        "has none of the keys that it pins"
    )
    assert first.next_step.startswith("Renew with the key that is deployed now, ")
    alone = Plan(name="the renewal", at=now, chain=shop.chain()[:1])
    (only,) = told([used()], planned=[alone])
    assert only.message.startswith(
        "the renewal would break api.shop.example on 2026-11-23 for everybody: "
    )


def test_what_a_log_has_seen(shop, used, told) -> None:
    """Where it was seen is evidence."""
    leaf, above = shop.chain("renewed")
    root = shop.trust().certificates[0]
    seen = Issued(certificate=leaf, chain=(above, root), where=("log Argon, index 7",))
    (only,) = told([used()], seen=[seen])
    assert only.message == (
        "a certificate was issued that would break api.shop.example for 41% of users (3.2), were "
        "it deployed: its chain has none of the keys that are pinned"
    )
    assert only.evidence[:2] == ("log Argon, index 7", "it accepts:")
    assert "the chain has:" in only.evidence
    assert only.next_step.startswith("Find out who asked for it.")


def test_a_sentence_holds_few_releases(shop, used, rows, now) -> None:
    """The others are counted; two applications are not added up."""
    names = [f"3.{number}" for number in range(5)]
    releases = [used(name=name, share=0.1, application="ios") for name in names]
    releases.append(used(name="9", share=0.5, application="web"))
    first, _ = merge(now, [rows(releases, shop.chain("renewed"))]).events
    assert who(first) == (
        "50% of users of ios; 50% of users of web (ios 3.0, ios 3.1, ios 3.2 and 3 more)"
    )
    assert who(Event(tuple(row for row in rows([], shop.chain())))) == "everybody"
