"""What a logged certificate would do to releases: the gate's word, or what is known of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.ct.entry import read_tile
from keypin.ct.logged import read
from keypin.errors import PinSetError
from keypin.lab.authority import Request, new_key
from keypin.lab.ct_api import Ask, CtApi
from keypin.lab.ct_authority import precertificate_signer, precertify
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_view import Client
from keypin.pins import MismatchReason, Mode, OnExpiry, Pin, Policy
from keypin.rotation import Outcome, gate
from keypin.rotation.issued import Fate, Issued, Refusal, judge

DAY = timedelta(days=1)
HOST = "api.shop.example"


def parsed(issued) -> Certificate:
    """Return a certificate of the laboratory as keypin reads it."""
    return Certificate.from_der(issued.der)


@pytest.fixture(scope="module")
def root(shop) -> Certificate:
    """Return the root, which logs hand out too."""
    return parsed(shop.cast.authority("root"))


@pytest.fixture(scope="module")
def final(shop, root) -> Callable[..., Issued]:
    """Return a function that makes a logged certificate with its chain up to the root."""

    def make(key: str = "active", *hosts: str, **changes) -> Issued:
        leaf, above = shop.chain(key, *hosts, **changes)
        return Issued(certificate=leaf, chain=(above, root))

    return make


@pytest.fixture(scope="module")
def early(shop, root, now) -> Callable[..., Issued]:
    """Return a function that makes a logged precertificate with its chain."""

    def make(key: str = "active") -> Issued:
        ca = shop.cast.authority("intermediate")
        request = Request(name=HOST, hosts=(HOST,), key=shop.cast.key(key), issuer=ca)
        issuer = parsed(ca)
        return Issued(
            certificate=parsed(precertify(request, now).issued),
            chain=(issuer, root),
            issuer_key_hash=issuer.spki_sha256,
        )

    return make


@pytest.fixture
def fate(shop, now) -> Callable[..., Fate]:
    """Return a function that judges by one release of some policies, for one host."""

    def judged(issued: Issued, *policies: Policy, **more) -> Fate:
        (found,) = judge(issued, [shop.release(*policies)], **{"at": now, **more})
        return found

    return judged


def test_a_pinned_key_passes(shop, final, early, fate) -> None:
    """The evidence is the pin, its certificate and the position; for a precertificate too."""
    for issued in (final(), early()):
        found = fate(issued)
        assert (found.outcome, found.refusal, found.untold) == (Outcome.PASSES, None, "")
        (match,) = found.matches
        assert (match.pin, match.certificate) == (shop.entry("active"), issued.certificate)
        assert (found.name.host, found.release.name) == (HOST, "3.2")


def test_a_key_that_nobody_pins_breaks(shop, final, early, fate) -> None:
    """Before it is deployed: a precertificate has the key that will be deployed."""
    for issued in (final("renewed"), early("renewed")):
        found = fate(issued)
        assert found.outcome is Outcome.BREAKS
        assert found.refusal == Refusal(reason=MismatchReason.NO_MATCH, missing=found.policy.pins)
        reported = fate(issued, shop.policy(mode=Mode.REPORT))
        assert reported.outcome is Outcome.REPORTS


def test_only_pinned_hosts_have_a_fate(shop, final, now) -> None:
    """Nothing is said of a host that no policy covers, or that is exempt."""
    policies = (
        shop.policy(host="**.shop.example"),
        Policy(host=shop.policy(host="free.shop.example").host, pins=(), exempt="not ours"),
    )
    issued = final("active", "a.shop.example", "free.shop.example", "other.example")
    found = judge(issued, [shop.release(*policies)], at=now)
    assert [one.name.host for one in found] == ["a.shop.example"]


def test_a_wildcard_is_judged_as_the_gate_does(shop, final, now) -> None:
    """Each pinned host below it, and one for all others."""
    policies = (shop.policy(host="**.shop.example"), shop.policy(host="pay.shop.example"))
    issued = final("active", "*.shop.example")
    found = judge(issued, [shop.release(*policies)], at=now)
    assert [one.name.shown for one in found] == ["pay.shop.example", "*.shop.example"]


def test_a_chain_that_breaks_off_cannot_be_told(shop, final, fate) -> None:
    """A pin may be of what stands above; a pinned leaf is told all the same."""
    whole = final("renewed")
    for chain in ((), whole.chain[:1]):
        found = fate(replace(whole, chain=chain))
        assert (found.outcome, found.matches) == (None, ())
        assert found.untold == (
            "the log's chain ends below a root, and what the pins are of may stand above its end"
        )
        pinned = fate(replace(final(), chain=chain))
        assert pinned.outcome is Outcome.PASSES
    leaves = [shop.entry(key, position="leaf") for key in ("active", "backup")]
    assert fate(replace(whole, chain=()), shop.policy(*leaves)).outcome is Outcome.BREAKS
    denied = shop.policy(denied=(Pin.parse(shop.cast.pin("other-root")),))
    assert fate(replace(final(), chain=()), denied).outcome is None


def test_a_precertificate_is_not_its_certificate(shop, final, early, fate) -> None:
    """Where whole certificates are pinned, its fate is told when the certificate is seen."""
    leaf = final().certificate
    pins = [
        replace(shop.entry("active"), pin=Pin.of_certificate(one))
        for one in (leaf, final("backup").certificate)
    ]
    found = fate(early(), shop.policy(*pins))
    assert (found.outcome, found.untold) == (
        None,
        "whole certificates are pinned, and that of this precertificate was not seen yet",
    )
    assert fate(Issued(certificate=leaf, chain=final().chain), shop.policy(*pins)).outcome is (
        Outcome.PASSES
    )
    assert fate(early("renewed"), shop.policy(*pins, shop.entry("root"))).outcome is Outcome.PASSES
    denied = shop.policy(denied=(Pin.of_certificate(leaf),))
    assert fate(early(), denied).outcome is None


def test_a_denied_key_is_met_wherever_it_stands(shop, final, early, fate) -> None:
    """It wins over pins, and over what is not known."""
    pin = Pin.parse(shop.cast.pin("intermediate"), position="leaf")
    for issued in (final(), early(), replace(final(), chain=final().chain[:1])):
        found = fate(issued, shop.policy(denied=(pin,)))
        assert found.outcome is Outcome.BREAKS
        assert found.refusal.reason is MismatchReason.DENIED_KEY
        assert found.refusal.denied == (pin, issued.chain[0])


def test_an_expired_policy_that_refuses(shop, early, fate, now) -> None:
    """It refuses every connection from its expiry on."""
    policy = shop.policy(expires=now - DAY, on_expiry=OnExpiry.REFUSE)
    found = fate(early(), policy)
    assert found.outcome is Outcome.BREAKS
    assert found.refusal.reason is MismatchReason.EXPIRED_POLICY


def test_chains_may_differ(shop, fate) -> None:
    """A cross-sign gives two chains, and a pinned root may stand in one of them."""
    leaf, above = shop.chain("renewed", issuer="new-root")
    issued = Issued(
        certificate=leaf,
        chain=(above, shop.cross_signed(), parsed(shop.cast.authority("cross-root"))),
    )
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup", "backup"))
    for trust in (None, shop.trust("new-root", "cross-root")):
        found = fate(issued, policy, trust=trust)
        assert (found.outcome, len(found.chains)) == (Outcome.SOME_PATHS, 2)
        assert found.refusal.reason is MismatchReason.NO_MATCH
    assert fate(issued, policy, trust=shop.trust("cross-root")).outcome is Outcome.PASSES


def test_the_gate_is_asked_where_it_can_be(shop, final, early, fate) -> None:
    """With anchors, a certificate's fate is the gate's judgement; a precertificate has none."""
    found = fate(final(), trust=shop.trust())
    assert found.judgement.state.outcome is found.outcome is Outcome.PASSES
    assert found.chains[0].certificates == found.judgement.state.paths[0].chain.certificates
    assert fate(early(), trust=shop.trust()).judgement is None
    cut = replace(final("renewed"), chain=())
    assert fate(cut, trust=shop.trust()).untold  # the gate would say that nothing verifies


def test_what_clients_refuse_anyway(shop, final, early, fate) -> None:
    """A root that the clients do not trust comes before every pin."""
    trust = shop.trust("other-root")
    found = fate(early(), trust=trust)
    assert found.outcome is Outcome.NOT_VERIFIED
    assert found.problem == (
        "its root is 'CN=keypin lab root,O=keypin lab', which is not in the shop's clients"
    )
    found = fate(final(), trust=trust)
    assert found.outcome is Outcome.NOT_VERIFIED
    assert found.problem == found.judgement.state.problem.detail
    assert found.matches == ()


def test_a_certificate_of_tomorrow_is_judged_tomorrow(shop, final, fate) -> None:
    """Nobody deploys it before."""
    issued = final(start=1)
    assert fate(issued, trust=shop.trust()).outcome is Outcome.PASSES


def test_what_cannot_be_built(shop, early, final) -> None:
    """A precertificate needs the hash of its issuer's key, and a moment its time zone."""
    with pytest.raises(ValueError, match="a precertificate without the hash of its issuer's key"):
        replace(early(), issuer_key_hash=b"")
    with pytest.raises(ValueError, match="has no time zone"):
        judge(final(), [shop.release()], at=datetime(2026, 11, 23))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("signed_apart", [False, True])
