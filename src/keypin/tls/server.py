"""The pinned context of a server: clients come in by the pins of their keys, and have a name.

Mutual TLS with a private CA, or with keys that clients certified themselves: public CAs issue no
certificates for clients any more, so the trust anchors are always one's own.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, Self, TypeAlias

from keypin.errors import InputError
from keypin.pins.clients import ClientPins
from keypin.tls.client_judge import ClientJudge
from keypin.tls.events import Event, Hooks
from keypin.tls.strict import PinnedContext, verify_peer

Clients: TypeAlias = ClientPins | Mapping[str, Iterable[str]] | Callable[[], ClientPins]


class ServerContext(PinnedContext):
    """A server's context that lets in the clients whose pins it has.

    Sessions are not resumed by tickets, so that each connection is judged on a certificate.

    Args:
        protocol: `ssl.PROTOCOL_TLS_SERVER`, which is all that there is to choose.
        clients: `ClientPins`; a mapping from identity to pins; or a callable that returns the
            `ClientPins` of the moment.
        on_event: called with each verdict, in the thread of the handshake.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """

    def __new__(cls, protocol: int = ssl.PROTOCOL_TLS_SERVER, **_: Any) -> Self:
        """Build CPython's part of the context."""
        if protocol != ssl.PROTOCOL_TLS_SERVER:
            raise ValueError("a pinned server's context takes ssl.PROTOCOL_TLS_SERVER alone")
        return super().__new__(cls, protocol)

    def __init__(  # pyright: ignore[reportInconsistentConstructor] - takes what __new__ passes by
        self,
        protocol: int = ssl.PROTOCOL_TLS_SERVER,
        *,
        clients: Clients,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        del protocol
        self.harden()
        verify_peer(self, demanded=True)
        # A ticket could be redeemed where the chain that was verified is not known.
        self.options |= ssl.OP_NO_TICKET
        self.num_tickets = 0
        self.__dict__["keypin_judge"] = ClientJudge(_asked(clients), hooks=Hooks(on_event))


def create_server_context(
    certfile: str | PathLike[str],
    keyfile: str | PathLike[str] | None = None,
    *,
    password: str | bytes | Callable[[], str | bytes] | None = None,
    clients: Clients,
    cafile: str | PathLike[str] | None = None,
    capath: str | PathLike[str] | None = None,
    cadata: str | bytes | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> ServerContext:
    """Return a context for a server that lets in the clients whose pins it has.

    Args:
        certfile: the server's own chain, PEM.
        keyfile: its private key, if that is not in `certfile`.
        password: of the private key.
        clients: who may come in, by the pins of their keys or CAs; see `ServerContext`.
        cafile: the CAs that certify clients, or clients' self-signed certificates, PEM.
        capath: a folder of the same, hashed as OpenSSL does.
        cadata: the same as PEM text or DER.
        on_event: called with each verdict.

    Raises:
        InputError: the pins are malformed, or there is nothing that a client's chain could end in.
        OSError: a file cannot be read.
    """
    context = ServerContext(clients=clients, on_event=on_event)
    if not (cafile or capath or cadata):
        raise InputError(
            "a server that pins clients has no trust anchors for them",
            expected="cafile, capath or cadata with your own CA, or with self-signed certificates",
        )
    context.load_verify_locations(cafile, capath, cadata)
    context.load_cert_chain(certfile, keyfile, password)
    return context


def _asked(clients: Clients) -> Callable[[], ClientPins]:
    if isinstance(clients, Mapping):
        clients = ClientPins.from_mapping(
            clients  # pyright: ignore[reportUnknownArgumentType]
        )
    if isinstance(clients, ClientPins):
        pins = clients
        return lambda: pins
    return clients
