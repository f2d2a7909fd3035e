"""Certificates: from hostile bytes to frozen facts, and from presented to verified chains.

The ground floor of keypin, and pure: bytes and the time are arguments, and nothing here opens a
file or a socket. Thin over `cryptography`, whose parser and verifier decide.
"""

from keypin.certs.certificate import MAX_CERTIFICATE, Certificate
from keypin.certs.chain import assemble
from keypin.certs.container import MAX_CERTIFICATES, MAX_INPUT, load_certificates, load_keys
from keypin.certs.endpoint import Endpoint, Protocol
from keypin.certs.extensions import NameConstraints, Validation
from keypin.certs.failure import Reason, VerificationError
from keypin.certs.hostname import ascii_host, unicode_host
from keypin.certs.key import Key, KeySource, PublicKey
from keypin.certs.observation import Cause, Failure, Handshake, Observation, Stapled
from keypin.certs.trust import Profile, TrustStore
from keypin.certs.verified import Position, VerifiedChain
from keypin.certs.verify import verified_paths, verify

__all__ = [
    "MAX_CERTIFICATE",
    "MAX_CERTIFICATES",
    "MAX_INPUT",
    "Cause",
    "Certificate",
    "Endpoint",
    "Failure",
    "Handshake",
    "Key",
    "KeySource",
    "NameConstraints",
    "Observation",
    "Position",
    "Profile",
    "Protocol",
    "PublicKey",
    "Reason",
    "Stapled",
    "TrustStore",
    "Validation",
    "VerificationError",
    "VerifiedChain",
    "ascii_host",
    "assemble",
    "load_certificates",
    "load_keys",
    "unicode_host",
    "verified_paths",
    "verify",
]
