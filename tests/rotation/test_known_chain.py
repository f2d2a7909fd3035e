"""Chains as far as they are known: what links them, where they end, and pins held to them."""

from dataclasses import replace

import pytest

from keypin.certs import Certificate, Position, TrustStore
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_authority import precertificate_signer, precertify
from keypin.pins import Pin
from keypin.rotation.known_chain import KnownChain, Told, known_chains


def parsed(issued) -> Certificate:
    """Return a certificate of the laboratory as keypin reads it."""
    return Certificate.from_der(issued.der)


@pytest.fixture
def whole(shop) -> tuple[Certificate, ...]:
    """Return a leaf, its intermediate and its root."""
    return (*shop.chain(), parsed(shop.cast.authority("root")))


def test_a_chain_ends_at_what_signed_itself(whole) -> None:
    """Without anchors the root is recognised by its own signature; the order does not matter."""
    leaf, intermediate, root = whole
    (found,) = known_chains(leaf, [root, intermediate])
    assert found == KnownChain(whole, rooted=True, precertificate=False)
    assert [found.positions(index) for index in range(3)] == [
        (Position.LEAF,),
        (Position.INTERMEDIATE,),
        (Position.ROOT,),
    ]


def test_a_chain_that_breaks_off_has_no_root(whole) -> None:
    """Its last certificate may be a root or not, and above it may stand anything."""
    leaf, intermediate, _ = whole
    (found,) = known_chains(leaf, [intermediate])
    assert not found.rooted
    assert found.positions(1) == (Position.INTERMEDIATE, Position.ROOT)
    (alone,) = known_chains(leaf, [])
    assert alone.certificates == (leaf,)


def test_an_anchor_is_a_root_without_being_sent(whole, shop) -> None:
    """A trust store says where chains end: at its anchors, though a log's chain goes on."""
    leaf, intermediate, root = whole
    (found,) = known_chains(leaf, [intermediate], trust=shop.trust())
    assert (found.certificates, found.rooted) == (whole, True)
    (short,) = known_chains(leaf, [intermediate, root], trust=TrustStore([intermediate]))
    assert (short.certificates, short.rooted) == ((leaf, intermediate), True)
    (other,) = known_chains(leaf, [intermediate, root], trust=shop.trust("other-root"))
    assert other.certificates == whole


def test_a_cross_sign_gives_two_chains(shop) -> None:
    """Both ends are roots."""
    leaf, above = shop.chain(issuer="new-root")
    pool = [above, shop.cross_signed(), parsed(shop.cast.authority("cross-root"))]
    found = known_chains(leaf, pool)
    assert [len(one.certificates) for one in found] == [2, 3]
    assert all(one.rooted for one in found)


def test_a_signature_links_and_a_name_alone_does_not(shop) -> None:
    """Somebody who takes the issuer's name is no issuer."""
    leaf, intermediate = shop.chain()
    request = Request(
        name="keypin lab intermediate", organization="keypin lab", key=new_key("ecdsa"), ca=True
    )
    forged = parsed(issue(request, leaf.not_before))
    assert forged.slices.subject == intermediate.slices.subject
    (found,) = known_chains(leaf, [forged])
    assert found.certificates == (leaf,)


def test_a_precertificate_is_linked_by_the_hash_of_its_issuers_key(shop, now) -> None:
    """RFC 6962 section 3.2: so a CA that signs precertificates alone is no part of the chain."""
    ca = shop.cast.authority("intermediate")
    root = parsed(shop.cast.authority("root"))
    signer = precertificate_signer(ca, new_key("ecdsa"), now)
    request = Request(name="a.example", key=shop.cast.key("active"), issuer=ca)
    logged = parsed(precertify(request, now, signer=signer).issued)
    issuer = parsed(ca)
    pool = [parsed(signer), issuer, root]
    (found,) = known_chains(logged, pool, issuer_key_hash=issuer.spki_sha256)
    assert found == KnownChain((logged, issuer, root), rooted=True, precertificate=True)
    (lost,) = known_chains(logged, pool, issuer_key_hash=bytes(32))
    assert (lost.certificates, lost.rooted) == ((logged,), False)


def test_pins_of_what_is_known(whole) -> None:
    """Where the chain is whole, a pin matches or does not, at its position alone."""
    (found,) = known_chains(whole[0], whole[1:])
    for index, position in enumerate(("leaf", "intermediate", "root")):
        for wanted in ("leaf", "intermediate", "root", "ca", "any"):
            pin = Pin.of_key(whole[index], position=wanted)
            fits = wanted in {position, "any"} or (wanted == "ca" and position != "leaf")
            assert found.matches(pin) is (Told.YES if fits else Told.NO)
            assert found.holds(pin) is Told.YES
            assert found.holder(pin) == whole[index]
    other = Pin(bytes(32))
    assert (found.matches(other), found.holds(other)) == (Told.NO, Told.NO)
    assert found.holder(other) is None


def test_pins_of_what_may_stand_above(whole) -> None:
    """Where a chain breaks off, only a pin of the leaf is told for certain."""
    leaf, intermediate, root = whole
    (found,) = known_chains(leaf, [intermediate])
    assert found.matches(Pin.of_key(root)) is Told.UNKNOWN
    assert found.matches(Pin.of_key(root, position="leaf")) is Told.NO
    assert found.matches(Pin.of_key(leaf)) is Told.YES
    assert found.matches(Pin.of_key(intermediate, position="ca")) is Told.YES
    assert found.matches(Pin.of_key(intermediate, position="root")) is Told.UNKNOWN
    assert found.holds(Pin.of_key(root)) is Told.UNKNOWN


def test_the_digest_of_a_certificate_that_was_not_seen(whole) -> None:
    """A precertificate has the key of its certificate, and not its digest."""
    (found,) = known_chains(whole[0], whole[1:], issuer_key_hash=whole[1].spki_sha256)
    unseen = Pin.of_certificate(whole[0])
    assert found.precertificate
    assert found.matches(unseen) is Told.UNKNOWN
    assert found.matches(replace(unseen, position="root")) is Told.NO
    assert (found.holds(unseen), found.holder(unseen)) == (Told.UNKNOWN, None)
    assert found.matches(Pin.of_key(whole[0])) is Told.YES
    assert found.matches(Pin.of_certificate(whole[1])) is Told.YES


def test_every_match_is_evidence(whole, shop) -> None:
    """From the leaf up, with certificate and position."""
    (found,) = known_chains(whole[0], whole[1:])
    entries = [shop.entry("root", position="root"), shop.entry("active"), shop.entry("renewed")]
    assert [(one.certificate, one.position) for one in found.found(entries)] == [
        (whole[0], Position.LEAF),
        (whole[2], Position.ROOT),
    ]


def test_the_opposite_of_not_knowing_is_not_knowing() -> None:
    """Three answers; the greatest of several says whether any holds."""
    assert [one.opposite for one in Told] == [Told.YES, Told.UNKNOWN, Told.NO]
    assert max(Told.NO, Told.UNKNOWN) is Told.UNKNOWN


def test_a_chain_has_a_certificate() -> None:
    """An empty one cannot be built."""
    with pytest.raises(ValueError, match="a chain has at least one certificate"):
        KnownChain((), rooted=True, precertificate=False)
