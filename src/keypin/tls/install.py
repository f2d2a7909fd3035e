"""Pins for a program that knows nothing of them: every context of the process, from now on.

CPython makes the connections of a context by two classes that the context's class names. `install`
names keypin's classes there, so that the contexts of all libraries are pinned, those that exist
already included. What has a TLS of its own goes past it; those libraries are named when they are
imported.
"""

import ssl
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from weakref import ref

from keypin.errors import InputError
from keypin.tls import environment, wrapping
from keypin.tls.anchors import Anchors
from keypin.tls.connection import PinnedObject, PinnedSocket
from keypin.tls.events import Event, Hooks, Reporter
from keypin.tls.host_judge import HostJudge, Unpinned
from keypin.tls.judgement import Judgement
from keypin.tls.source import Pins, as_source
from keypin.tls.strict import GENUINE, PinnedContext
from keypin.tls.unseen import watch_imports
from keypin.tls.verified import Connection, Peer, verifies

_current: list["Installation"] = []


class _PlainJudge:
    """Judges the connections of a context that is not of keypin.

    Those that a server accepts are let pass: the pins are of hosts.
    """

    def __init__(self, judge: HostJudge) -> None:
        self._judge = judge

    def judge(self, connection: Connection, peer: Peer) -> Judgement:
        """Judge a connection whose handshake is complete; see `Judge`."""
        if connection.server_side:
            return Judgement(verdict=None)
        return self._judge.judge(connection, peer)


class Installation:
    """The pins of the whole process; `uninstall` takes them out, and so does the end of `with`."""

    def __init__(self, make_judge: Callable[[ssl.SSLContext], _PlainJudge]) -> None:
        self._make_judge = make_judge
        self._before: dict[str, Any] = {}
        self.changed: list[tuple[ref[ssl.SSLContext], str, type]] = []
        self._stop_watching = watch_imports()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.uninstall()

    def begin(self) -> None:
        """Take the place of CPython's classes."""
        for name, value in {
            "sslsocket_class": PinnedSocket,
            "sslobject_class": PinnedObject,
            "keypin_judge": _JudgeOfContext(self._make_judge),
            "wrap_socket": _wrap_socket(GENUINE.wrap_socket),
            "wrap_bio": _wrap_bio(GENUINE.wrap_bio),
        }.items():
            self._before[name] = GENUINE.__dict__.get(name)
            setattr(GENUINE, name, value)

    def uninstall(self) -> None:
        """Take the pins out of the contexts that are not of keypin."""
        if self not in _current:
            return
        _current.remove(self)
        self._stop_watching()
        for name, value in self._before.items():
            if value is None:
                delattr(GENUINE, name)
            else:
                setattr(GENUINE, name, value)
        for context, name, wanted in self.changed:
            if (found := context()) is not None:
                setattr(found, name, wanted)


class _JudgeOfContext:
    """The attribute `keypin_judge` of plain contexts, made when it is first asked for."""

    def __init__(self, make: Callable[[ssl.SSLContext], _PlainJudge]) -> None:
        self._make = make

    def __get__(self, context: ssl.SSLContext | None, owner: type) -> Any:
        if context is None:
            return self
        made = context.__dict__.get("_keypin_plain_judge")
        if made is None or made[0] is not self:
            made = self, self._make(context)
            context.__dict__["_keypin_plain_judge"] = made
        return made[1]


def install(
    pins: Pins,
    *,
    unpinned: Unpinned = "refuse",
    no_backup: str | None = None,
    reporter: Reporter | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> Installation:
    """Pin every TLS connection that this process makes through `ssl`, from now on.

    A connection to a pinned host on a context that does not verify certificates is refused, and so
    is one that names no host. Libraries with a TLS of their own are named in a warning.

    Args:
        pins: what is accepted; see `SSLContext`, as for the other arguments.
        unpinned: `refuse` or `allow` hosts without a policy.
        no_backup: for a mapping, why hosts with a single pin have no second.
        reporter: sends pin failure reports.
        on_event: called with each verdict.

    Returns:
        What takes the pins out again.

    Raises:
        InputError: the pins are malformed, or are installed already.
    """
    if _current:
        raise InputError("pins are installed already", next_step="call uninstall() first")
    source, hooks = as_source(pins, no_backup=no_backup), Hooks(on_event, reporter)

    def judge_of(context: ssl.SSLContext) -> _PlainJudge:
        anchors = Anchors(context).read
        return _PlainJudge(
            HostJudge(source, unpinned=unpinned, anchors=anchors, hooks=hooks, plain=True)
        )

    installation = Installation(judge_of)
    _current.append(installation)
    installation.begin()
    return installation


def install_from_environment(variables: Mapping[str, str]) -> None:
    """Pin this process as `keypin exec` told it to; nothing where it did not.

    Raises:
        InputError: the pins cannot be read, or are malformed.
    """
    if pins := variables.get(environment.PINS):
        unpinned: Unpinned = "allow" if variables.get(environment.UNPINNED) == "allow" else "refuse"
        install(Path(pins), unpinned=unpinned)


def _wrap_socket(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def wrap(
        self: ssl.SSLContext,
        sock: Any,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: Any = None,
    ) -> Any:
        options = {
            "server_side": server_side,
            "suppress_ragged_eofs": suppress_ragged_eofs,
            "server_hostname": server_hostname,
        }
        bound = original.__get__(self)
        if isinstance(self, PinnedContext):
            return bound(sock, do_handshake_on_connect=do_handshake_on_connect, **options)
        _demand_class(self, "sslsocket_class", PinnedSocket)
        strict = verifies(self)
        if session is None:
            made = bound(sock, do_handshake_on_connect=do_handshake_on_connect, **options)
        else:
            made = wrapping.wrap_socket(
                bound, self, sock, at_once=do_handshake_on_connect, session=session, **options
            )
        made.keypin_note_context(strict=strict)
        return made

    return wrap


def _wrap_bio(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def wrap(
        self: ssl.SSLContext,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: Any = None,
    ) -> Any:
        options = {"server_side": server_side, "server_hostname": server_hostname}
        bound = original.__get__(self)
        if isinstance(self, PinnedContext):
            return bound(incoming, outgoing, **options)
        _demand_class(self, "sslobject_class", PinnedObject)
        strict = verifies(self)
        if session is None:
            made = bound(incoming, outgoing, **options)
        else:
            made = wrapping.wrap_bio(bound, self, incoming, outgoing, session=session, **options)
        made.keypin_note_context(strict=strict)
        return made

    return wrap


def _demand_class(context: ssl.SSLContext, name: str, pinned: type) -> None:
    """Have a context that makes connections by a class of its own, as truststore's, judge them."""
    wanted: type = getattr(context, name)
    if not issubclass(wanted, pinned):
        setattr(context, name, type(wanted.__name__, (pinned, wanted), {}))
        _current[-1].changed.append((ref(context), name, wanted))
