"""One TLS handshake over bytes: what comes in, what goes out, what the server showed.

A memory BIO on either side: OpenSSL never touches the socket, so every byte is counted before it is
read, and one call does no more work than one read can bring. No application data, no close_notify.
"""

from typing import TYPE_CHECKING, cast

from OpenSSL import SSL, crypto

from keypin.certs import Cause
from keypin.probe.failure import ProbeError, from_openssl

if TYPE_CHECKING:
    from keypin.probe.limits import Limits

# Most flights of a client are smaller; longer ones take several reads.
_PIECE = 2048

# RFC 8446 section 5.1: the content types that a server may answer a ClientHello with.
_ALERT, _HANDSHAKE = 0x15, 0x16
_MAJOR_VERSION = 3

# How the protocols that people mistake for TLS begin.
_BANNERS = (
    (b"HTTP/", "HTTP in clear text"),
    (b"<", "HTML or XML in clear text"),
    (b"SSH-", "SSH"),
    (b"220", "SMTP or FTP: it may want STARTTLS"),
    (b"* OK", "IMAP: it may want STARTTLS"),
    (b"+OK", "POP3: it may want STARTTLS"),
)


class Session:
    """The client's side of one handshake.

    Args:
        context: what is offered.
        server_name: the SNI in A-labels, or None for an address (RFC 6066 section 3).
        ask_ocsp: whether to ask for a stapled answer.
    """

    __slots__ = ("_began", "_stapled", "_tls")

    def __init__(self, context: SSL.Context, server_name: str | None, *, ask_ocsp: bool) -> None:
        # OpenSSL puts the answer here; holding the session instead would make a cycle, which keeps
        # some 40 KiB of OpenSSL's until the garbage collector comes by.
        self._stapled: list[bytes] = []
        self._began = b""
        self._tls = SSL.Connection(context, None)
        self._tls.set_app_data(self._stapled)
        self._tls.set_connect_state()
        if server_name is not None:
            self._tls.set_tlsext_host_name(server_name.encode("ascii"))
        if ask_ocsp:
            self._tls.request_ocsp()

    def feed(self, data: bytes) -> None:
        """Take what the server sent.

        Raises:
            ProbeError: its first bytes are not those of TLS.
        """
        if len(self._began) < 2:  # noqa: PLR2004 - the two bytes looked at
            self._began += data[:16]
            _check_beginning(self._began)
        while data:
            data = data[self._tls.bio_write(data) :]

    def step(self) -> bool:
        """Go on as far as what was fed allows; return whether the handshake is complete.

        Raises:
            ProbeError: the server sent an alert, or what is no TLS.
        """
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise from_openssl(_reasons(error)) from error
        return True

    def outgoing(self) -> bytes:
        """Return what is to be sent."""
        flight = b""
        try:
            while len(flight) % _PIECE == 0:
                flight += self._tls.bio_read(_PIECE)
        except SSL.WantReadError:
            return flight
        return flight

    @property
    def ocsp(self) -> bytes | None:
        """The stapled OCSP answer, as it came."""
        return self._stapled[0] if self._stapled else None

    @property
    def tls_version(self) -> str:
        """The version agreed on, as `TLSv1.3`."""
        return self._tls.get_protocol_version_name()

    @property
    def cipher(self) -> str:
        """The suite agreed on."""
        return self._tls.get_cipher_name() or ""

    def presented(self, limits: "Limits") -> tuple[bytes, ...]:
        """Return the certificates as sent, in DER.

        Raises:
            ProbeError: there are too many, or they are too large.
        """
        chain = self._tls.get_peer_cert_chain() or ()
        if len(chain) > limits.certificates:
            raise ProbeError(Cause.TOO_LARGE, f"the server sent {len(chain)} certificates")
        ders = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, found) for found in chain)
        size = sum(map(len, ders))
        if size > limits.chain:
            raise ProbeError(Cause.TOO_LARGE, f"the server sent a chain of {size} bytes")
        return ders


def _check_beginning(data: bytes) -> None:
    if data[0] in (_ALERT, _HANDSHAKE) and (len(data) == 1 or data[1] == _MAJOR_VERSION):
        return
    meaning = next((what for start, what in _BANNERS if data.startswith(start)), None)
    guess = f"; it looks like {meaning}" if meaning else ""
    raise ProbeError(
        Cause.NOT_TLS, f"the server does not speak TLS: its answer begins {data!r}{guess}"
    )


def _reasons(error: SSL.Error) -> tuple[str, ...]:
    queue = cast("list[tuple[str, str, str]]", error.args[0]) if error.args else []
    return tuple(reason for _, _, reason in queue)
