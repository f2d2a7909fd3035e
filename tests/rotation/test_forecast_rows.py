"""What happens on one host: each kind of row, at its moment, with the facts that it rests on."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate, Profile, Reason, TrustStore
from keypin.errors import HostError
from keypin.lab.authority import Request, issue
from keypin.pins import MismatchReason, Mode, OnExpiry
from keypin.rotation import Outcome, Plan
from keypin.rotation.forecast import Ending, Exhausted, Expired, Kind, Logged, Refused
from keypin.rotation.issued import Issued

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def told(rows) -> list[tuple[str, int, str | None]]:
    """Return each row as its kind, its day from the first moment on, and its release."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return [
        (row.kind.value, (row.at - now).days, row.used.release.name if row.used else None)
        for row in rows
    ]


@pytest.fixture(scope="module")
def root(shop) -> Certificate:
    """Return the root."""
    return shop.trust().certificates[0]


def test_what_matches_lasts_as_long_as_the_certificate(shop, used, rows, now) -> None:
    """A pinned key breaks nothing; when the certificate ends, nobody can connect."""
    (row,) = rows([used()], shop.chain(days=30))
    assert row.kind is Kind.CERTIFICATE_EXPIRES
    assert row.at == now + 29 * DAY + SECOND
    assert row.used is None
    assert row.partly is False
    assert isinstance(row.facts, Ending)
    assert row.facts.certificate.common_name == row.host == "api.shop.example"


def test_a_host_that_nobody_pins_expires_too(shop, used, rows) -> None:
    """Whatever is pinned, a certificate ends."""
    elsewhere = shop.policy(host="www.shop.example")
    expected = [("certificate-expires", 29, None)]
    assert told(rows([used(elsewhere)], shop.chain(days=30))) == expected
    assert told(rows([], shop.chain(days=30))) == expected


def test_a_new_key_breaks_now(shop, used, rows, now) -> None:
    """The gate's state, with policy and paths, is the fact."""
    found = rows([used(name="3.1"), used()], shop.chain("renewed", days=30))
    assert told(found) == [
        ("breaks-now", 0, "3.1"),
        ("breaks-now", 0, "3.2"),
        ("certificate-expires", 29, None),
    ]
    facts = found[0].facts
    assert isinstance(facts, Refused)
    assert (found[0].at, facts.state.outcome, facts.plan) == (now, Outcome.BREAKS, None)
    assert facts.refusal.reason is MismatchReason.NO_MATCH
    assert facts.policy == shop.policy()


def test_a_mismatch_that_is_only_reported_breaks_nothing(shop, used, rows) -> None:
    """A policy in report mode refuses nobody."""
    found = rows([used(shop.policy(mode=Mode.REPORT))], shop.chain("renewed", days=30))
    assert told(found) == [("certificate-expires", 29, None)]


def test_what_does_not_verify_is_refused_by_everybody(shop, used, rows) -> None:
    """One row, whoever pins what; and none of releases, for no pin is asked."""
    elsewhere = shop.policy(host="www.shop.example")
    for releases in ([used(), used(name="3.1")], [used(elsewhere)], []):
        (row,) = rows(releases, shop.chain()[:1])
        assert (row.kind, row.used) == (Kind.NOT_VERIFIED, None)
        assert row.facts.refusal.reason is Reason.UNKNOWN_ISSUER
        assert row.facts.policy is None


def test_of_several_chains_some_may_break(shop, used, rows) -> None:
    """Servers have several keys and addresses: what is true of one is partly true."""
    good, bad = shop.chain(days=30), shop.chain("renewed", days=30)
    broken, first, second = rows([used()], good, bad, good, ())
    assert (broken.kind, broken.partly) == (Kind.BREAKS_NOW, True)
    assert {first.kind, second.kind} == {Kind.CERTIFICATE_EXPIRES}
    assert first.partly
    assert second.partly
    other = shop.chain("new-root", days=30)
    assert [row.partly for row in rows([used()], bad, other) if row.used] == [False]


