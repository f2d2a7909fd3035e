"""Who issued a logged certificate, and whether anybody expected that."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs import Certificate
from keypin.lab.authority import Request, issue, new_key
from keypin.pins import Pin
from keypin.pins.ca_facts import BY_NAME
from keypin.rotation.issued import Issued
from keypin.rotation.issuer import Issuer, issuer_of
from keypin.rotation.known_chain import Told


@pytest.fixture(scope="module")
def issued(shop) -> Issued:
    """Return a logged certificate of the shop's CA."""
    leaf, above = shop.chain()
    root = Certificate.from_der(shop.cast.authority("root").der)
    return Issued(certificate=leaf, chain=(above, root))


def pinning(shop, *names: str, position: str = "any") -> list:
    """Return policies that pin keys of the cast."""
    return [shop.policy(*(shop.entry(name, position=position) for name in names))]


def test_nobody_is_expected(shop, issued) -> None:
    """Without names, and with pins of servers' keys alone, there is nothing to say."""
    for policies in ([], pinning(shop, "active", "backup")):
        found = issuer_of(issued, policies=policies)
        assert (found.expected, found.why) == (
            Told.UNKNOWN,
            "nobody is named, and no pin tells",
        )
    assert found == Issuer(
        name="keypin lab intermediate of keypin lab",
        organization="keypin lab",
        identifiers=frozenset(),
        expected=Told.UNKNOWN,
        why="nobody is named, and no pin tells",
    )


@pytest.mark.parametrize(
    "name", ["KEYPIN LAB", "keypin lab intermediate", "Keypin Lab Root", "  keypin  lab "]
)
def test_a_name_expects(issued, name: str) -> None:
    """Common name or organisation of the issuer or of a CA above it, in any case."""
    found = issuer_of(issued, expected=["Somebody", name])
    assert (found.expected, found.by_name) == (Told.YES, True)


def test_another_name_does_not(issued) -> None:
    """A part of a name is another name."""
    found = issuer_of(issued, expected=["Let's Encrypt", "keypin"])
    assert found.expected is Told.NO
    assert found.why == "it was to come from Let's Encrypt or keypin"


def test_an_operator_is_known_by_its_names(shop, now) -> None:
    """The operator, or what it is called in CAA records; without a chain, as the leaf says."""
    key = new_key("ecdsa")
    ca = issue(Request(name="E7", organization="Let's Encrypt", key=key, ca=True), now)
    request = Request(name="a.example", key=shop.cast.key("active"), issuer=ca)
    alone = Issued(certificate=Certificate.from_der(issue(request, now).der))
    for name in ("let's encrypt", "letsencrypt.org", "e7"):
        assert issuer_of(alone, expected=[name]).expected is Told.YES
    found = issuer_of(alone, expected=["DigiCert"])
    assert (found.expected, found.name) == (Told.NO, "E7 of Let's Encrypt")
    assert found.identifiers == {"letsencrypt.org"}


def test_a_pinned_ca_is_expected(shop, issued) -> None:
    """The issuer's key, or its root's; the user's names come after."""
    for key in ("intermediate", "root"):
        found = issuer_of(issued, policies=pinning(shop, "active", key), expected=["Somebody"])
        assert (found.expected, found.by_name) == (Told.YES, False)
        assert found.why == "its key, or that of a CA above it, is pinned"


def test_pins_of_other_cas_expect_those(shop, issued) -> None:
    """Pins say that they are of CAs by their position, or because everybody knows the key."""
    known = Pin.parse(BY_NAME["ISRG Root X1"].pin)
    public = [shop.policy(shop.entry("active"), replace(shop.entry("backup"), pin=known))]
    for policies in (public, pinning(shop, "other-root", "cross-root", position="ca")):
        found = issuer_of(issued, policies=policies)
        assert (found.expected, found.why) == (Told.NO, "the pins name other CAs")
        torn = issuer_of(replace(issued, chain=()), policies=policies)
        assert torn.expected is Told.UNKNOWN
    leaves = pinning(shop, "intermediate", "root", position="leaf")
    assert issuer_of(issued, policies=leaves).expected is Told.UNKNOWN


def test_an_issuer_without_a_name(issued, now) -> None:
    """It is called so."""
    key, nameless = new_key("ecdsa"), x509.Name([])
    builder = x509.CertificateBuilder().subject_name(nameless).issuer_name(nameless)
    builder = builder.public_key(key.public_key()).serial_number(1)
    built = builder.not_valid_before(now).not_valid_after(now).sign(key, SHA256())
    alone = Certificate.from_der(built.public_bytes(Encoding.DER))
    found = issuer_of(replace(issued, certificate=alone, chain=()), expected=["(no name)"])
    assert (found.name, found.organization, found.expected) == ("(no name)", None, Told.NO)
