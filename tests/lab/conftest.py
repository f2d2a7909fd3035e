"""A running laboratory, and a plain TLS client that a test reads like a book."""

import gzip
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest

from keypin.certs import Certificate
from keypin.lab import Running
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_log import CtLog


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


@pytest.fixture(scope="session")
def real_entries(vectors) -> list[Logged]:
    """Return 1,024 entries of a real static log."""
    folder = vectors / "ct/static_ct/navigli2025h2/tile/data"
    entries: list[Logged] = []
    for tile in ("000", "001", "002", "003"):
        data = (folder / tile).read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        entries += _tile_entries(BytesIO(data))
    return entries


def _tile_entries(tile: BytesIO) -> Iterator[Logged]:
    def opaque(octets: int) -> bytes:
        return tile.read(int.from_bytes(tile.read(octets), "big"))

    while stamp := tile.read(8):
        precertificate = tile.read(2) == b"\x00\x01"
        key_hash = tile.read(32) if precertificate else None
        signed, extensions = opaque(3), opaque(2)
        der = opaque(3) if precertificate else signed
        prints = opaque(2)
        yield Logged(
            int.from_bytes(stamp, "big"),
            der,
            key_hash,
            signed if precertificate else None,
            tuple(prints[n : n + 32] for n in range(0, len(prints), 32)),
            extensions,
        )


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def ct_ca() -> Issued:
    """Return a CA whose certificates are logged."""
    return issue(Request(name="Log CA", key=new_key("ecdsa"), ca=True), NOW)


@pytest.fixture
def ct_log(ct_ca) -> CtLog:
    """Return a log of 300 certificates, published; the hundredth is a precertificate."""
    log = CtLog(roots=[ct_ca.der])
    key = new_key("ecdsa")
    one = issue(Request(name="a.example", key=key, hosts=("a.example",), issuer=ct_ca), NOW).der
    log.extend([(1000 + n, one, None, None) for n in range(100)], [ct_ca.der])
    log.certify(Request(name="b.example", key=key, hosts=("b.example",), issuer=ct_ca), NOW)
    log.extend([(1101 + n, one, None, None) for n in range(199)], [ct_ca.der])
    log.publish(NOW)
    return log
