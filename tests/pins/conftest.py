"""A small PKI for the tests of judgements: certificates as they must look, made in milliseconds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keypin.certs.certificate import Certificate
from keypin.certs.container import load_certificates
from keypin.certs.verified import VerifiedChain
from keypin.pins.pin import Pin

NOW = datetime(2026, 11, 23, tzinfo=UTC)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | dsa.DSAPrivateKey


def new_key() -> PrivateKey:
    """Return a fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def distinguished(common_name: str | None, organization: str | None) -> x509.Name:
    """Return a name of at most a common name and an organisation."""
    pairs = ((NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organization))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


@dataclass(frozen=True)
class Authority:
    """A CA of the tests: its key, its certificate and those above it."""

    key: PrivateKey
    certificate: Certificate
    above: tuple[Certificate, ...] = ()

    @classmethod
    def root(
        cls,
        name: str | None = "Test Root",
        organization: str | None = None,
        *,
        not_before: datetime = NOW - timedelta(days=3650),
        not_after: datetime = NOW + timedelta(days=3650),
        hash_algorithm: HashAlgorithm | None = None,
    ) -> "Authority":
        """Return a new self-signed CA."""
        key = new_key()
        subject = distinguished(name, organization)
        built = _build(
            subject, subject, key, key, (not_before, not_after), (), True, None, hash_algorithm
        )
        return cls(key, built)

    def below(
        self,
        name: str = "Test Intermediate",
        organization: str | None = None,
        *,
        not_before: datetime = NOW - timedelta(days=365),
        not_after: datetime = NOW + timedelta(days=1460),
        hash_algorithm: HashAlgorithm | None = None,
    ) -> "Authority":
        """Return a new CA certified by this one."""
        key = new_key()
        built = _build(
            distinguished(name, organization),
            self.certificate.x509.subject,
            key,
            self.key,
            (not_before, not_after),
            (),
            True,
            None,
            hash_algorithm,
        )
        return Authority(key, built, (self.certificate, *self.above))

    def leaf(
        self,
        *names: str,
        key: PrivateKey | None = None,
        not_before: datetime = NOW - timedelta(days=30),
        not_after: datetime = NOW + timedelta(days=60),
        organization: str | None = None,
        policy: str | None = None,
    ) -> Certificate:
        """Return a server certificate for some names."""
        return _build(
            distinguished(names[0] if names else None, organization),
            self.certificate.x509.subject,
            key or new_key(),
            self.key,
            (not_before, not_after),
            names,
            False,
            policy,
            None,
        )

    def chain(self, *names: str, key: PrivateKey | None = None) -> VerifiedChain:
        """Return a verified chain for some names."""
        return self.chain_of(self.leaf(*names, key=key))

    def chain_of(self, leaf: Certificate) -> VerifiedChain:
        """Return the verified chain of a certificate that this CA made."""
        return VerifiedChain.from_verifier((leaf, self.certificate, *self.above))

    @property
    def pin(self) -> str:
        """The pin of the CA's key."""
        return str(Pin.of_key(self.certificate))


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    signer: PrivateKey,
    validity: tuple[datetime, datetime],
    names: tuple[str, ...],
    is_ca: bool,  # noqa: FBT001 - internal to the factory
    policy: str | None,
    hash_algorithm: HashAlgorithm | None,
) -> Certificate:
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    if policy:
        information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        policies = x509.CertificatePolicies([information])
        builder = builder.add_extension(policies, critical=False)
    signed = builder.sign(signer, hash_algorithm or SHA256())  # type: ignore[arg-type] # SHA-1 too
    return Certificate.from_der(signed.public_bytes(Encoding.DER))


@pytest.fixture(scope="session")
def root() -> Authority:
    """A private root CA, made once."""
    return Authority.root()


@pytest.fixture(scope="session")
def authority() -> type[Authority]:
    """The factory of CAs."""
    return Authority


@pytest.fixture(scope="session")
def public_root() -> dict[str, Certificate]:
    """The roots of the public web by pin."""
    return {str(Pin.of_key(c)): c for c in load_certificates(certifi.contents().encode())}


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time of every judgement in these tests."""
    return NOW