def test_a_log_entry_is_judged(shop, root, fate, now, *, signed_apart: bool) -> None:
    """What a tile holds of a precertificate is enough, whoever signed the precertificate."""
    ca = shop.cast.authority("intermediate")
    signer = precertificate_signer(ca, new_key("ecdsa"), now) if signed_apart else None
    log = CtLog(roots=[root.der])
    request = Request(name=HOST, hosts=(HOST,), key=shop.cast.key("active"), issuer=ca)
    log.certify(request, now, signer=signer)
    log.publish(now)
    tile = CtApi(log).answer(Ask("/tile/data/000.p/1", Client(1), {})).body
    seen = read(read_tile(tile, 0, 1).entry(0))
    issued = Issued(
        certificate=seen.certificate,
        chain=(*(Certificate.from_der(log.issuers[one]) for one in seen.entry.chain), root),
        issuer_key_hash=seen.entry.issuer_key_hash,
    )
    for trust in (None, shop.trust()):
        pinned = shop.policy(shop.entry("root", position="root"), shop.entry("backup"))
        assert fate(issued, trust=trust).outcome is Outcome.PASSES
        found = fate(issued, pinned, trust=trust)
        assert (found.outcome, len(found.chains[0].certificates)) == (Outcome.PASSES, 3)


KEYS = ("active", "backup", "renewed", "intermediate", "root", "other-root")
POSITIONS = ("any", "leaf", "intermediate", "root", "ca")


