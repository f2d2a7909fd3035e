"""What a mismatch most probably means, from the little that is known, and never too kindly."""

from datetime import UTC, datetime, timedelta

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keypin.certs import Certificate, TrustStore, VerifiedChain, load_certificates
from keypin.diagnose import diagnose_mismatch
from keypin.lab.authority import Request, issue, new_key
from keypin.pins import (
    HostPattern,
    MismatchError,
    MismatchReason,
    OnExpiry,
    Pin,
    Policy,
    PolicyPin,
    decide,
)
from keypin.pins.pin_set import PinSet
from keypin.pins.story import tell

HOST = "www.example.com"
OTHER = "sha256/" + "B" * 42 + "A="
R3 = "sha256/jQJTbIh0grw0/1TkHSumWb+Fs0Ggogr621gT3PvPKG0="
ISRG_X1 = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
WEB = TrustStore(load_certificates(certifi.contents().encode()), name="the public roots")


@pytest.fixture(scope="session")
def public_roots(public) -> TrustStore:
    """Return the public web's roots, one of our own among them."""
    return TrustStore((*WEB.certificates, public.certificate), name="the public roots")


@pytest.fixture
def missed(now):
    """Return a function that makes the error of a chain that misses some pins."""

    def miss(chain: VerifiedChain, *pins: str | Pin, **options) -> MismatchError:
        entries = tuple(
            PolicyPin(pin if isinstance(pin, Pin) else Pin.parse(pin)) for pin in pins or (OTHER,)
        )
        policy = Policy(host=HostPattern(HOST), pins=entries, no_backup="a test", **options)
        with pytest.raises(MismatchError) as caught:
            decide(PinSet((policy,)), HOST, chain, now)
        return caught.value

    return miss


def root_named(name: str) -> Certificate:
    """Return a public root by its common name."""
    return next(found for found in WEB.certificates if found.common_name == name)


def under(authority, root: Certificate, *, leaf: Certificate | None = None) -> VerifiedChain:
    """Return a chain that ends in a real root of the web."""
    middle = authority.root("Middle")
    return VerifiedChain.from_verifier((leaf or middle.leaf(HOST), middle.certificate, root))


def test_a_denied_key(missed, public, public_roots) -> None:
    """What must never appear is nobody's rotation."""
    error = missed(public.chain(HOST), denied=(Pin.parse(public.pin),))
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert (found.id, found.benign) == ("denied-key", False)
    assert found.evidence[0] == f"denied: {public.pin}"


def test_an_expired_policy(missed, public, now) -> None:
    """And the clock by which it is."""
    error = missed(public.chain(HOST), expires=now - timedelta(days=1), on_expiry=OnExpiry.REFUSE)
    found = diagnose_mismatch(error)
    assert (found.id, found.benign) == ("expired-policy", None)
    assert found.evidence == (
        "expired: 2026-11-22 00:00 UTC",
        "this clock: 2026-11-23 00:00 UTC",
    )
    assert "if this clock is wrong, set it" in found.next_step


def test_an_expired_policy_is_no_excuse(missed, authority, public_roots, now) -> None:
    """Somebody may be in the middle all the same, and a denied key in use."""
    root = authority.root("mitmproxy")
    expired = {"expires": now - timedelta(days=1), "on_expiry": OnExpiry.REFUSE}
    found = diagnose_mismatch(missed(root.chain(HOST), **expired), public_roots=public_roots)
    assert (found.id, found.benign) == ("expired-policy", False)
    assert "mitmproxy stands in the connection" in found.evidence[2]
    ca = authority.root("Some CA")
    found = diagnose_mismatch(missed(ca.chain(HOST), denied=(Pin.parse(ca.pin),), **expired))
    assert (found.id, found.benign) == ("expired-policy", False)
    assert "must never be" in found.evidence[2]
    elsewhere = Pin.parse("sha256/" + "C" * 42 + "A=")
    found = diagnose_mismatch(missed(ca.chain(HOST), denied=(elsewhere,), **expired))
    assert (found.id, found.benign) == ("expired-policy", None)


def test_a_misplaced_pin(missed, public) -> None:
    """The key is there, at another position than the policy says."""
    chain = public.chain(HOST)
    error = missed(chain, Pin.of_key(chain.leaf, position="root"))
    found = diagnose_mismatch(error)
    assert (found.id, found.benign) == ("misplaced-pin", None)
    assert found.message.endswith("is in the chain as leaf")


def test_a_misplaced_pin_of_a_proxy(missed, authority, public_roots) -> None:
    """Correcting its position would pin the proxy."""
    root = authority.root("mitmproxy")
    error = missed(root.chain(HOST), Pin.parse(root.pin, position="leaf"))
    assert diagnose_mismatch(error, public_roots=public_roots).id == "intercepting-proxy"


