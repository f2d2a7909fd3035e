import json
import re
from datetime import UTC, datetime

import certifi
import pytest

from keypin.certs.container import load_certificates
from keypin.certs.endpoint import Endpoint
from keypin.certs.observation import Handshake, Observation
from keypin.certs.trust import TrustStore
from keypin.certs.verify import verify
from keypin.diagnose import RECOGNISERS, recognise
from keypin.pins.lint import RULES

HOST = "www.example.com"

# What the sites in the foreign vectors show; most show nothing worth a word.
SITES = {
    "akamai.com": set(),
    "amazon.com": set(),
    "apple.com": {"hosting-service"},
    "aws.amazon.com": {"hosting-service"},
    "bing.com": {"hosting-service"},
    "cloudflare.com": set(),
    "docs.python.org": set(),
    "facebook.com": {"hosting-service"},
    "fastly.com": {"hosting-service"},
    "google.com": {"hosting-service", "shared-certificate"},
    "microsoft.com": {"hosting-service"},
    "s3.amazonaws.com": {"hosting-service"},
    "stackoverflow.com": set(),
    "storage.googleapis.com": {"hosting-service"},
}


def test_recognisers_have_stable_names_and_whole_sentences() -> None:
    """An identifier is kebab case and no lint rule's; a cure ends with a full stop."""
    names = [row.id for row in RECOGNISERS]
    assert len(names) == len(set(names))
    assert not {rule.id for rule in RULES} & set(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)
    assert all(row.cure.endswith(".") for row in RECOGNISERS)


def test_an_endpoint_that_never_answered_has_no_findings(now) -> None:
    """Failures have their causes; there is nothing to recognise."""
    observation = Observation(endpoint=Endpoint(HOST), at=now)
    assert recognise(observation, public_roots=None, at=now) == ()


def test_a_time_without_a_zone_is_refused(now) -> None:
    """The library takes no guess at the caller's clock."""
    observation = Observation(endpoint=Endpoint(HOST), at=now)
    with pytest.raises(ValueError, match="at has no timezone; pass an aware datetime"):
        recognise(observation, public_roots=None, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("site", SITES)
def test_real_sites_are_read_without_noise(vectors, site) -> None:
    """Fourteen live sites of 2026: what is found is true, and nothing else is."""
    path = vectors / "chains" / "limbo_online" / f"{site}.limbo.json"
    case = json.loads(path.read_text())
    pem = [case["peer_certificate"], *case["untrusted_intermediates"]]
    presented = load_certificates("".join(pem).encode())
    trusted = TrustStore(load_certificates("".join(case["trusted_certs"]).encode()))
    at = datetime.fromisoformat(case["validation_time"]).astimezone(UTC)
    handshake = Handshake(
        address="192.0.2.1:443",
        key_type="default",
        tls_version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        presented=presented,
        verified=verify(presented, case["expected_peer_name"]["value"], trust=trusted, at=at),
    )
    public = TrustStore(load_certificates(certifi.contents().encode()), "certifi")
    observation = Observation(endpoint=Endpoint(site), at=at, handshakes=(handshake,))
    found = recognise(observation, public_roots=public, at=at)
    assert {finding.id for finding in found} == SITES[site]
