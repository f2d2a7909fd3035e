from keypin.certs.failure import Reason
from keypin.certs.verified import VerifiedChain
from keypin.pins.pin import Pin

HOST = "www.example.com"


def test_a_service_is_recognised_by_the_host(finds) -> None:
    """The name alone tells, before any handshake."""
    (found,) = finds("hosting-service", host="d1.cloudfront.net")
    assert found.message == "Amazon CloudFront serves this host (cdn)"
    assert found.evidence == ("host: d1.cloudfront.net",)


def test_a_service_is_recognised_by_its_certificate(finds, shake, public, private) -> None:
    """A public certificate with a CDN's name in it; a private CA's names prove nothing."""
    chain = public.chain(HOST, "shared.global.fastly.net")
    (found,) = finds("hosting-service", shake(chain.leaf, verified=chain))
    assert found.message == "Fastly serves this host (cdn)"
    assert found.evidence == (
        "name in the certificate: shared.global.fastly.net",
        "seen at 192.0.2.1:443",
    )
    forged = private.chain(HOST, "shared.global.fastly.net")
    assert not finds("hosting-service", shake(forged.leaf, verified=forged))
    assert not finds("hosting-service", shake(public.chain(HOST).leaf))


def test_a_shared_certificate_is_recognised(finds, shake, public) -> None:
    """Many owners, one key."""
    leaf = public.leaf(HOST, *(f"shop{n}.com" for n in range(8)))
    (found,) = finds("shared-certificate", shake(leaf))
    assert found.message == "the certificate is shared by 9 owners"
    assert not finds("shared-certificate", shake(public.leaf(HOST)))


def test_addresses_that_show_different_keys_are_told(finds, shake, public) -> None:
    """One address has been renewed, the other has not."""
    one, two = public.leaf(HOST), public.leaf(HOST)
    shakes = [shake(one, address="192.0.2.1:443"), shake(two, address="192.0.2.2:443")]
    (found,) = finds("addresses-differ", *shakes)
    assert found.message == "2 addresses show 2 different keys"
    assert found.evidence == tuple(
        f"192.0.2.{number}:443: {Pin.of_key(leaf)}: CN={HOST}, issued by {leaf.issuer}; "
        "it does not verify"
        for number, leaf in ((1, one), (2, two))
    )


def test_an_address_that_differs_from_most_is_named(finds, shake, public, private) -> None:
    """With who issued what it shows: somebody may sit before that server alone."""
    usual, forged = public.chain(HOST), private.chain(HOST)
    shakes = [shake(usual.leaf, verified=usual, address=f"192.0.2.{n}:443") for n in (1, 3)]
    odd = shake(forged.leaf, address="192.0.2.2:443")
    (found,) = finds("addresses-differ", *shakes, odd)
    assert found.message == "192.0.2.2:443 shows another key than the other 2 addresses"
    assert "somebody may sit in between" in found.cure
    assert [line.endswith("; it does not verify") for line in found.evidence] == [
        False,
        False,
        True,
    ]
    assert f"issued by {forged.leaf.issuer}" in found.evidence[-1]
    others = [shake(public.leaf(HOST), address=f"192.0.2.{n}:443") for n in (5, 6)]
    more = [shake(usual.leaf, verified=usual, address=f"192.0.2.{n}:443") for n in (7, 8)]
    (found,) = finds("addresses-differ", *shakes, *more, *others)
    assert found.message == (
        "192.0.2.5:443, 192.0.2.6:443 show other keys than the other 4 addresses"
    )


def test_addresses_with_the_same_key_agree(finds, shake, public) -> None:
    """A certificate renewed with the same key breaks no pin; nor do two key types."""
    one = public.leaf(HOST)
    assert not finds("addresses-differ", shake(one), shake(one, address="192.0.2.2:443"))
    other = shake(public.leaf(HOST), key_type="rsa")
    assert not finds("addresses-differ", shake(one, key_type="ecdsa"), other)


def test_two_key_types_are_told(finds, shake, public, rsa_key) -> None:
    """Pins must cover both certificates."""
    ecdsa, rsa = public.leaf(HOST), public.leaf(HOST, key=rsa_key)
    shakes = [shake(ecdsa, key_type="ecdsa"), shake(rsa, key_type="rsa")]
    (found,) = finds("key-types-differ", *shakes)
    assert found.message == "the server has certificates of 2 key types: EC, RSA"
    assert found.evidence == (
        f"{Pin.of_key(ecdsa)}: CN={HOST}, seen at 192.0.2.1:443 (ecdsa)",
        f"{Pin.of_key(rsa)}: CN={HOST}, seen at 192.0.2.1:443 (rsa)",
    )
    assert not finds("key-types-differ", *shakes[:1])


def test_a_chain_that_needs_an_unsent_certificate_is_told(finds, shake, public) -> None:
    """The store or a cache helped out; the next client has neither."""
    ca = public.below("Middle")
    chain = ca.chain(HOST)
    (found,) = finds("verifies-by-unsent", shake(chain.leaf, verified=chain))
    assert found.message == "the chain verifies only thanks to a certificate that was not sent"
    assert found.evidence[0] == f"{ca.pin}: CN=Middle"
    sent = shake(chain.leaf, chain[1], verified=chain)
    assert not finds("verifies-by-unsent", sent)
    assert not finds("verifies-by-unsent", shake(chain.leaf))


def test_a_server_without_its_intermediate_is_told(finds, shake, public) -> None:
    """With the name of what is missing, and where it can be had."""
    leaf = public.below("Middle").leaf(HOST)
    (found,) = finds("missing-intermediate", shake(leaf, reason=Reason.MISSING_INTERMEDIATE))
    assert found.evidence == ("missing: CN=Middle", "seen at 192.0.2.1:443")
    assert not finds("missing-intermediate", shake(leaf, reason=Reason.EXPIRED))


def test_certificates_out_of_order_are_told(finds, shake, public) -> None:
    """Each before its issuer; what plays no part is not out of order."""
    chain = public.below("Low").below("Lower").chain(HOST)
    leaf, lower, low, _ = chain
    (found,) = finds("wrong-order", shake(leaf, low, lower, verified=chain))
    assert found.message == "the certificates are sent in the wrong order"
    stranger = public.leaf("stranger.example.com")
    assert not finds("wrong-order", shake(leaf, stranger, lower, low, verified=chain))
    assert not finds("wrong-order", shake(leaf, low, lower))


def test_certificates_without_a_part_are_told(finds, shake, public, private) -> None:
    """A stranger in the chain is noise at best; another certificate of a chain's key is none."""
    chain = public.chain(HOST)
    stranger = private.leaf("stranger.example.com")
    (found,) = finds("unneeded-certificates", shake(chain.leaf, stranger, verified=chain))
    assert found.evidence == (f"{Pin.of_key(stranger)}: CN=stranger.example.com",)
    again = public.leaf("again.example.com", key=public.key)
    assert not finds("unneeded-certificates", shake(chain.leaf, again, verified=chain))
    assert not finds("unneeded-certificates", shake(chain.leaf, stranger))


def test_a_chain_of_one_is_complete(finds, shake, public) -> None:
    """A server certificate that is itself the anchor needs nothing sent."""
    alone = VerifiedChain.from_verifier([public.leaf(HOST)])
    assert not finds("verifies-by-unsent", shake(alone.leaf, verified=alone))
