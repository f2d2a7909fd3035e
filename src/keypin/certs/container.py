"""skeleton."""
from keypin.certs.certificate import Certificate
from keypin.certs.key import PublicKey
MAX_INPUT = 16 * 1024 * 1024
MAX_CERTIFICATES = 10_000


def load_certificates(data: bytes, *, name: str | None = None, password: bytes | None = None) -> tuple[Certificate, ...]:
    """Load."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    return tuple(Certificate.from_der(c.public_bytes(Encoding.DER)) for c in x509.load_pem_x509_certificates(data))


def load_keys(data: bytes, *, name: str | None = None, password: bytes | None = None) -> tuple[PublicKey, ...]:
    """Load."""
    return tuple(c.public_key for c in load_certificates(data, name=name, password=password))