@pytest.fixture(scope="module")
def seen(final) -> Issued:
    """Return one logged certificate with its chain."""
    return final()


@pytest.fixture(scope="module")
def policies(shop, now, seen) -> st.SearchStrategy[Policy]:
    """Return policies of every kind, over keys and certificates in the chain and out of it."""
    whole = [seen.certificate, *seen.chain]
    digests = [Pin.parse(shop.cast.pin(key)) for key in KEYS]
    digests += [Pin.of_certificate(one) for one in whole]
    pins = st.builds(
        lambda pin, position: replace(pin, position=position),
        st.sampled_from(digests),
        st.sampled_from(POSITIONS),
    )
    entries = st.builds(lambda pin: replace(shop.entry("active"), pin=pin), pins)

    def policy(first, more, also, denied, mode, on_expiry, days) -> Policy | None:
        try:
            return shop.policy(
                first,
                *more,
                also=tuple(also),
                denied=tuple(denied),
                mode=mode,
                on_expiry=on_expiry,
                expires=None if days is None else now + days * DAY,
                no_backup="a test",
            )
        except PinSetError:
            return None

    return st.builds(
        policy,
        entries,
        st.lists(entries, max_size=2),
        st.lists(entries, max_size=1),
        st.lists(pins, max_size=1),
        st.sampled_from(Mode),
        st.sampled_from(OnExpiry),
        st.sampled_from((None, None, None, -1, 1)),
    )


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
def test_it_says_what_the_gate_says(data, shop, now, seen, policies) -> None:
    """On a whole chain: the same outcome, pins and reason; of a precertificate, never another."""
    policy = data.draw(policies)
    assume(policy is not None)
    release = shop.release(policy)
    presented = (seen.certificate, *seen.chain)
    (theirs,) = gate.judge([release], presented, trust=shop.trust(), at=now)
    (ours,) = judge(seen, [release], at=now)
    assert (ours.outcome, ours.matches) == (theirs.state.outcome, theirs.state.matches)
    refusal = theirs.state.refusal
    told = refusal and Refusal(
        reason=refusal.reason, denied=refusal.denied, missing=refusal.missing
    )
    assert ours.refusal == told
    (asked,) = judge(seen, [release], at=now, trust=shop.trust())
    assert (asked.outcome, asked.matches, asked.refusal) == (
        ours.outcome,
        ours.matches,
        ours.refusal,
    )
    unsure = replace(seen, chain=seen.chain[:1]), replace(seen, chain=())
    unseen = replace(seen, issuer_key_hash=seen.chain[0].spki_sha256)
    for less in (*unsure, unseen):
        (fate,) = judge(less, [release], at=now)
        assert fate.outcome in {None, theirs.state.outcome}
