"""What is refused beyond the verifier's refusals: a chain for each rule, and who is held to it."""

import json
from ipaddress import ip_network
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from keypin.certs import (
    Certificate,
    Profile,
    Reason,
    VerificationError,
    VerifiedChain,
    load_certificates,
    verify,
)
from keypin.certs.rules import RULES, breaches

HOST = "shop.test"
WEB, OWN = Profile.WEB_PKI, Profile.RFC5280
UNSPECIFIC = x509.NameConstraints([x509.DNSName("shop.test")], None)


def usage(*purposes) -> list:
    """Return the option that gives a certificate these purposes."""
    return [(x509.ExtendedKeyUsage(list(purposes)), False)]


def identity(issuer, **fields) -> list:
    """Return the option that gives a certificate an authority key identifier with more in it."""
    found = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    name = [x509.DirectoryName(x509.Name([]))]
    full = x509.AuthorityKeyIdentifier(fields.get("key", found.key_identifier), name, 1)
    return [
        (
            full
            if fields.get("named")
            else x509.AuthorityKeyIdentifier(fields.get("key", found.key_identifier), None, None),
            False,
        )
    ]


# Rule: how to break it, the clause of the error, and what it counts as. `root`, `ca` and `leaf`
# are options of the builder.
BROKEN = {
    "leaf-key": (
        {"leaf": {"kind": "DSA"}},
        "the key of 'CN=shop.test' is DSA, which servers may not use",
        Reason.WEAK_KEY,
    ),
    "subject-key": (
        {"ca": {"omit": [x509.SubjectKeyIdentifier]}},
        "the CA 'CN=Intermediate' has no subject key identifier",
        Reason.PROFILE,
    ),
    "authority-key": (
        {"ca": {"omit": [x509.AuthorityKeyIdentifier]}},
        "'CN=Intermediate' does not say which key of its issuer signed it",
        Reason.PROFILE,
    ),
    "criticality": (
        {"ca": {"replace": [(UNSPECIFIC, False)]}},
        "'CN=Intermediate' has constraints that verifiers may ignore",
        Reason.PROFILE,
    ),
    "server-usage": (
        {"leaf": {"omit": [x509.ExtendedKeyUsage]}},
        "'CN=shop.test' is not issued for server authentication",
        Reason.EXTENDED_KEY_USAGE,
    ),
    "root-usage": (
        {"root": {"replace": usage(Usage.SERVER_AUTH)}},
        "the root 'CN=Root' limits its own usage",
        Reason.EXTENDED_KEY_USAGE,
    ),
    "common-name": (
        {"leaf": {"subject": "other.test"}},
        "the common name 'other.test' is none of the names that the certificate is for",
        Reason.PROFILE,
    ),
    "public-wildcard": (
        {"hosts": ["*.co.uk"], "host": "shop.co.uk"},
        "the wildcard *.co.uk is for everything under a public suffix",
        Reason.PROFILE,
    ),
}


def build(pki, how, profile):
    """Return the arguments of a verification of a chain that is unusual in one respect."""
    root = pki.root(**how.get("root", {}))
    ca = pki.ca(root, **how.get("ca", {}))
    hosts = how.get("hosts", [HOST])
    leaf = pki.leaf(ca, *hosts, **{"subject": hosts[0], **how.get("leaf", {})})
    options = {"trust": pki.trust(root, profile=profile), "at": pki.now}
    return [leaf.certificate, ca.certificate], how.get("host", HOST), options


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("profile", Profile)
def test_each_rule(pki, rule, profile) -> None:
    """A chain that breaks one rule is refused by the profiles that have it, and no others."""
    how, clause, reason = BROKEN[rule]
    (row,) = (row for row in RULES if row.id == rule)
    presented, host, options = build(pki, how, profile)
    if profile not in row.profiles:
        assert verify(presented, host, **options)
        return
    with pytest.raises(VerificationError) as caught:
        verify(presented, host, **options)
    assert caught.value.reason is reason
    assert caught.value.detail == f"{clause} ({row.source})"


def clauses(chain, profile=WEB) -> dict[str, str]:
    """Return what is wrong with a path, by rule."""
    return {rule.id: clause for rule, clause in breaches(tuple(chain), profile)}


def test_any_usage(pki) -> None:
    """A certificate for any usage is not one for servers, even if it says that as well."""
    root = pki.root()
    leaf = pki.leaf(root, HOST, replace=usage(Usage.SERVER_AUTH, Usage.ANY_EXTENDED_KEY_USAGE))
    found = clauses([leaf.certificate, root.certificate])
    assert found == {"server-usage": "'CN=shop.test' is issued for any usage (BR 7.1.2.7.10)"}


