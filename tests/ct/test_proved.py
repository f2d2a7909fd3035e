"""What stands beside a leaf counts where it belongs to it, up to the issuer's key."""

from datetime import UTC, datetime

import pytest

from keypin.certs import Certificate
from keypin.ct.leaf import Leaf
from keypin.ct.precertificate import issuer_key_hash, signed_part
from keypin.ct.proved import Beside, belonging
from keypin.errors import CertificateError
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_authority import precertificate_signer, precertify
from keypin.lab.ct_log import CtLog

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY, OTHER = new_key("ecdsa"), new_key("ecdsa")
CA = issue(Request(name="A CA", key=KEY, ca=True), NOW)
NAMESAKE = issue(Request(name="A CA", key=OTHER, ca=True), NOW)
SIGNER = precertificate_signer(CA, OTHER, NOW)
WANTED = Request(name="a", key=KEY, hosts=("a.example",), issuer=CA)
SPKI = Certificate.from_der(CA.der).spki


def logged(*chain: Issued) -> Leaf:
    """Return the leaf of what a log took."""
    log = CtLog()
    return Leaf.parse(log.entries[log.log([one.der for one in chain], NOW)].leaf)


def ders(*chain: Issued) -> list[bytes]:
    """Return certificates as bytes."""
    return [one.der for one in chain]


def test_a_precertificate_with_its_issuer() -> None:
    """The issuer's key made the signature, and is the one that the leaf names."""
    one = precertify(WANTED, NOW).issued
    found = belonging(logged(one, CA), one.der, ders(CA))
    assert found == Beside(Certificate.from_der(one.der), SPKI)


def test_the_certificate_that_came_of_a_precertificate() -> None:
    """It is made of the same bytes."""
    before = precertify(WANTED, NOW)
    log = CtLog()
    after = before.finish([log.add(ders(before.issued, CA), NOW)])
    leaf = Leaf.parse(log.entries[0].leaf)
    assert belonging(leaf, after.der, ders(CA)).certificate == Certificate.from_der(after.der)


def test_a_precertificate_that_another_signed() -> None:
    """Who signed in the issuer's place is signed by it, and the leaf names the issuer's key."""
    one = precertify(WANTED, NOW, signer=SIGNER).issued
    leaf = logged(one, SIGNER, CA)
    assert belonging(leaf, one.der, ders(SIGNER, CA)) == Beside(Certificate.from_der(one.der), SPKI)


def test_a_certificate() -> None:
    """A certificate is in the leaf as it is; its issuer is the first above it."""
    one = issue(WANTED, NOW)
    leaf, certificate = logged(one, CA), Certificate.from_der(one.der)
    assert belonging(leaf, one.der, ders(CA)) == Beside(certificate, SPKI)
    assert belonging(leaf, one.der, ders(CA, CA)) == Beside(certificate, SPKI)
    assert belonging(leaf, one.der, ()) == Beside(certificate)


def test_without_the_issuer() -> None:
    """Of a precertificate alone nothing counts but the leaf: its signature could be anybody's."""
    one = precertify(WANTED, NOW).issued
    assert belonging(logged(one, CA), one.der, ()) == Beside()
    assert belonging(logged(one, CA), b"", ()) == Beside()


def test_what_does_not_belong() -> None:
    """Each way in which it can be something else has its sentence."""
    direct, instead = precertify(WANTED, NOW).issued, precertify(WANTED, NOW, signer=SIGNER).issued
    ca_two = issue(Request(name="Signer", key=OTHER, issuer=CA, ca=True), NOW)
    by_two = precertify(WANTED, NOW, signer=ca_two).issued
    fits = belonging(logged(by_two, ca_two), by_two.der, ders(ca_two))
    assert fits.issuer_spki == Certificate.from_der(ca_two.der).spki
    for leaf, der, chain, message in (
        (
            logged(direct, CA),
            CA.der,
            (),
            "neither a list of SCTs nor the poison of a precertificate",
        ),
        (logged(direct, CA), instead.der, (CA,), "it is another one"),
        (logged(direct, CA), direct.der, (NAMESAKE,), "'CN=a' is not signed by 'CN=A CA'"),
        (logged(instead, SIGNER, CA), instead.der, (SIGNER,), "it is another one"),
    ):
        with pytest.raises(CertificateError) as caught:
            belonging(leaf, der, ders(*chain))
        assert caught.value.seen == message


def test_an_issuer_with_another_key_than_the_leaf_names() -> None:
    """A chain whose signatures hold is of no use where the log saw another issuer."""
    one = precertify(WANTED, NOW).issued
    key_hash, tbs = bytes(32), logged(one, CA).signed
    leaf = Leaf(0, precertificate=True, issuer_key_hash=key_hash, signed=tbs, index=None)
    with pytest.raises(CertificateError) as caught:
        belonging(leaf, one.der, ders(CA))
    assert str(caught.value) == "'CN=A CA' has another key than the leaf names; expected the issuer"


def test_a_stand_in_without_leave() -> None:
    """Not any CA below the issuer may sign precertificates in its place."""
    plain = issue(Request(name="Plain", key=OTHER, issuer=CA, ca=True), NOW)
    one = precertify(WANTED, NOW, signer=plain).issued
    key_hash = issuer_key_hash(Certificate.from_der(CA.der))
    parts = (Certificate.from_der(der) for der in ders(one, plain))
    tbs = signed_part(next(parts), signer=next(parts))
    leaf = Leaf(0, precertificate=True, issuer_key_hash=key_hash, signed=tbs, index=None)
    with pytest.raises(CertificateError) as caught:
        belonging(leaf, one.der, ders(plain, CA))
    assert str(caught.value) == "'CN=Plain' may not sign precertificates; expected the issuer"
