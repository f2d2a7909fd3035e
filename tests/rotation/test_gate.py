"""The deploy gate: what a chain would do to releases, on the first day and on the later ones."""

from datetime import datetime, timedelta

import pytest

from keypin.certs import Reason, VerificationError
from keypin.errors import HostError
from keypin.pins import HostPattern, MismatchError, MismatchReason, Mode, OnExpiry, Policy
from keypin.rotation import Outcome, judge

DAY = timedelta(days=1)


def test_a_pinned_key_passes(shop) -> None:
    """The pin that matches is named, with the certificate and where it stands."""
    found = shop.judge(shop.chain())
    assert found.state.outcome is Outcome.PASSES
    (match,) = found.state.matches
    assert match.pin == shop.entry("active")
    assert match.position == "leaf"
    assert found.state.refusal is None
    assert found.later == ()
    assert found.today is None


def test_a_new_key_breaks(shop) -> None:
    """No pin matches: the mismatch has the whole story."""
    found = shop.judge(shop.chain("renewed"))
    assert found.state.outcome is Outcome.BREAKS
    assert isinstance(found.state.refusal, MismatchError)
    assert found.state.refusal.reason is MismatchReason.NO_MATCH
    assert found.state.matches == ()


def test_a_report_only_policy_does_not_break(shop) -> None:
    """A policy in report mode lets the chain pass, and would report it."""
    found = shop.judge(shop.chain("renewed"), shop.policy(mode=Mode.REPORT))
    assert found.state.outcome is Outcome.REPORTS


def test_what_does_not_verify_breaks_whatever_is_pinned(shop) -> None:
    """Pins match the verified chain: one that clients refuse is no match."""
    found = shop.judge(shop.chain()[:1])
    assert found.state.outcome is Outcome.NOT_VERIFIED
    assert isinstance(found.state.refusal, VerificationError)
    assert found.state.refusal.reason is Reason.UNKNOWN_ISSUER


def test_a_host_that_the_certificate_does_not_bear_breaks(shop) -> None:
    """A host that is asked for is judged although the certificate lacks its name."""
    policy = shop.policy(host="pay.shop.example")
    found = shop.judge(shop.chain(), policy, hosts=["PAY.shop.example"])
    assert found.name.host == "pay.shop.example"
    assert found.state.outcome is Outcome.NOT_VERIFIED
    assert isinstance(found.state.refusal, VerificationError)
    assert found.state.refusal.reason is Reason.HOST_MISMATCH


def test_a_name_that_is_dropped_breaks(shop, now: datetime) -> None:
    """A pinned host that the certificate of today bears and the next one does not is told."""
    release = shop.release(shop.policy(host="**.shop.example"))
    found = judge(
        [release],
        shop.chain("active", "a.shop.example"),
        trust=shop.trust(),
        at=now,
        current=[shop.chain("active", "a.shop.example", "b.shop.example")],
    )
    assert [(one.name.shown, one.state.outcome) for one in found] == [
        ("a.shop.example", Outcome.PASSES),
        ("b.shop.example", Outcome.NOT_VERIFIED),
    ]


def test_a_host_without_a_policy_is_not_pinned(shop) -> None:
    """Nothing is judged, and the pattern that was probably meant is named."""
    found = shop.judge(shop.chain(), shop.policy(host="shop.example"))
    assert found.state.outcome is Outcome.NOT_PINNED
    assert str(found.nearest) == "shop.example"
    assert found.today is None


def test_an_exempt_host_is_not_pinned_on_purpose(shop, now: datetime) -> None:
    """An exemption is no policy that was meant for the host."""
    exempt = Policy(host=HostPattern.parse("api.shop.example"), pins=(), exempt="a CDN's")
    release = shop.release(shop.policy(host="**.shop.example"), exempt)
    (found,) = judge([release], shop.chain(), trust=shop.trust(), at=now)
    assert found.state.outcome is Outcome.NOT_PINNED
    assert found.nearest is None


def test_every_release_is_judged_for_every_host(shop, now: datetime) -> None:
    """Releases come in order, and each has the hosts that the certificate bears."""
    old, new = shop.release(name="3.1"), shop.release(shop.policy(host="**.shop.example"))
    chain = shop.chain("active", "api.shop.example", "www.shop.example")
    found = judge([old, new], chain, trust=shop.trust(), at=now)
    assert [(one.release.name, one.name.host, one.state.outcome) for one in found] == [
        ("3.1", "api.shop.example", Outcome.PASSES),
        ("3.1", "www.shop.example", Outcome.NOT_PINNED),
        ("3.2", "api.shop.example", Outcome.PASSES),
        ("3.2", "www.shop.example", Outcome.PASSES),
    ]