@pytest.mark.parametrize("pinned", ["cross-root", "active"])
def test_of_several_paths_some_may_break(shop, used, rows, pinned: str) -> None:
    """Clients differ in the path they take."""
    chain = (*shop.chain(issuer="new-intermediate", days=60), shop.cross_signed())
    policy = shop.policy(shop.entry(pinned), shop.entry("backup", "backup"))
    trust = shop.trust("new-root", "cross-root")
    found = [row for row in rows([used(policy)], chain, trust=trust) if row.used]
    assert [(row.kind, row.partly) for row in found] == (
        [(Kind.BREAKS_NOW, True)] if pinned == "cross-root" else []
    )


def test_the_last_path_with_a_pin_may_end_first(shop, used, rows) -> None:
    """Where the pinned root is reached by a cross-sign that ends, its end is the pin's."""
    chain = (*shop.chain(issuer="new-intermediate", days=60), shop.cross_signed(days=31))
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup", "backup"))
    trust = shop.trust("new-root", "cross-root")
    found = rows([used(policy)], chain, trust=trust)
    assert told(found) == [
        ("breaks-now", 0, "3.2"),
        ("breaks-later", 30, "3.2"),
        ("certificate-expires", 59, None),
    ]
    (end,) = rows([used(policy)], chain, trust=shop.trust("cross-root"))
    assert (end.kind, end.facts.certificate) == (Kind.CERTIFICATE_EXPIRES, chain[2])


def test_a_policy_that_expires_and_refuses(shop, used, rows, now) -> None:
    """Its day is told even beyond the certificate's life, and when nothing was reached."""
    policy = shop.policy(expires=now + 100 * DAY, on_expiry=OnExpiry.REFUSE)
    for served in ([shop.chain(days=30)], []):
        row = rows([used(policy)], *served)[-1]
        assert (row.kind, row.at) == (Kind.POLICY_REFUSES, now + 100 * DAY)
        assert row.facts == Expired(policy=policy)
        assert row.facts.certificate is None
    soon = shop.policy(expires=now + 10 * DAY, on_expiry=OnExpiry.REFUSE)
    assert told(rows([used(soon)], shop.chain(days=30))) == [
        ("policy-refuses", 10, "3.2"),
        ("certificate-expires", 29, None),
    ]


def test_a_policy_that_has_expired_and_refuses_breaks_now(shop, used, rows, now) -> None:
    """Whatever is served."""
    policy = shop.policy(expires=now, on_expiry=OnExpiry.REFUSE)
    row, _ = rows([used(policy)], shop.chain())
    assert row.kind is Kind.BREAKS_NOW
    assert row.facts.refusal.reason is MismatchReason.EXPIRED_POLICY


def test_a_policy_that_ends_protects_nobody(shop, used, rows, now) -> None:
    """No user is hit, and yet it is a date; a policy that only reports protected nobody."""
    policy = shop.policy(expires=now + 10 * DAY)
    assert told(rows([used(policy)])) == [("policy-ends", 10, "3.2")]
    assert rows([used(shop.policy(expires=now + 10 * DAY, mode=Mode.REPORT))]) == ()
    broken = rows([used(policy)], shop.chain("renewed", days=30))
    assert [row.kind for row in broken] == [
        Kind.BREAKS_NOW,
        Kind.POLICY_ENDS,
        Kind.CERTIFICATE_EXPIRES,
    ]


def test_a_release_without_a_pin_in_reserve(shop, used, rows, now) -> None:
    """When the last certificate that a pin matches ends, no other may follow it."""
    lone = shop.policy(shop.entry("active"), no_backup="one key")
    ca = shop.policy(shop.entry("active"), shop.entry("root"))
    end, left = rows([used(lone)], shop.chain(days=30))
    assert (end.at, left.at) == (left.at, now + 29 * DAY + SECOND)
    assert left.kind is Kind.NO_PIN_LEFT
    assert isinstance(left.facts, Exhausted)
    assert left.facts.match.pin == shop.entry("active")
    _, left = rows([used(ca)], shop.chain(days=30))
    assert left.facts.certificate == shop.trust().certificates[0]
    assert [row.kind for row in rows([used()], shop.chain())] == [Kind.CERTIFICATE_EXPIRES]


def test_pins_of_several_served_keys_are_all_in_use(shop, used, rows) -> None:
    """A pin that matches the other key of the server is no reserve."""
    found = rows([used()], shop.chain(days=30), shop.chain("backup", days=40))
    assert [row.kind for row in found if row.used] == [Kind.NO_PIN_LEFT]
    assert told(found)[-1] == ("no-pin-left", 39, "3.2")