@pytest.mark.parametrize(("name", "product"), [("Zscaler Root CA", "Zscaler"), ("mitmproxy", "")])
def test_an_interception_product(name, product, missed, authority, public_roots) -> None:
    """Known by the names in a chain to a private root."""
    error = missed(authority.root(name).chain(HOST))
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert (found.id, found.benign) == ("intercepting-proxy", False)
    assert product in found.message
    assert name in found.evidence[0]


def test_a_public_chain_names_no_product(missed, authority) -> None:
    """A company's own web site, under a public root, is not its product."""
    root = authority.root("Zscaler Public")
    roots = TrustStore((root.certificate,))
    assert diagnose_mismatch(missed(root.chain(HOST)), public_roots=roots).id == "unknown"


def test_a_captive_portal(missed, public, public_roots) -> None:
    """It shows a certificate of its own, where pins alone are trusted."""
    error = missed(public.chain("login.portal.example"))
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert (found.id, found.benign) == ("captive-portal", False)


def test_a_portal_that_is_the_hosts_own(missed, public, public_roots) -> None:
    """A certificate for the host, by a wildcard too, is no captive portal's."""
    error = missed(public.chain_of(public.leaf("*.example.com", "portal.example.com")))
    assert diagnose_mismatch(error, public_roots=public_roots).id == "unknown"


def test_a_stuffed_chain(missed, public, public_roots) -> None:
    """The pinned certificate was sent, and is no part of the chain: the mark of an attack."""
    pinned = public.leaf(HOST)
    error = missed(public.chain(HOST), str(Pin.of_key(pinned)))
    found = diagnose_mismatch(
        error, presented=(error.chain.leaf, pinned), public_roots=public_roots
    )
    assert (found.id, found.benign) == ("stuffed-chain", False)


def test_an_old_intermediate_that_is_still_sent(missed, public, public_roots) -> None:
    """A CA's certificate may be a leftover of a renewal; nobody can tell."""
    old = public.below("Old")
    error = missed(public.chain(HOST), old.pin)
    found = diagnose_mismatch(error, presented=(old.certificate,), public_roots=public_roots)
    assert (found.id, found.benign) == ("stuffed-chain", None)


def test_a_wrong_clock(missed, public, now) -> None:
    """A chain that nobody verified may be of another time."""
    leaf = public.leaf(HOST, not_before=now + timedelta(days=1), not_after=now + timedelta(days=9))
    found = diagnose_mismatch(missed(VerifiedChain.from_verifier((leaf,))))
    assert found.id == "wrong-clock"
    assert "set the clock" in found.next_step


def test_a_private_root(missed, private, public, public_roots) -> None:
    """A local trust anchor, where the pins or the past say that the CA was public."""
    error = missed(private.chain(HOST), R3, OTHER)
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert (found.id, found.benign) == ("private-root", False)
    assert "Private Root" in found.message
    error = missed(private.chain(HOST))
    before = public.chain(HOST)
    found = diagnose_mismatch(error, public_roots=public_roots, before=before)
    assert found.id == "private-root"
    assert diagnose_mismatch(error, public_roots=public_roots).id == "unknown"
    assert diagnose_mismatch(error, before=before).id == "other-ca"


def test_a_rotated_key(missed, public, public_roots) -> None:
    """The same CA as when the host last matched, and another key."""
    before, chain = public.chain(HOST), public.chain(HOST)
    found = diagnose_mismatch(missed(chain), public_roots=public_roots, before=before)
    assert (found.id, found.benign) == ("key-rotated", None)
    assert str(Pin.of_key(before.leaf)) in found.evidence[0]
    assert str(Pin.of_key(chain.leaf)) in found.evidence[1]


def test_another_intermediate(missed, public, public_roots) -> None:
    """The same root as when the host last matched."""
    before = public.below("R10").chain(HOST)
    chain = public.below("R12").chain(HOST)
    found = diagnose_mismatch(missed(chain), public_roots=public_roots, before=before)
    assert (found.id, found.benign) == ("intermediate-changed", None)
    assert found.evidence[0] == "the root is as before"
    assert "CN=R12" in found.evidence[1]


def test_a_pinned_intermediate_that_was_replaced(missed, authority) -> None:
    """Let's Encrypt's R3 is pinned, and another of its intermediates signs."""
    chain = under(authority, root_named("ISRG Root X1"))
    found = diagnose_mismatch(missed(chain, R3, OTHER), public_roots=WEB)
    assert found.id == "intermediate-changed"
    assert found.evidence[0] == "pinned: R3 of Let's Encrypt"


