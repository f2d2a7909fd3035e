"""Foreign corpora of path validation, with every disagreement written down.

The suites are x509-limbo (C2SP) and Chromium's verify_certificate_chain cases. A case that is not
listed must agree; a listed case must disagree, so that no entry outlives its reason. Nothing that
must be refused is accepted, except what a path alone cannot show.
"""

import json
from datetime import UTC, datetime

import pytest

from keypin.certs import Certificate, Profile, TrustStore, VerificationError, verify
from keypin.errors import CertificateError, HostError

# Accepted where the suite wants a refusal.
REVOCATION = "revocation is out of scope: it needs a CRL, which no server sends and no path holds"
ACCEPTED = {
    "crl::revoked-certificate-with-crl": REVOCATION,
    "crl::crlnumber-missing": REVOCATION,
    "crl::crlnumber-critical": REVOCATION,
    "crl::issuer-missing-crlsign": REVOCATION,
}

# Refused where the suite wants acceptance.
CLIENTS = "a client's certificate for an e-mail address: keypin verifies servers, which have hosts"
CA_AS_LEAF = "a CA as a server's certificate: cryptography's verifier refuses it, as BR 7.1.2.7.8"
SELF_ISSUED = "cryptography counts self-issued CAs towards the path length, where RFC 5280 does not"
COMMON_NAME = "its common name is none of its names: webpki::cn::not-in-san demands the refusal"
REFUSED = {
    "crl::issuer-no-keyusage-extension": "a CA without key usage: BR 7.1.2.10.7 demands one",
    "cve::cve-2024-0567": "its cross-signed root has no authority key identifier, which "
    "rfc5280::aki::cross-signed-root-missing-aki wants refused",
    "pathlen::validation-ignores-pathlen-in-leaf": CA_AS_LEAF,
    "rfc5280::ca-as-leaf": CA_AS_LEAF,
    "pathlen::self-issued-certs-pathlen": SELF_ISSUED,
    "pathlen::max-chain-depth-1-self-issued": SELF_ISSUED,
    "rfc5280::nc::permitted-dn-match": "the leaf has no host name, and so serves no host",
    "rfc5280::nc::nc-permits-email-exact": CLIENTS,
    "rfc5280::nc::nc-permits-email-domain": CLIENTS,
    "rfc5280::nc::nc-permits-email-literal-asterisk-exact-match": CLIENTS,
    "rfc5280::nc::nc-permits-email-literal-double-asterisk": CLIENTS,
    "rfc5280::nc::nc-permits-email-literal-mid-asterisk": CLIENTS,
    "webpki::nc::permitted-dns-match-noncritical": "name constraints that a client may ignore: "
    "rfc5280::nc::permitted-dns-match-noncritical demands the refusal",
    "webpki::nc::nc-permits-dns-san-pattern": COMMON_NAME,
    "webpki::san::exact-localhost-ip-san": COMMON_NAME,
    "webpki::san::leftmost-wildcard-san": COMMON_NAME,
}

# What more the strictest profile refuses among the cases that are not about the web's PKI.
STRICTER = {
    "rfc5280::eku::ee-without-eku": "webpki::eku::ee-without-eku demands the refusal",
    "rfc5280::nc::permitted-dns-match-more": COMMON_NAME,
    "rfc5280::nc::permitted-ipv4-match": COMMON_NAME,
    "rfc5280::nc::permitted-ipv6-match": COMMON_NAME,
}

NO_HOST = "the leaf has no subject alternative name, and so serves no host (RFC 9525 section 6.3)"
SHA1 = (
    "signed over SHA-1, which no TLS client accepts since 2017; and the issuer's name is encoded "
    "otherwise than the anchor's, where cryptography's verifier compares bytes"
)
CHROMIUM_REFUSED = {
    "basic-constraints-pathlen-0-self-issued": SELF_ISSUED,
    "intermediate-basic-constraints-not-critical": NO_HOST,
    "intermediate-unknown-non-critical-extension": NO_HOST,
    "issuer-and-subject-not-byte-for-byte-equal-anchor": SHA1,
    "issuer-and-subject-not-byte-for-byte-equal": SHA1,
    "key-rollover-longrolloverchain": NO_HOST,
    "key-rollover-newchain": NO_HOST,
    "key-rollover-oldchain": NO_HOST,
    "key-rollover-rolloverchain": NO_HOST,
    "non-self-signed-root": NO_HOST,
    "target-and-intermediate": NO_HOST,
    "target-not-end-entity": CA_AS_LEAF,
    "target-signed-using-ecdsa": NO_HOST,
}


