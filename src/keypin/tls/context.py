"""The pinned context: an `ssl.SSLContext` for every client that takes one.

Pins only ever tighten. The checks of chain, name and dates stay on, and whoever turns them off on
a context of keypin, be it a library, gets an error and not a weaker context.
"""

# pyright: reportIncompatibleVariableOverride=false
# The stubs describe ssl's properties as plain attributes.

import ssl
from collections.abc import Callable
from os import PathLike, environ
from typing import Any, Literal, Self

from keypin.certs import load_certificates
from keypin.errors import HostError, InputError
from keypin.pins import canonical_host
from keypin.tls import wrapping
from keypin.tls.anchors import Anchors
from keypin.tls.connection import PinnedObject, PinnedSocket
from keypin.tls.events import Event, Hooks, Reporter
from keypin.tls.host_judge import HostJudge, Unpinned
from keypin.tls.memory import MAX_HOSTS
from keypin.tls.pins_only import OfLeaves
from keypin.tls.refusal import UnprovenPeerError
from keypin.tls.session import PinnedSession
from keypin.tls.source import Pins, Source, as_source
from keypin.tls.strict import PinnedContext, verify_peer

Trust = Literal["ca", "pins-only"]


class SSLContext(PinnedContext):
    """A client's context that checks pins at the end of each handshake, before any data moves.

    Args:
        protocol: `ssl.PROTOCOL_TLS_CLIENT`, which is all that there is to choose.
        pins: a `PinSet`; a mapping from host to pins; the path of a `pins.toml`, read again when
            it changes; a `PinSource`; or a callable that returns the `PinSet` of the moment.
        unpinned: what becomes of a host without a policy: `refuse` it, or `allow` it with the
            checks of the platform alone.
        trust: `ca` for the trust anchors that are loaded, with pins on top; `pins-only` for
            devices that signed their certificate themselves: the pins of their keys are then all
            that is checked, besides that the device holds the key.
        no_backup: for a mapping, why hosts with a single pin have no second.
        cross_signs: certificates that may help to find another trusted path, PEM or DER.
        reporter: sends pin failure reports to where the policies say.
        on_event: called with each verdict, in the thread of the handshake.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """

    def __new__(cls, protocol: int = ssl.PROTOCOL_TLS_CLIENT, **_: Any) -> Self:
        """Build CPython's part of the context."""
        if protocol != ssl.PROTOCOL_TLS_CLIENT:
            raise ValueError("a pinned client's context takes ssl.PROTOCOL_TLS_CLIENT alone")
        return super().__new__(cls, protocol)

    def __init__(  # pyright: ignore[reportInconsistentConstructor] - takes what __new__ passes by
        self,
        protocol: int = ssl.PROTOCOL_TLS_CLIENT,
        *,
        pins: Pins,
        unpinned: Unpinned = "refuse",
        trust: Trust = "ca",
        no_backup: str | None = None,
        cross_signs: bytes = b"",
        reporter: Reporter | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        del protocol
        _check_choice("unpinned", unpinned, ("refuse", "allow"))
        _check_choice("trust", trust, ("ca", "pins-only"))
        source: Source = as_source(pins, no_backup=no_backup)
        self._anchors = Anchors(self)
        self._hosts: set[str | bytes] = set()
        self.harden()
        if trust == "pins-only":
            if unpinned == "allow":
                raise InputError(
                    'trust="pins-only" with unpinned="allow"',
                    expected="pins for every host: without CAs, nothing else is checked",
                )
            source = OfLeaves(source)
            verify_peer(self, demanded=False)
        self.__dict__["keypin_judge"] = HostJudge(
            source,
            unpinned=unpinned,
            anchors=self._anchors.read if trust == "ca" else None,
            cross_signs=load_certificates(cross_signs) if cross_signs else (),
            hooks=Hooks(on_event, reporter),
        )

    @property
    def check_hostname(self) -> bool:
        """Whether the host is checked: always."""
        return True

    @check_hostname.setter
    def check_hostname(self, value: bool) -> None:
        if not value:
            self._refuse("check_hostname=False", "a pinned host must be the one that answers")

    def wrap_socket(  # type: ignore[override]
        self,
        sock: Any,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: PinnedSession | None = None,
    ) -> PinnedSocket:
        """Return a TLS socket over `sock`; see `ssl.SSLContext.wrap_socket`.

        Raises:
            PinningError: the handshake is made, and the peer is refused.
            ValueError: no host is named, or the session is not one of this context.
        """
        self._demand_host(server_hostname)
        if session is None:
            made: Any = super().wrap_socket(
                sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname
            )
            return made  # type: ignore[no-any-return]
        return wrapping.wrap_socket(
            super().wrap_socket,
            self,
            sock,
            at_once=do_handshake_on_connect,
            session=session,
            server_side=server_side,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=server_hostname,
        )

    def wrap_bio(  # type: ignore[override]
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: PinnedSession | None = None,
    ) -> PinnedObject:
        """Return TLS over memory; see `ssl.SSLContext.wrap_bio`.

        Raises:
            ValueError: no host is named, or the session is not one of this context.
        """
        self._demand_host(server_hostname)
        if session is None:
            made: Any = super().wrap_bio(incoming, outgoing, server_side, server_hostname)
            return made  # type: ignore[no-any-return]
        return wrapping.wrap_bio(
            super().wrap_bio,
            self,
            incoming,
            outgoing,
            session=session,
            server_side=server_side,
            server_hostname=server_hostname,
        )

    def load_verify_locations(self, *args: Any, **kwargs: Any) -> None:
        """Load trust anchors; see `ssl.SSLContext.load_verify_locations`."""
        super().load_verify_locations(*args, **kwargs)
        folder = kwargs.get("capath") or (args[1] if len(args) > 1 else None)
        self._anchors.add_folder(folder)
        self._forget()

    def load_default_certs(self, purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH) -> None:
        """Load the platform's trust anchors; see `ssl.SSLContext.load_default_certs`."""
        super().load_default_certs(purpose)
        self._anchors.add_platform()
        self._forget()

    def set_default_verify_paths(self) -> None:
        """Load the anchors of OpenSSL's own places; see `ssl.SSLContext`."""
        super().set_default_verify_paths()
        self._anchors.add_platform()
        self._forget()

    def _demand_host(self, server_hostname: str | bytes | None) -> None:
        """Refuse a connection for no host: a policy is chosen by it, and OpenSSL checks it."""
        if server_hostname in self._hosts:
            return
        if not server_hostname:
            raise ValueError("a pinned connection needs server_hostname: pins are chosen by it")
        text = server_hostname if isinstance(server_hostname, str) else server_hostname.decode()
        try:
            canonical_host(text)
        except HostError as error:
            raise UnprovenPeerError(f"no server has this name: {error}", host=text) from error
        if len(self._hosts) >= MAX_HOSTS:
            self._hosts = set()
        self._hosts.add(server_hostname)

    def _forget(self) -> None:
        judge: HostJudge | None = self.__dict__.get("keypin_judge")
        if judge is not None:  # not while the context is being built
            judge.forget()


def create_default_context(
    pins: Pins,
    *,
    cafile: str | PathLike[str] | None = None,
    capath: str | PathLike[str] | None = None,
    cadata: str | bytes | None = None,
    unpinned: Unpinned = "refuse",
    trust: Trust = "ca",
    no_backup: str | None = None,
    cross_signs: bytes = b"",
    reporter: Reporter | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> SSLContext:
    """Return a pinned context for clients, with the defaults of `ssl.create_default_context`.

    Args:
        pins: what is accepted; see `SSLContext`, as for the arguments from `unpinned` on.
        cafile: a file of trust anchors, PEM. Without any anchors of one's own, the platform's.
        capath: a folder of trust anchors, hashed as OpenSSL does.
        cadata: trust anchors as PEM text or DER.
        unpinned: `refuse` or `allow` hosts without a policy.
        trust: `ca`, or `pins-only` for self-signed devices.
        no_backup: for a mapping, why hosts with a single pin have no second.
        cross_signs: certificates that may help to find another trusted path.
        reporter: sends pin failure reports.
        on_event: called with each verdict.

    Raises:
        InputError: the pins are malformed, or break a rule.
        OSError: `cafile` cannot be read.
    """
    context = SSLContext(
        pins=pins,
        unpinned=unpinned,
        trust=trust,
        no_backup=no_backup,
        cross_signs=cross_signs,
        reporter=reporter,
        on_event=on_event,
    )
    own_anchors = cafile or capath or cadata
    if trust == "pins-only" and own_anchors:
        raise InputError(
            'trust anchors with trust="pins-only"', expected="one of both: no CA is asked then"
        )
    if own_anchors:
        context.load_verify_locations(cafile, capath, cadata)
    elif trust == "ca":
        context.load_default_certs()
    if keylog := environ.get("SSLKEYLOGFILE"):
        context.keylog_filename = keylog
    return context


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name}={value!r}", expected=" or ".join(map(repr, choices)))