@pytest.mark.parametrize("fields", [{"named": True}, {"key": b"another"}])
def test_a_root_that_names_another_authority(pki, fields) -> None:
    """A root is its own authority, and says nothing else."""
    root = pki.root(replace=identity(pki.key("Root"), **fields))
    leaf = pki.leaf(root, HOST)
    assert clauses([leaf.certificate, root.certificate]) == {
        "root-authority-key": "the root 'CN=Root' names another issuer's key than its own "
        "(BR 7.1.2.1.3)"
    }


def test_a_key_of_odd_size(vectors) -> None:
    """RSA keys of 2047 bits, as Korea's government used, are refused."""
    path = vectors / "chains/chromium_verify_cases.json"
    (case,) = (
        case
        for case in json.loads(path.read_text())["cases"]
        if case["id"] == "issuer-and-subject-not-byte-for-byte-equal-anchor"
    )
    chain = [Certificate.from_pem(pem) for pem in case["chain"]]
    assert clauses(chain)["rsa-size"] == (
        f"the RSA key of {chain[1].label} has 2047 bits, no multiple of 8 (BR 6.1.5)"
    )


def test_unreadable_extensions(vectors, pki) -> None:
    """A certificate whose extensions cannot be read is refused, whatever the verifier thinks."""
    path = vectors / "chains/ctpython/multiple_eku.pem"
    (found,) = load_certificates(path.read_bytes())
    assert clauses([found, pki.root().certificate], OWN)["readable"] == (
        f"of {found.label}, the extensions cannot be read: Duplicate 2.5.29.37 extension found "
        "(RFC 5280 section 4.2)"
    )


def test_a_serial_number_of_zero(pki, graft) -> None:
    """Zero is no serial number, except of a root, where seven public ones have it."""
    root = pki.root(serial=1)
    zero = Certificate.from_der(graft(root.certificate, b"\x02\x01\x01", b"\x02\x01\x00"))
    leaf = pki.leaf(root, HOST).certificate
    assert clauses([leaf, zero]) == {}
    assert clauses([zero, root.certificate])["serial"] == (
        "'CN=Root' has the serial number 0 (RFC 5280 section 4.1.2.2)"
    )


@pytest.mark.parametrize("name", ["My server", "shop", "a@b.test"])
def test_common_names_that_are_no_hosts(pki, name) -> None:
    """A common name that nobody takes for a host is only a name."""
    root = pki.root()
    leaf = pki.leaf(root, HOST, subject=name)
    chain = verify([leaf.certificate], HOST, trust=pki.trust(root), at=pki.now)
    assert isinstance(chain, VerifiedChain)


def test_a_hosting_companys_wildcard(pki) -> None:
    """Who holds a whole name space may have its wildcard: Amazon has this one."""
    root = pki.root()
    leaf = pki.leaf(root, "*.s3.amazonaws.com")
    assert verify([leaf.certificate], "x.s3.amazonaws.com", trust=pki.trust(root), at=pki.now)


def test_a_wildcard_beyond_its_constraints(pki) -> None:
    """A wildcard of which only some names are permitted is refused (CVE-2025-61727's kin).

    The verifier of cryptography 50 refuses it too; that of 48 does not.
    """
    root = pki.root()
    limits = x509.NameConstraints([x509.DNSName("a.shop.test")], None)
    ca = pki.ca(root, replace=[(limits, True)])
    leaf = pki.leaf(ca, "*.shop.test")
    assert clauses([leaf.certificate, ca.certificate, root.certificate], OWN) == {
        "wildcard": "the wildcard *.shop.test reaches beyond what 'CN=Intermediate' may sign for "
        "(RFC 5280 section 4.2.1.10)"
    }


def test_a_wildcard_within_its_constraints(pki) -> None:
    """A wildcard below what the CA may sign for is as good as a name."""
    limits = x509.NameConstraints(
        [x509.DNSName("test"), x509.IPAddress(ip_network("10.0.0.0/8"))], None
    )
    root = pki.root()
    ca = pki.ca(root, replace=[(limits, True)])
    leaf = pki.leaf(ca, "*.shop.test")
    presented = [leaf.certificate, ca.certificate]
    assert verify(presented, "a.shop.test", trust=pki.trust(root), at=pki.now)


def test_a_public_root_without_key_identifier(pki) -> None:
    """Of all public roots one lacks the identifier, and is excused by its digest."""
    roots = load_certificates(Path(certifi.where()).read_bytes())
    leaf = pki.leaf(pki.root(), HOST).certificate
    for root in roots:
        assert clauses([leaf, root]) == {}, root.label