def test_a_policy_that_ends_before_needs_no_reserve(shop, used, rows, now) -> None:
    """No pin is asked any more when the certificate ends."""
    lone = shop.policy(shop.entry("active"), no_backup="one", expires=now + 10 * DAY)
    kinds = [row.kind for row in rows([used(lone)], shop.chain(days=30))]
    assert kinds == [Kind.POLICY_ENDS, Kind.CERTIFICATE_EXPIRES]


def test_what_has_no_end_ends_never(shop, used, rows) -> None:
    """RFC 5280 section 4.1.2.5: 99991231235959Z is no date."""
    begin = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    days = (datetime(9999, 12, 31, tzinfo=UTC) - datetime(2026, 11, 22, tzinfo=UTC)).days
    ends = {"start": 0, "days": days}
    root = issue(Request(name="endless", key=shop.cast.key("root"), ca=True, **ends), begin)
    request = Request(
        name="leaf", hosts=("api.shop.example",), key=shop.cast.key("active"), issuer=root, **ends
    )
    chain = [Certificate.from_pem(issue(request, begin).pem)]
    trust = TrustStore([Certificate.from_pem(root.pem)], profile=Profile.RFC5280)
    assert chain[0].not_after.year == 9999
    lone = shop.policy(shop.entry("active"), no_backup="one key")
    assert rows([used(lone)], chain, trust=trust) == ()


def test_a_plan_is_judged_on_its_day(shop, used, rows, now) -> None:
    """A key that a release does not pin would break it; what matches today is known."""
    plan = Plan(name="the renewal", at=now + 5 * DAY, chain=shop.chain("renewed", days=90))
    found = rows([used(), used(name="3.1")], shop.chain(days=30), planned=[plan])
    assert told(found) == [
        ("plan-breaks", 5, "3.1"),
        ("plan-breaks", 5, "3.2"),
        ("certificate-expires", 29, None),
    ]
    facts = found[0].facts
    assert isinstance(facts, Refused)
    assert facts.plan is plan
    assert facts.today is not None
    assert found[2].facts.plan is None


def test_a_plan_that_breaks_nothing_replaces_what_expires(shop, used, rows, now) -> None:
    """It comes before, and lasts longer."""
    plan = Plan(name="the renewal", at=now + 5 * DAY, chain=shop.chain("backup", days=90))
    (row,) = rows([used()], shop.chain(days=30), planned=[plan])
    assert (row.kind, row.facts.plan) == (Kind.CERTIFICATE_EXPIRES, plan)


def test_a_plan_that_is_late_is_judged_now(shop, used, rows, now) -> None:
    """What should have been done could be done at once."""
    plan = Plan(name="late", at=now - 5 * DAY, chain=shop.chain("renewed"))
    assert told(rows([used()], planned=[plan])) == [("plan-breaks", 0, "3.2")]


def test_a_plan_that_was_carried_out_is_none(shop, used, rows, now) -> None:
    """What is served is judged as that."""
    chain = shop.chain("renewed")
    plan = Plan(name="done", at=now, chain=chain)
    assert Kind.PLAN_BREAKS not in [row.kind for row in rows([used()], chain, planned=[plan])]


def test_a_plan_that_does_not_verify_breaks_everybody(shop, used, rows, now) -> None:
    """As a file without its intermediate."""
    plan = Plan(name="the renewal", at=now + 5 * DAY, chain=shop.chain()[:1])
    (row,) = rows([used()], planned=[plan])
    assert (row.kind, row.used, row.facts.plan) == (Kind.PLAN_BREAKS, None, plan)
    assert row.facts.state.outcome is Outcome.NOT_VERIFIED


def test_a_plan_is_not_blamed_for_a_policy_that_expires(shop, used, rows, now) -> None:
    """The policy would refuse whatever is deployed."""
    policy = shop.policy(expires=now + 2 * DAY, on_expiry=OnExpiry.REFUSE)
    for day in (1, 3):
        plan = Plan(name="the renewal", at=now + day * DAY, chain=shop.chain())
        assert told(rows([used(policy)], planned=[plan])) == [("policy-refuses", 2, "3.2")]


