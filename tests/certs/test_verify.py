"""Verification: what is accepted, and a real chain for every reason to refuse."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from keypin.certs import (
    Position,
    Profile,
    Reason,
    VerificationError,
    VerifiedChain,
    verified_paths,
    verify,
)
from keypin.errors import HostError

HOST = "shop.test"


def refused(presented, trust, at, host=HOST, **options) -> VerificationError:
    """Return the error of a verification that must fail."""
    with pytest.raises(VerificationError) as caught:
        verify(presented, host, trust=trust, at=at, **options)
    assert list(verified_paths(presented, host, trust=trust, at=at, **options)) == []
    return caught.value


class TestAccepted:
    """Chains that verify."""

    def test_a_chain_in_any_order(self, pki) -> None:
        """The intermediates may come in any order, with others among them, the root or not."""
        root, other = pki.root(), pki.root("Other")
        upper = pki.ca(root, "Upper")
        lower = pki.ca(upper, "Lower")
        leaf = pki.leaf(lower, HOST)
        sent = [found.certificate for found in (leaf, root, other, upper, lower, lower)]
        chain = verify(sent, HOST, trust=pki.trust(root), at=pki.now)
        assert list(chain) == [found.certificate for found in (leaf, lower, upper, root)]
        assert chain.position(0) is Position.LEAF
        assert chain.root == root.certificate

    @pytest.mark.parametrize(
        ("names", "host"),
        [
            (["shop.test"], "SHOP.test."),
            (["*.shop.test"], "api.shop.test"),
            (["xn--bcher-kva.test"], "Bücher.test"),
            (["192.0.2.1"], "192.0.2.1"),
            (["2001:db8::1"], "2001:DB8:0::1"),
        ],
    )
    def test_names(self, pki, names, host) -> None:
        """A host may be written in any case, in Unicode, with a dot behind, or be an address."""
        root = pki.root()
        leaf = pki.leaf(root, *names)
        assert verify([leaf.certificate], host, trust=pki.trust(root), at=pki.now)

    @pytest.mark.parametrize("kind", ["RSA", "EC P-384", "ML-DSA-65"])
    def test_keys_of_cas(self, pki, kind) -> None:
        """A CA may sign with any key that the verifier takes."""
        root = pki.root(kind=kind)
        leaf = pki.leaf(root, HOST, kind="Ed25519")
        assert len(verify([leaf.certificate], HOST, trust=pki.trust(root), at=pki.now)) == 2

    def test_an_intermediate_from_elsewhere(self, pki) -> None:
        """A certificate that the server did not send may complete the path."""
        root = pki.root()
        ca = pki.ca(root)
        leaf = pki.leaf(ca, HOST)
        chain = verify(
            [leaf.certificate], HOST, trust=pki.trust(root), at=pki.now, extra=[ca.certificate]
        )
        assert chain.intermediates == (ca.certificate,)

    def test_a_leaf_that_is_an_anchor(self, pki) -> None:
        """A self-signed certificate that is trusted itself is a chain of one."""
        leaf = pki.leaf(None, HOST)
        chain = verify([leaf.certificate], HOST, trust=pki.trust(leaf), at=pki.now)
        assert chain == VerifiedChain((leaf.certificate,))

    def test_a_genuine_certificate_stuffed_in_is_left_out(self, pki) -> None:
        """What a server sends beside its path is never in the verified chain (CVE-2016-2402)."""
        root, pinned = pki.root(), pki.root("Pinned")
        genuine = pki.leaf(pinned, HOST, key_name="genuine")
        forged = pki.leaf(root, HOST, key_name="forged")
        sent = [found.certificate for found in (forged, genuine, pinned)]
        (chain,) = verified_paths(sent, HOST, trust=pki.trust(root, pinned), at=pki.now)
        assert list(chain) == [forged.certificate, root.certificate]

    def test_the_last_second_counts(self, pki) -> None:
        """A certificate is valid from its first second to its last, both included."""
        root = pki.root()
        leaf = pki.leaf(root, HOST).certificate
        for at in (leaf.not_before, leaf.not_after):
            assert verify([leaf], HOST, trust=pki.trust(root), at=at)


class TestPaths:
    """Chains that verify in several ways."""

    def test_cross_signed_roots_give_a_path_each(self, pki) -> None:
        """Every anchor that a cross-sign reaches ends a path of its own."""
        old, new = pki.root("Old"), pki.root("New")
        cross = pki.ca(old, "New", key_name="New")
        ca = pki.ca(new)
        leaf = pki.leaf(ca, HOST)
        sent = [leaf.certificate, ca.certificate, cross.certificate]
        paths = list(verified_paths(sent, HOST, trust=pki.trust(old, new), at=pki.now))
        assert [path.root for path in paths] == [new.certificate, old.certificate]
        assert paths[0] == verify(sent, HOST, trust=pki.trust(old, new), at=pki.now)

    def test_an_anchored_intermediate_does_not_hide_the_root(self, pki) -> None:
        """With intermediate and root both trusted, the path to each is found."""
        root = pki.root()
        ca = pki.ca(root)
        leaf = pki.leaf(ca, HOST)
        paths = verified_paths([leaf.certificate], HOST, trust=pki.trust(ca, root), at=pki.now)
        assert [path.root for path in paths] == [ca.certificate, root.certificate]

    def test_nothing_presented(self, pki) -> None:
        """No certificate, no path."""
        assert list(verified_paths([], HOST, trust=pki.trust(), at=pki.now)) == []

    def test_an_expired_cross_sign_does_not_hide_a_good_path(self, pki) -> None:
        """The first path's refusal is not the last word (as AddTrust's expiry was in 2020)."""
        old, new = pki.root("Old", ends=timedelta(days=-1)), pki.root("New")
        cross = pki.ca(old, "New", key_name="New")
        leaf = pki.leaf(new, HOST)
        trust = pki.trust(old, new)
        chain = verify([leaf.certificate, cross.certificate], HOST, trust=trust, at=pki.now)
        assert chain.root == new.certificate


class TestReasons:
    """A real chain for every reason."""

    def test_empty_chain(self, pki) -> None:
        """A server that sends nothing."""
        error = refused([], pki.trust(), pki.now)
        assert error.reason is Reason.EMPTY_CHAIN
        assert str(error) == (
            "shop.test: the server sent no certificate; configure the server's certificate"
        )

    def test_expired(self, pki) -> None:
        """The sentence says which certificate, and when."""
        root = pki.root()
        leaf = pki.leaf(root, HOST, ends=timedelta(days=-1)).certificate
        error = refused([leaf], pki.trust(root), pki.now)
        assert error.reason is Reason.EXPIRED
        assert str(error) == (
            "shop.test: 'CN=shop.test' expired on 2026-05-31 00:00:00 UTC; renew the certificate, "
            "or correct this machine's clock if it is wrong"
        )
        assert error.chain == (leaf,)
        assert error.at == pki.now
        assert error.host == HOST

    def test_not_yet_valid(self, pki) -> None:
        """A clock that is behind, or a certificate that is early."""
        root = pki.root()
        leaf = pki.leaf(root, HOST, begins=timedelta(days=1))
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.NOT_YET_VALID
        assert error.detail == "'CN=shop.test' is valid from 2026-06-02 00:00:00 UTC only"

    def test_host_mismatch(self, pki) -> None:
        """The certificate is for another name, and the common name does not count."""
        root = pki.root()
        leaf = pki.leaf(root, "other.test", "*.shop.test", subject=HOST)
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.HOST_MISMATCH
        assert error.detail.startswith("the certificate is for other.test, *.shop.test")

    def test_self_signed(self, pki) -> None:
        """The server signed its certificate itself."""
        error = refused([pki.leaf(None, HOST).certificate], pki.trust(), pki.now)
        assert error.reason is Reason.SELF_SIGNED
        assert error.detail == "'CN=shop.test' is signed by its own key, and not trusted"

    def test_untrusted_root(self, pki) -> None:
        """The chain is complete, and its root unknown: the look of an interception."""
        root = pki.root("Proxy")
        sent = [pki.leaf(root, HOST).certificate, root.certificate]
        error = refused(sent, pki.trust(pki.root()), pki.now)
        assert error.reason is Reason.UNTRUSTED_ROOT
        assert error.detail == "the chain ends at 'CN=Proxy', not in the test store"

    def test_missing_intermediate(self, pki, issuers_url) -> None:
        """The issuer was not sent, and the certificate says where it is."""
        root = pki.root()
        leaf = pki.leaf(pki.ca(root), HOST, replace=[(issuers_url, False)])
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.MISSING_INTERMEDIATE
        assert error.detail == (
            "the issuer of 'CN=shop.test', 'CN=Intermediate', is neither sent nor in "
            "the test store; it is at http://ca.test/issuer.der"
        )

    def test_unknown_issuer(self, pki) -> None:
        """The issuer was not sent, and nothing says where it is."""
        root = pki.root()
        leaf = pki.leaf(pki.ca(root), HOST)
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.UNKNOWN_ISSUER
        assert error.detail == (
            "the issuer of 'CN=shop.test', 'CN=Intermediate', is not in the test store"
        )

    def test_a_namesake_of_the_issuer(self, pki) -> None:
        """A CA of the issuer's name with another key is a stranger, not a forgery."""
        root = pki.root()
        namesake = pki.root(key_name="another key")
        error = refused([pki.leaf(namesake, HOST).certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.UNKNOWN_ISSUER

    def test_bad_signature(self, pki) -> None:
        """The issuer's name and key are named, and the key did not sign."""
        root = pki.root()
        identity = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
        forged = pki.leaf(root, HOST, signer=pki.key("forger"), replace=[(identity, False)])
        error = refused([forged.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.BAD_SIGNATURE
        assert error.detail == "the signature of 'CN=shop.test' is not by the key of 'CN=Root'"

    def test_bad_signature_without_a_key_named(self, pki) -> None:
        """Where no key is named, the name alone decides who should have signed."""
        root = pki.root()
        forged = pki.leaf(root, HOST, signer=pki.key("forger"), omit=[x509.AuthorityKeyIdentifier])
        assert refused([forged.certificate], pki.trust(root), pki.now).reason is (
            Reason.BAD_SIGNATURE
        )

    def test_not_a_ca(self, pki) -> None:
        """A server's certificate signs another."""
        root = pki.root()
        mallory = pki.leaf(root, "mallory.test")
        leaf = pki.leaf(mallory, HOST)
        error = refused([leaf.certificate, mallory.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.NOT_A_CA
        assert error.detail == "'CN=mallory.test' signed a certificate and is no CA"

    def test_path_length(self, pki) -> None:
        """More CAs below one than it may have."""
        root = pki.root()
        upper = pki.ca(root, "Upper", path_length=0)
        lower = pki.ca(upper, "Lower")
        sent = [found.certificate for found in (pki.leaf(lower, HOST), lower, upper)]
        error = refused(sent, pki.trust(root), pki.now)
        assert error.reason is Reason.PATH_LENGTH
        assert error.detail == "'CN=Upper' may have 0 CAs below it, and has 1"

    def test_too_long(self, pki) -> None:
        """More CAs between leaf and anchor than are followed."""
        root = pki.root()
        upper = pki.ca(root, "Upper")
        lower = pki.ca(upper, "Lower")
        sent = [found.certificate for found in (pki.leaf(lower, HOST), lower, upper)]
        error = refused(sent, pki.trust(root), pki.now, max_intermediates=1)
        assert error.reason is Reason.PATH_LENGTH
        assert error.detail == "the chain has more than 1 CAs in it"

    def test_name_constraints(self, pki) -> None:
        """A CA signs for a name that it may not sign for."""
        limits = x509.NameConstraints([x509.DNSName("other.test")], None)
        root = pki.root()
        ca = pki.ca(root, replace=[(limits, True)])
        leaf = pki.leaf(ca, HOST)
        error = refused([leaf.certificate, ca.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.NAME_CONSTRAINTS

    @pytest.mark.parametrize("profile", Profile)
    def test_extended_key_usage(self, pki, profile) -> None:
        """A client's certificate serves no server."""
        root = pki.root()
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        leaf = pki.leaf(root, HOST, replace=[(usage, False)])
        error = refused([leaf.certificate], pki.trust(root, profile=profile), pki.now)
        assert error.reason is Reason.EXTENDED_KEY_USAGE

    @pytest.mark.parametrize("kind", ["RSA 1024", "Ed25519", "EC brainpoolP256r1"])
    def test_weak_key_of_a_ca(self, pki, kind) -> None:
        """A CA's key that the verifier does not take."""
        root = pki.root(kind=kind)
        error = refused([pki.leaf(root, HOST).certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.WEAK_KEY

    def test_weak_signature(self, pki) -> None:
        """A signature over SHA-1's successor that the web does not use."""
        root = pki.root(kind="RSA")
        leaf = pki.leaf(root, HOST, digest=hashes.SHA224())
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.WEAK_SIGNATURE

    def test_unsupported(self, pki) -> None:
        """A critical extension that nobody knows."""
        root = pki.root()
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        leaf = pki.leaf(root, HOST, replace=[(unknown, True)])
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.UNSUPPORTED

    def test_other(self, pki) -> None:
        """What we have no word for is told in the verifier's."""
        root = pki.root()
        leaf = pki.leaf(root, HOST, omit=[x509.AuthorityKeyIdentifier])
        error = refused([leaf.certificate], pki.trust(root), pki.now)
        assert error.reason is Reason.OTHER
        assert error.detail.startswith("the verifier says: ")

    def test_an_endless_maze(self, pki) -> None:
        """A hundred certificates of two names, each signing the other: the search gives up."""
        root = pki.root()
        a, b = pki.root("A"), pki.root("B")
        maze = [pki.ca(a, "B", key_name=f"B{i}", signer=pki.key("A")) for i in range(60)]
        maze += [pki.ca(b, "A", key_name=f"A{i}", signer=pki.key("B0")) for i in range(60)]
        leaf = pki.leaf(maze[0], HOST)
        sent = [leaf.certificate, *(found.certificate for found in maze)]
        error = refused(sent, pki.trust(root), pki.now)
        assert error.reason is Reason.OTHER
        assert error.detail == "the certificates form more paths than are worth a search"


class TestArguments:
    """What is asked of the caller."""

    def test_a_time_without_zone(self, pki) -> None:
        """A time that could mean two moments is refused."""
        with pytest.raises(ValueError, match="the time 2026-06-01 00:00:00 has no time zone"):
            verify([], HOST, trust=pki.trust(), at=datetime(2026, 6, 1))  # noqa: DTZ001 - the point

    def test_no_host(self, pki) -> None:
        """What is no host is refused before anything is verified."""
        with pytest.raises(HostError, match="'a b' is not a host: "):
            verify([], "a b", trust=pki.trust(), at=pki.now)