def accepts(case: dict, profile: Profile) -> bool:
    """Return keypin's verdict on a case of x509-limbo."""
    try:
        leaf = Certificate.from_pem(case["peer_certificate"])
        sent = [leaf, *map(Certificate.from_pem, case["untrusted_intermediates"])]
        trust = TrustStore(map(Certificate.from_pem, case["trusted_certs"]), profile=profile)
        name = case["expected_peer_name"]
        host = name["value"] if name else next(iter(leaf.dns_names), "example.com")
        at = datetime.fromisoformat(case["validation_time"] or "2026-06-01T00:00:00+00:00")
        depth = case["max_chain_depth"]
        limit = {} if depth is None else {"max_intermediates": depth}
        verify(sent, host, trust=trust, at=at, **limit)
    except (CertificateError, HostError, VerificationError):
        return False
    return True


def profile_of(case: dict) -> Profile:
    """Return the profile that a case is about: two pairs of cases contradict each other without."""
    return Profile.WEB_PKI if case["id"].startswith("webpki::") else Profile.RFC5280


def disagreements(cases: list[dict], profile_of) -> tuple[set[str], set[str]]:
    """Return the cases accepted against the suite, and those refused against it."""
    accepted, refused = set(), set()
    for case in cases:
        got, expected = accepts(case, profile_of(case)), case["expected_result"] == "SUCCESS"
        if got and not expected:
            accepted.add(case["id"])
        elif expected and not got:
            refused.add(case["id"])
    return accepted, refused


@pytest.fixture(scope="module")
def limbo(vectors) -> list[dict]:
    """Return the cases of x509-limbo."""
    return json.loads((vectors / "x509_limbo/limbo.json").read_text())["testcases"]


def test_limbo(limbo) -> None:
    """All 208 cases agree, each under its own profile, but for those that are listed."""
    assert len(limbo) == 208
    accepted, refused = disagreements(limbo, profile_of)
    assert accepted == set(ACCEPTED)
    assert refused == set(REFUSED)


def test_limbo_under_the_strictest_profile(limbo) -> None:
    """The profile that holds unless told otherwise accepts nothing that any case wants refused."""
    accepted, refused = disagreements(limbo, lambda _: Profile.WEB_PKI)
    assert accepted == set(ACCEPTED)
    assert refused == set(REFUSED) | set(STRICTER)


def test_nothing_a_client_meets_is_accepted_against_the_suite(limbo, vectors) -> None:
    """Of the 190 cases that matter to a TLS client, none that must be refused is accepted."""
    matrix = json.loads((vectors / "x509_limbo/matrix.json").read_text())["cases"]
    relevant = {case["id"] for case in matrix if case["tls_client_relevant"]}
    assert len(relevant) == 190
    accepted, _ = disagreements([case for case in limbo if case["id"] in relevant], profile_of)
    assert accepted == set()


def test_live_sites(vectors) -> None:
    """Fourteen live sites of 2025 verify under the strictest profile, or say rightly why not."""
    files = sorted((vectors / "chains/limbo_online").glob("*.json"))
    cases = [json.loads(file.read_text()) for file in files]
    assert len(cases) == 14
    assert disagreements(cases, lambda _: Profile.WEB_PKI) == (set(), set())


def test_chromium(vectors) -> None:
    """Chromium's 31 cases agree but for those that are listed; none is accepted against it."""
    cases = json.loads((vectors / "chains/chromium_verify_cases.json").read_text())["cases"]
    assert len(cases) == 31
    refused = set()
    for case in cases:
        sent = [Certificate.from_pem(pem) for pem in case["chain"]]
        trust = TrustStore(map(Certificate.from_pem, case["trusted"]), profile=Profile.RFC5280)
        host = next(iter(sent[0].dns_names), "target.test")
        at = datetime.strptime(case["time"], "%y%m%d%H%M%SZ").replace(tzinfo=UTC)
        try:
            verify(sent, host, trust=trust, at=at)
            assert case["expected"] == "SUCCESS", case["id"]
        except VerificationError:
            if case["expected"] == "SUCCESS":
                refused.add(case["id"])
    assert refused == set(CHROMIUM_REFUSED)
