"""The chains of a TLS connection, as CPython's ssl module gives them: the one place that knows how.

`get_verified_chain` is public from Python 3.13 on. Before, the same function of OpenSSL
(SSL_get0_verified_chain) is on the private object beneath; a Python without it must not come up as
one that pins, so its absence is an error at import.
"""

import ssl
import sys
from collections.abc import Callable
from typing import Any, Protocol, cast

Connection = ssl.SSLSocket | ssl.SSLObject


class _Certificate(Protocol):
    def public_bytes(self, encoding: int, /) -> bytes: ...


class Peer(Protocol):
    """What is used of `_ssl._SSLSocket`, the object beneath both kinds of connection."""

    context: ssl.SSLContext
    server_hostname: str | None
    session: ssl.SSLSession | None
    session_reused: bool

    def get_verified_chain(self) -> "Chain | None":
        """SSL_get0_verified_chain."""
        ...

    def get_unverified_chain(self) -> "Chain | None":
        """SSL_get_peer_cert_chain."""
        ...


# OpenSSL's certificates; equal when the certificates are, byte for byte (X509_cmp).
Chain = list[_Certificate]

# _ssl.ENCODING_DER; the module is private, the number is OpenSSL's X509_FILETYPE_ASN1.
_DER = 2


def peer_of(connection: Connection) -> Peer | None:
    """Return the object beneath a connection; None before there is TLS on it, and after.

    Its `get_verified_chain` is the chain that OpenSSL built and verified, leaf first. It is empty
    on a resumed session, and where the peer showed no certificate. It is not verified, whatever
    its name, under `CERT_NONE`: a leaf forged under a real CA's name appears in it with that CA.
    """
    peer: Peer | None = getattr(connection, "_sslobj", None)
    return peer


def der_of(chain: Chain | None) -> tuple[bytes, ...]:
    """Return the certificates of a chain as DER."""
    return tuple([found.public_bytes(_DER) for found in chain or ()])


def verifies(context: ssl.SSLContext) -> bool:
    """Tell whether OpenSSL verifies the chain and the host's name on a context's connections.

    Asks the C object: a subclass may say what it likes in Python.
    """
    return _verify_mode(context) == ssl.CERT_REQUIRED and bool(_check_hostname(context))


def _check_python() -> None:
    """Refuse a Python that cannot tell the verified chain.

    Raises:
        ImportError: the function is gone, or the certificate that it returns has another shape.
    """
    private: Any = getattr(ssl, "_ssl", None)
    beneath = getattr(private, "_SSLSocket", None)
    certificate = getattr(private, "Certificate", None)
    known = (
        hasattr(beneath, "get_verified_chain")
        and hasattr(beneath, "get_unverified_chain")
        and hasattr(certificate, "public_bytes")
        and getattr(private, "ENCODING_DER", None) == _DER
    )
    if not known:
        raise ImportError(
            f"keypin cannot pin on this Python ({sys.version.split()[0]}, {ssl.OPENSSL_VERSION}): "
            "it does not tell the verified chain; CPython 3.11 to 3.14 do"
        )


_check_python()
_c_context: Any = cast("Any", ssl)._ssl._SSLContext  # noqa: SLF001 - as said above
_verify_mode: Callable[[ssl.SSLContext], int] = _c_context.verify_mode.__get__
_check_hostname: Callable[[ssl.SSLContext], bool] = _c_context.check_hostname.__get__
