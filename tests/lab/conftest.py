"""A running laboratory, and a plain TLS client that a test reads like a book."""

import socket
import ssl

import pytest

from keypin.certs import Certificate
from keypin.lab import Running


@pytest.fixture(scope="session")
def shown():
    """Return a function that gives what a server presents, without verifying it."""

    def presented(server: Running, address: str | None = None) -> list[Certificate]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        where = (address or server.addresses[0], server.port)
        with socket.create_connection(where, timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname=server.host) as tls:
                chain = tls._sslobj.get_unverified_chain()
        return [Certificate.from_der(_der(certificate)) for certificate in chain]

    return presented


def _der(certificate) -> bytes:
    return (
        certificate
        if isinstance(certificate, bytes)
        else ssl.PEM_cert_to_DER_cert(certificate.public_bytes())
    )


@pytest.fixture(scope="session")
def verdict(lab):
    """Return a function that says what Python's own ssl makes of a server: ok, or the reason."""

    def connect(server: Running) -> str:
        context = ssl.create_default_context(cafile=lab.ca_file)
        try:
            with socket.create_connection((server.addresses[0], server.port), timeout=1) as plain:
                with context.wrap_socket(plain, server_hostname=server.host) as tls:
                    tls.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    return "ok" if tls.recv(4096).startswith(b"HTTP/1.1 200") else "no answer"
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except (OSError, ssl.SSLError) as error:
            return type(error).__name__

    return connect
