"""One attempt: dial, go through the proxy, start TLS, shake hands, judge, hang up."""

import errno
import os
import socket
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime

from OpenSSL import SSL

from keypin.certs import (
    Cause,
    Endpoint,
    Failure,
    Handshake,
    Stapled,
    VerificationError,
    VerifiedChain,
)
from keypin.probe.address import Address, resolve, server_name
from keypin.probe.contexts import KeyType, Offer
from keypin.probe.engine import WRITE, Clock, Conversation, Wait
from keypin.probe.failure import ProbeError, from_os
from keypin.probe.options import Options
from keypin.probe.session import Session
from keypin.probe.starttls import start_tls
from keypin.probe.verdicts import Verdicts
from keypin.probe.wire import Wire

# What a non-blocking connect answers while the network is asked; Windows has its own number.
_CONNECTING = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all attempts of one run share.

    Attributes:
        options: what is asked.
        clock: the engine's.
        verdicts: the memory of chains.
        contexts: OpenSSL contexts, by what they offer.
    """

    options: Options
    clock: Clock
    verdicts: Verdicts
    contexts: dict[KeyType, SSL.Context] = field(default_factory=dict[KeyType, SSL.Context])

    def context(self, key_type: KeyType) -> SSL.Context:
        """Return the context that asks for `key_type`, made once."""
        if key_type not in self.contexts:
            offer = Offer(key_type, self.options.versions, self.options.client)
            self.contexts[key_type] = offer.context()
        return self.contexts[key_type]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One handshake to be tried.

    Attributes:
        around: what the run shares.
        endpoint: whom to ask for.
        address: where to dial; None leaves it to the proxy.
        key_type: which kind of certificate to ask for.
        at: the time to verify for.
    """

    around: Surroundings
    endpoint: Endpoint
    address: Address | None
    key_type: KeyType
    at: datetime

    def run(self) -> Conversation:
        """Return the `Handshake`, or the `Failure` with its cause."""
        try:
            return (yield from self._connected())
        except ProbeError as error:
            return self._failed(error)

    def _connected(self) -> Conversation:
        clock, limits = self.around.clock, self.around.options.limits
        started = clock.now()
        sock = yield from self._dial()
        until = min(clock.now() + limits.handshake, started + limits.total)
        wire = Wire(sock, limits, until, clock)
        try:
            yield from self._reach(wire)
            session = yield from self._shake(wire)
            return self._report(session, clock.now() - started)
        finally:
            wire.close()

    def _dial(self) -> Conversation:
        clock, limits = self.around.clock, self.around.options.limits
        proxy = self.around.options.proxy
        if proxy is None:
            return (yield from connect(self._known(), clock.now() + limits.connect))
        try:
            addresses = yield from resolve(proxy.host, proxy.port, limits, clock)
            return (yield from connect(addresses[0], clock.now() + limits.connect))
        except ProbeError as error:
            raise ProbeError(Cause.PROXY, f"the proxy {proxy}: {error.detail}") from error

    def _reach(self, wire: Wire) -> Conversation:
        proxy, endpoint = self.around.options.proxy, self.endpoint
        if proxy is not None:
            host, port = endpoint.host, endpoint.port
            if self.address is not None:
                host, port = self.address.ip, self.address.port
            yield from proxy.tunnel(wire, host, port)
        yield from start_tls(wire, endpoint.protocol, endpoint.host)

    def _shake(self, wire: Wire) -> Generator[Wait, None, Session]:
        session = Session(
            self.around.context(self.key_type),
            server_name(self.endpoint.host),
            ask_ocsp=self.around.options.ocsp,
        )
        while not session.step():
            yield from wire.send(session.outgoing())
            session.feed((yield from wire.receive()))
        yield from wire.send(session.outgoing())
        return session

    def _report(self, session: Session, seconds: float) -> Handshake:
        ders = session.presented(self.around.options.limits)
        presented, verdict = self.around.verdicts.judge(ders, self.endpoint.host, self.at)
        return Handshake(
            address=self.label,
            key_type=self.key_type,
            tls_version=session.tls_version,
            cipher=session.cipher,
            presented=presented,
            verified=verdict if isinstance(verdict, VerifiedChain) else None,
            problem=verdict if isinstance(verdict, VerificationError) else None,
            stapled=Stapled(ocsp=session.ocsp),
            seconds=seconds,
        )

    def _failed(self, error: ProbeError) -> Failure:
        return error.at(self.label, self.key_type)

    def _known(self) -> Address:
        if self.address is None:
            raise ValueError("without a proxy an attempt needs an address")
        return self.address

    @property
    def label(self) -> str:
        """The address as an observation names it; the host's name where the proxy resolves it."""
        return str(self.address) if self.address else f"{self.endpoint.host}:{self.endpoint.port}"


def connect(address: Address, until: float) -> Generator[Wait, None, socket.socket]:
    """Return a non-blocking socket, connected to `address`.

    Raises:
        ProbeError: it cannot be connected in time.
    """
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:
        raise from_os(error) from error
    try:
        sock.setblocking(False)
        yield from _connect(sock, address, until)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect(sock: socket.socket, address: Address, until: float) -> Generator[Wait, None, None]:
    code = sock.connect_ex((address.ip, address.port))
    if code in _CONNECTING:
        try:
            yield Wait(sock, WRITE, until)
        except TimeoutError as error:
            raise ProbeError(
                Cause.TIMEOUT, "the host did not answer the connection in time"
            ) from error
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise from_os(OSError(code, os.strerror(code)))