def test_a_plan_that_comes_too_late_replaces_nothing(shop, used, rows, now) -> None:
    """A certificate that expires is replaced in time, by one that lives longer, or not."""
    for at, days in ((29, 90), (5, 20)):
        plan = Plan(name="p", at=now + at * DAY + SECOND, chain=shop.chain(days=days))
        (row,) = rows([used()], shop.chain(days=30), planned=[plan])
        assert row.facts.plan is None


def test_a_plan_plans_something() -> None:
    """A chain, and a moment with its zone."""
    with pytest.raises(ValueError, match="at least one certificate"):
        Plan(name="a", at=datetime(2027, 1, 1, tzinfo=UTC), chain=())
    with pytest.raises(ValueError, match="has no time zone"):
        Plan(name="a", at=datetime(2027, 1, 1), chain=("a certificate",))  # noqa: DTZ001 - that


def test_what_a_log_has_seen_would_break(shop, used, rows, root, now) -> None:
    """A certificate that nobody deployed yet, for this host, by a key that nobody pinned."""
    leaf, above = shop.chain("renewed")
    seen = Issued(certificate=leaf, chain=(above, root), logged=now)
    (row,) = rows([used()], seen=[seen])
    assert (row.kind, row.at, row.used.release.name) == (Kind.ISSUED_BREAKS, now, "3.2")
    assert isinstance(row.facts, Logged)
    assert row.facts.issued is seen
    assert row.facts.certificate == leaf


@pytest.mark.parametrize("host", ["*.shop.example", "api.shop.example"])
@pytest.mark.parametrize("pattern", ["**.shop.example", "api.shop.example"])
def test_a_wildcard_is_of_every_host_below(shop, used, rows, root, host: str, pattern: str) -> None:
    """Whether the release pins the host by its name, or by a pattern."""
    leaf, above = shop.chain("renewed", host)
    seen = Issued(certificate=leaf, chain=(above, root))
    release = used(shop.policy(host=pattern))
    assert [row.kind for row in rows([release], seen=[seen])] == [Kind.ISSUED_BREAKS]
    assert rows([release], host="api.other.example", seen=[seen]) == ()


def test_what_is_served_or_over_is_passed_over(shop, used, rows, root, now) -> None:
    """It is judged as what is served, or can break nothing any more."""
    leaf, above = chain = shop.chain("renewed", days=30)
    seen = Issued(certificate=leaf, chain=(above, root))
    assert Kind.ISSUED_BREAKS not in [row.kind for row in rows([used()], chain, seen=[seen])]
    assert rows([used()], seen=[seen], at=now + 40 * DAY) == ()


def test_what_would_pass_is_no_row(shop, used, rows, root, now) -> None:
    """Nor is what no policy refuses but one that has expired, whatever is deployed."""
    leaf, above = shop.chain()
    seen = Issued(certificate=leaf, chain=(above, root))
    assert rows([used()], seen=[seen]) == ()
    gone = shop.policy(expires=now - DAY, on_expiry=OnExpiry.REFUSE)
    assert rows([used(gone)], seen=[seen]) == ()


def test_what_cannot_be_forecast_is_refused(rows, now) -> None:
    """A host that is none, a time without zone."""
    with pytest.raises(HostError):
        rows([], host="https://shop.example")
    with pytest.raises(ValueError, match="has no time zone"):
        rows([], at=now.replace(tzinfo=None))


def test_the_order_of_what_is_given_means_nothing(shop, used, rows, now) -> None:
    """The same facts are the same forecast, so that it can be compared with that of yesterday."""
    releases = [used(shop.policy(expires=now + DAY), name="3.1"), used()]
    chains = [shop.chain("renewed"), shop.chain(), shop.chain("new-root")]
    plans = [
        Plan(name=name, at=now + DAY, chain=shop.chain("renewed", days=90)) for name in ("a", "b")
    ]
    first = rows(releases, *chains, planned=plans)
    again = rows(releases[::-1], *chains[::-1], planned=plans[::-1])
    assert [row.order for row in again] == [row.order for row in first]
    assert [row.told_with for row in again] == [row.told_with for row in first]
