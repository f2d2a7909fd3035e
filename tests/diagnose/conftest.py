"""Observations as they must look, on the small PKI of the tests for pins."""

import runpy
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from keypin.certs.certificate import Certificate
from keypin.certs.endpoint import Endpoint
from keypin.certs.failure import Reason, VerificationError
from keypin.certs.observation import Handshake, Observation
from keypin.certs.trust import TrustStore
from keypin.certs.verified import VerifiedChain
from keypin.diagnose import recognise
from keypin.findings import Finding

# One PKI for all tests of judgements; under importlib mode tests cannot import each other.
_PKI = runpy.run_path(str(Path(__file__).parent.parent / "pins" / "conftest.py"))
NOW: datetime = _PKI["NOW"]
HOST = "www.example.com"


@pytest.fixture(scope="session")
def authority() -> Any:
    """The factory of CAs."""
    return _PKI["Authority"]


@pytest.fixture(scope="session")
def public(authority: Any) -> Any:
    """A root CA that stands for the public web."""
    return authority.root("Public Root")


@pytest.fixture(scope="session")
def private(authority: Any) -> Any:
    """A root CA that is nobody's but ours."""
    return authority.root("Private Root")


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time of every judgement in these tests."""
    return NOW


def shake_of(
    *presented: Certificate,
    verified: VerifiedChain | None = None,
    reason: Reason | None = None,
    address: str = "192.0.2.1:443",
    key_type: str = "default",
    **rest: Any,
) -> Handshake:
    """Return a handshake in few words: presented, and either verified or failed for a reason."""
    problem = None
    if reason is not None:
        problem = VerificationError(
            reason, detail="as the verifier says", host=HOST, chain=presented, at=NOW
        )
    return Handshake(
        address=address,
        key_type=key_type,
        tls_version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        presented=presented,
        verified=verified,
        problem=problem,
        **rest,
    )


@pytest.fixture
def shake() -> Callable[..., Handshake]:
    """The short way to a handshake."""
    return shake_of


@pytest.fixture
def finds(public: Any) -> Callable[..., tuple[Finding, ...]]:
    """Recognise in handshakes, and return the findings of one recogniser."""
    store = TrustStore([public.certificate], "the public roots")

    def find(
        identifier: str,
        *shakes: Handshake,
        host: str = HOST,
        public_roots: TrustStore | None = store,
        at: datetime = NOW,
    ) -> tuple[Finding, ...]:
        observation = Observation(endpoint=Endpoint(host), at=at, handshakes=shakes)
        found = recognise(observation, public_roots=public_roots, at=at)
        return tuple(finding for finding in found if finding.id == identifier)

    return find


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """An RSA key, made once: it takes a while."""
    return rsa.generate_private_key(65537, 2048)
