"""Enforcement: pins in every client and server that takes an `ssl.SSLContext`.

    create_default_context(pins)               a client's context
    create_server_context(cert, clients=pins)  a server's, for mutual TLS
    install(pins)                              every context of the process

A connection is judged at the end of its handshake, before any application data moves. Must not
know the prober, the laboratory or the command line.
"""

from keypin.tls.context import SSLContext, create_default_context
from keypin.tls.events import Event
from keypin.tls.install import Installation, install
from keypin.tls.refusal import (
    ClientRefusedError,
    PinMismatchError,
    PinningError,
    UnpinnedHostError,
    UnprovenPeerError,
)
from keypin.tls.report import Counters
from keypin.tls.reporter import Reporter
from keypin.tls.server import ServerContext, create_server_context
from keypin.tls.session import PinnedSession
from keypin.tls.source import PinFile, PinSource
from keypin.tls.strict import PinnedContext, WeakenedContextError

__all__ = [
    "ClientRefusedError",
    "Counters",
    "Event",
    "Installation",
    "PinFile",
    "PinMismatchError",
    "PinSource",
    "PinnedContext",
    "PinnedSession",
    "PinningError",
    "Reporter",
    "SSLContext",
    "ServerContext",
    "UnpinnedHostError",
    "UnprovenPeerError",
    "WeakenedContextError",
    "create_default_context",
    "create_server_context",
    "install",
]