def test_another_ca(missed, authority, public) -> None:
    """By known keys among the pins, or by the past; it may be a mis-issued certificate."""
    chain = under(authority, root_named("DigiCert Global Root G2"))
    found = diagnose_mismatch(missed(chain, ISRG_X1, OTHER), public_roots=WEB)
    assert (found.id, found.benign) == ("other-ca", None)
    assert "DigiCert, where Let's Encrypt did" in found.message
    other = authority.root("Other Public")
    roots = TrustStore((public.certificate, other.certificate))
    found = diagnose_mismatch(
        missed(other.chain(HOST)), public_roots=roots, before=public.chain(HOST)
    )
    assert found.id == "other-ca"
    assert "CN=Other Public, where CN=Public Root did" in found.message


def test_the_same_ca_without_a_pinned_intermediate(missed, authority) -> None:
    """Its root is pinned elsewhere in the chain's family: nothing is known for certain."""
    chain = under(authority, root_named("ISRG Root X2"))
    assert diagnose_mismatch(missed(chain, ISRG_X1, OTHER), public_roots=WEB).id == "unknown"
    before = under(authority, root_named("ISRG Root X1"))
    assert diagnose_mismatch(missed(chain), public_roots=WEB, before=before).id == "unknown"


def test_a_cdn(missed, public, public_roots) -> None:
    """Whose key is whose: many owners in one certificate, or a service's own name."""
    names = [HOST, *(f"shop.customer{index}.com" for index in range(12))]
    error = missed(public.chain_of(public.leaf(*names)))
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert found.id == "cdn"
    assert found.evidence[0].startswith("one certificate for ")
    error = missed(public.chain_of(public.leaf(HOST, "sni.cloudflaressl.com")))
    found = diagnose_mismatch(error, public_roots=public_roots)
    assert found.id == "cdn"
    assert diagnose_mismatch(error).id == "unknown"


def test_a_device(missed, authority) -> None:
    """A certificate that its own key signed, where pins alone are trusted."""
    device = authority.root(HOST).certificate
    found = diagnose_mismatch(missed(VerifiedChain.from_verifier((device,))))
    assert (found.id, found.benign) == ("device-key-changed", None)


def test_nothing_is_known(missed, public, public_roots) -> None:
    """Then that is said, and neither harmless nor an attack."""
    found = diagnose_mismatch(missed(public.chain(HOST)), public_roots=public_roots)
    assert (found.id, found.benign) == ("unknown", None)
    same = public.chain(HOST)
    assert diagnose_mismatch(missed(same), before=same).id == "unknown"
    alone = VerifiedChain.from_verifier((public.leaf(HOST),))
    assert diagnose_mismatch(missed(alone), before=public.chain(HOST)).id == "other-ca"
    assert diagnose_mismatch(missed(public.chain(HOST)), before=alone).id == "other-ca"


def test_what_is_certain_comes_first(missed, authority, public_roots) -> None:
    """A denied key in a proxy's chain is a denied key first."""
    root = authority.root("mitmproxy")
    error = missed(root.chain(HOST), denied=(Pin.parse(root.pin),))
    assert error.reason is MismatchReason.DENIED_KEY
    assert diagnose_mismatch(error, public_roots=public_roots).id == "denied-key"


@settings(max_examples=30, deadline=None)
@given(
    name=st.text(min_size=1, max_size=40).map(lambda text: f"portal.{text}")
    | st.text(min_size=1, max_size=40),
    organization=st.text(max_size=20),
)
@example(name="portal.x\n  next step: ship pin\x1b[2J", organization="")
def test_odd_names_break_nothing(name, organization) -> None:
    """Names are an attacker's to choose."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    try:
        issued = issue(
            Request(name=name, organization=organization, key=new_key("ecdsa"), hosts=(HOST,)), at
        )
    except ValueError:
        return  # no certificate can bear that name
    leaf = Certificate.from_der(issued.certificate.public_bytes(Encoding.DER))
    error = MismatchError(
        host=HOST,
        policy=Policy(
            host=HostPattern(HOST), pins=(PolicyPin(Pin.parse(OTHER)),), no_backup="a test"
        ),
        chain=VerifiedChain.from_verifier((leaf,)),
        at=at,
        reason=MismatchReason.NO_MATCH,
    )
    found = diagnose_mismatch(error, presented=(leaf,), public_roots=WEB)
    assert tell(error, found).replace("\n", "").isprintable()
    assert all(line.isprintable() for line in (found.message, *found.evidence))
