"""The guard for libraries that dial by themselves and take no transport, as Apprise does.

    with guarded_sockets(guard, limit=limit):
        apprise.notify(...)

Whatever dials in Python, urllib3, smtplib or httpcore, asks `socket.getaddrinfo`, and connects a
`socket.socket` to what it answers. So the answer is judged there, and nothing is connected that was
not judged, within the block and its thread alone; elsewhere both do what they always did. They are
put in place once, when the first block begins. A limit holds what is connected, and shuts it when
the time is over.
"""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from keypin.watch.guarding import Guard, InternalError, UnresolvedError, Use
from keypin.watch.time_limit import TimeLimit


@dataclass(frozen=True, slots=True)
class _Block:
    """What holds within a block.

    Attributes:
        guard: the judge, or None: only the time is limited.
        use: what for.
        limit: how long it may take, or None: as long as it does.
        judged: the addresses and ports that may be connected to.
    """

    guard: Guard | None
    use: Use
    limit: TimeLimit | None
    judged: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])


# What resolves underneath: what stood there when the guard was put in place.
_beneath = [socket.getaddrinfo]
_connect = socket.socket.connect
_lock = Lock()
_current: ContextVar[_Block | None] = ContextVar("keypin_guard", default=None)


@contextmanager
def guarded_sockets(
    guard: Guard | None, use: Use = Use.TELL, *, limit: TimeLimit | None = None
) -> Generator[None]:
    """Judge every host that is dialled within the block.

    Args:
        guard: the judge; None where the hosts were judged before.
        use: what for.
        limit: how long it may take altogether.
    """
    with _lock:
        if socket.getaddrinfo is not _judged:
            _beneath[0] = socket.getaddrinfo
            socket.getaddrinfo = _judged
        if socket.socket.connect is not _connected:
            socket.socket.connect = _connected  # type: ignore[method-assign, assignment] # pyright: ignore[reportAttributeAccessIssue]
    token = _current.set(_Block(guard, use, limit))
    try:
        yield
    finally:
        _current.reset(token)


def is_guarded() -> bool:
    """Tell whether this is within a block that has a judge."""
    current = _current.get()
    return current is not None and current.guard is not None


def _judged(host: Any, port: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as getaddrinfo
    """Resolve as ever; within a block, to addresses that were judged.

    Raises:
        OSError: the host is internal or has no address, as callers of sockets expect to hear.
    """
    current = _current.get()
    if current is None:
        return _beneath[0](host, port, *args, **options)
    if current.guard is None:
        return _resolved(current.limit, host, port, *args, **options)
    name = host.decode("ascii") if isinstance(host, bytes) else str(host or "localhost")
    token = _current.set(replace(current, guard=None))  # the guard resolves by this very function
    try:
        found = current.guard.addresses(name, int(port or 0), current.use)
    except InternalError as error:
        raise PermissionError(str(error)) from error
    except UnresolvedError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    finally:
        _current.reset(token)
    entries = [entry for one in found for entry in _entries(one.ip, one.port, *args, **options)]
    current.judged.update((str(entry[4][0]), int(entry[4][1])) for entry in entries)
    return entries


def _resolved(limit: TimeLimit | None, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
    """Resolve by this machine's resolver, which takes its own time.

    Raises:
        OSError: there is no address, or none in time.
    """
    if limit is None:
        return _beneath[0](*args, **options)
    try:
        return limit.run(lambda: _beneath[0](*args, **options))
    except TimeoutError as error:
        raise socket.gaierror(socket.EAI_AGAIN, str(error)) from error


def _entries(ip: str, port: int, *args: Any, **options: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Return what the system says of an address; none where another family was asked for."""
    try:
        return list(_beneath[0](ip, port, *args, **options))
    except socket.gaierror:
        return []


def _connected(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as connect
    """Connect as ever; within a block, to what was judged, and no longer than the limit.

    Raises:
        OSError: nobody judged the address, or the time is over.
    """
    current = _current.get()
    if current is None:
        return _connect(self, address)
    if current.guard is not None and tuple(address[:2]) not in current.judged:
        raise PermissionError(f"{address} was not judged and is not dialled")
    if current.limit is None:
        return _connect(self, address)
    usual, left = self.gettimeout(), current.limit.left()
    current.limit.hold(self)
    self.settimeout(left if usual is None else min(usual, left))
    try:
        return _connect(self, address)
    finally:
        self.settimeout(usual)
