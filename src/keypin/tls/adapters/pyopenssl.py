"""Pins for pyOpenSSL, which has contexts and connections of its own.

`Pinning("pins.toml").connection(context, socket, host)` in place of
`OpenSSL.SSL.Connection(context, socket)`. pyOpenSSL checks no host name; keypin does, with the
whole chain, by its own verifier.
"""

from collections.abc import Callable
from os import PathLike
from socket import socket
from typing import Any

from OpenSSL import SSL, crypto

from keypin.tls.events import Event, Hooks, Reporter
from keypin.tls.host_judge import HostJudge, Unpinned
from keypin.tls.refusal import PinningError, UnprovenPeerError
from keypin.tls.source import Pins, as_source
from keypin.trust import platform_trust, trust_from_file


class Pinning:
    """Pins for any number of pyOpenSSL's connections.

    Args:
        pins: what is accepted; see `keypin.SSLContext`, as for the other arguments.
        cafile: your own CAs, PEM; without them, the platform's.
        unpinned: `refuse` or `allow` hosts without a policy.
        no_backup: for a mapping, why hosts with a single pin have no second.
        reporter: sends pin failure reports.
        on_event: called with each verdict.

    Raises:
        InputError: the pins are malformed, or `cafile` cannot be read.
    """

    def __init__(
        self,
        pins: Pins,
        *,
        cafile: str | PathLike[str] | None = None,
        unpinned: Unpinned = "refuse",
        no_backup: str | None = None,
        reporter: Reporter | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        trust = trust_from_file(str(cafile)) if cafile else platform_trust()
        self.judge = HostJudge(
            as_source(pins, no_backup=no_backup),
            unpinned=unpinned,
            anchors=lambda: trust,
            hooks=Hooks(on_event, reporter),
        )

    def connection(
        self, context: SSL.Context, sock: socket | None, host: str
    ) -> "PinnedConnection":
        """Return a client's connection that is judged before any data moves.

        Args:
            context: a context of pyOpenSSL.
            sock: a connected socket, or None for memory.
            host: whom the connection is for; it is sent as SNI, and checked.
        """
        return PinnedConnection(context, sock, host=host, judge=self.judge)


class PinnedConnection(SSL.Connection):
    """A connection of pyOpenSSL; see `Pinning`."""

    def __init__(
        self, context: SSL.Context, sock: socket | None, *, host: str, judge: HostJudge
    ) -> None:
        super().__init__(context, sock)
        self._host = host
        self._judge = judge
        self._open = False
        self._refusal: PinningError | None = None
        if not host.replace(".", "").isdigit() and ":" not in host:
            self.set_tlsext_host_name(host.encode("idna"))
        self.set_connect_state()
        # Another certificate after the verdict; the context may be in use and cannot be changed.
        SSL._lib.SSL_set_options(self._ssl, SSL.OP_NO_RENEGOTIATION)  # type: ignore[attr-defined]  # noqa: SLF001

    def do_handshake(self) -> None:
        """Make the handshake, and judge the server.

        Raises:
            PinningError: the server is refused; the connection moves no data any more.
        """
        if self._refusal is not None:
            raise self._refusal.again()
        self._open = False
        super().do_handshake()
        shown = self.get_peer_cert_chain() or []
        presented = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, x) for x in shown)
        try:
            if self.session_reused():
                raise UnprovenPeerError(f"{self._host}: its session shows no certificate")
            self._judge.judge_presented(self._host, presented)
        except PinningError as error:
            self._refusal = error.again()
            raise
        self._open = True

    def session_reused(self) -> bool:
        """Tell whether the handshake resumed a session."""
        return bool(SSL._lib.SSL_session_reused(self._ssl))  # type: ignore[attr-defined]  # noqa: SLF001

    def _settle(self) -> None:
        if not self._open:
            self.do_handshake()

    def send(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - of pyOpenSSL
        """Send, after the verdict."""
        self._settle()
        return super().send(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - of pyOpenSSL
        """Send all, after the verdict."""
        self._settle()
        return super().sendall(*arguments, **options)

    def recv(self, *arguments: Any, **options: Any) -> bytes:  # noqa: ANN401 - of pyOpenSSL
        """Receive, after the verdict."""
        self._settle()
        return super().recv(*arguments, **options)

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - of pyOpenSSL
        """Receive into a buffer, after the verdict."""
        self._settle()
        return super().recv_into(*arguments, **options)

    write = send
    read = recv