@pytest.mark.parametrize(
    ("pinned", "outcome"),
    [
        ("active", Outcome.PASSES),
        ("new-root", Outcome.PASSES),
        ("cross-root", Outcome.SOME_PATHS),
        ("root", Outcome.BREAKS),
    ],
)
def test_every_chain_that_clients_may_build_is_judged(shop, pinned: str, outcome) -> None:
    """A cross-sign gives one leaf two chains: a root that stands in one of them is not enough."""
    chain = (*shop.chain(issuer="new-intermediate"), shop.cross_signed())
    policy = shop.policy(shop.entry(pinned), shop.entry("backup", "backup"))
    found = shop.judge(chain, policy, trust=shop.trust("new-root", "cross-root"))
    assert found.state.outcome is outcome
    assert len(found.state.paths) == 2


def test_a_cross_sign_that_ends_takes_its_chain_with_it(shop, now: datetime) -> None:
    """Where the pinned root is reached by a cross-sign alone, its last day is the pin's."""
    chain = (*shop.chain(issuer="new-intermediate"), shop.cross_signed(days=31))
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup", "backup"))
    found = shop.judge(chain, policy, trust=shop.trust("cross-root"))
    assert found.state.outcome is Outcome.PASSES
    (change,) = found.later
    assert change.outcome is Outcome.NOT_VERIFIED
    assert change.at == now + 30 * DAY + timedelta(seconds=1)


def test_a_policy_that_ends_by_refusing_breaks_on_that_day(shop, now: datetime) -> None:
    """An expiry within the certificate's life is a change, if it refuses from then on."""
    policy = shop.policy(expires=now + 10 * DAY, on_expiry=OnExpiry.REFUSE)
    found = shop.judge(shop.chain(), policy)
    (change,) = found.later
    assert (change.at, change.outcome) == (now + 10 * DAY, Outcome.BREAKS)
    late = shop.judge(shop.chain(days=9), policy)
    assert late.later == ()


def test_a_policy_that_ends_by_reporting_only_breaks_until_then(shop, now: datetime) -> None:
    """A mismatch is refused until the policy expires, and reported since."""
    policy = shop.policy(expires=now + 10 * DAY)
    found = shop.judge(shop.chain("renewed"), policy)
    assert found.state.outcome is Outcome.BREAKS
    assert [change.outcome for change in found.later] == [Outcome.REPORTS]


def test_the_time_is_an_argument(shop, now: datetime) -> None:
    """The same chain, judged as of another day."""
    found = shop.judge(shop.chain(days=30), at=now + 40 * DAY)
    assert isinstance(found.state.refusal, VerificationError)
    assert found.state.refusal.reason is Reason.EXPIRED


def test_what_matches_today_is_told(shop) -> None:
    """With the chains that are deployed now, the pins that they match are known."""
    found = shop.judge(shop.chain("renewed"), current=[shop.chain(), shop.chain("backup")])
    assert found.today is not None
    assert [match.pin.role for match in found.today] == ["active", "backup"]


def test_what_cannot_be_judged_is_refused(shop, now: datetime) -> None:
    """No chain, a host that is none, a time without zone."""
    with pytest.raises(ValueError, match="a chain has at least one certificate"):
        judge([shop.release()], [], trust=shop.trust(), at=now)
    with pytest.raises(HostError, match="a URL or path in"):
        shop.judge(shop.chain(), hosts=["https://shop.example"])
    with pytest.raises(ValueError, match="has no time zone"):
        shop.judge(shop.chain(), at=now.replace(tzinfo=None))


def test_a_certificate_without_names_is_judged_for_none(shop, now: datetime) -> None:
    """A client's certificate is no server's: there is nothing to judge."""
    (certificate,) = shop.trust().certificates
    assert judge([shop.release()], [certificate], trust=shop.trust(), at=now) == ()


def test_moments_of_many_releases_are_judged_each(shop, now: datetime) -> None:
    """A chain is verified anew only where a date of it lies between: the answers stay exact."""
    days = (1, 9, 10, 30)
    policies = [shop.policy(expires=now + d * DAY, on_expiry=OnExpiry.REFUSE) for d in days]
    releases = [shop.release(one, name=str(number)) for number, one in enumerate(policies)]
    found = judge(releases, shop.chain(days=10), trust=shop.trust(), at=now)
    assert [[change.at for change in one.later] for one in found] == [
        [now + DAY],
        [now + 9 * DAY],
        [],
        [],
    ]
    late = judge(releases[3:], shop.chain(days=10), trust=shop.trust(), at=now + 9 * DAY)
    assert late[0].state.outcome is Outcome.PASSES


def test_what_does_not_verify_does_not_for_any_release(shop, now: datetime) -> None:
    """The reason is found once, and each release has it."""
    releases = [shop.release(name="3.1"), shop.release(name="3.2")]
    first, second = judge(releases, shop.chain()[:1], trust=shop.trust(), at=now)
    assert first.state.outcome is second.state.outcome is Outcome.NOT_VERIFIED
    assert first.state.problem is second.state.problem
