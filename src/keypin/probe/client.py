"""A client certificate with its key, for servers that ask for one."""

from dataclasses import dataclass
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

from keypin.certs import Certificate, load_certificates
from keypin.errors import CertificateError, Place

ClientKey = (
    dsa.DSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | rsa.RSAPrivateKey
)


@dataclass(frozen=True, slots=True, eq=False)
class ClientCertificate:
    """What the prober shows a server that asks who it is.

    Attributes:
        chain: its certificate, then the intermediates.
        key: the private key of the first; never written or shown.

    Raises:
        CertificateError: the key is not the certificate's.
    """

    chain: tuple[Certificate, ...]
    key: ClientKey

    def __post_init__(self) -> None:
        try:
            self.install(SSL.Context(SSL.TLS_CLIENT_METHOD))
        except SSL.Error as error:
            raise CertificateError(
                "the private key is not that of the client certificate",
                expected="the key of the first certificate",
            ) from error

    @classmethod
    def from_pem(
        cls,
        certificates: bytes,
        key: bytes | None = None,
        *,
        password: bytes | None = None,
        name: str | None = None,
    ) -> Self:
        """Read it from PEM.

        Args:
            certificates: the certificate and its intermediates, perhaps with the key.
            key: the private key, if it is elsewhere.
            password: of the key.
            name: the file's name, for errors.

        Raises:
            CertificateError: certificate or key cannot be read, or do not belong together.
        """
        chain = load_certificates(certificates, name=name)
        try:
            private = load_pem_private_key(key or certificates, password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise CertificateError(
                f"the client's private key cannot be read: {error}",
                expected="a private key in PEM, with its password if it has one",
                place=Place(file=name),
            ) from error
        if not isinstance(private, ClientKey):
            raise CertificateError("this kind of key cannot sign", expected="an EC or RSA key")
        return cls(chain, private)

    def install(self, context: SSL.Context) -> None:
        """Put certificate, intermediates and key into `context`."""
        context.use_certificate(_x509(self.chain[0]))
        for certificate in self.chain[1:]:
            context.add_extra_chain_cert(_x509(certificate))
        context.use_privatekey(self.key)
        context.check_privatekey()


def _x509(certificate: Certificate) -> x509.Certificate:
    return certificate.x509
