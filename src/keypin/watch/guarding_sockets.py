"""The guard for libraries that dial by themselves and take no transport, as Apprise does.

    with guarded_sockets(guard):
        apprise.notify(...)

Python's `socket.create_connection`, urllib3 and smtplib all ask `socket.getaddrinfo` and dial what
it answers. So the answer is judged there, within the block and its thread alone; elsewhere the
function does what it always did. It is put in place once, when the first guard is set.
"""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from keypin.watch.guarding import Guard, InternalError, UnresolvedError, Use

# What resolves underneath: what stood there when the guard was put in place.
_beneath = [socket.getaddrinfo]
_lock = Lock()
_current: ContextVar[tuple[Guard, Use] | None] = ContextVar("keypin_guard", default=None)


@contextmanager
def guarded_sockets(guard: Guard, use: Use = Use.TELL) -> Generator[None]:
    """Judge every host that is dialled within the block.

    Args:
        guard: the judge.
        use: what for.
    """
    with _lock:
        if socket.getaddrinfo is not _judged:
            _beneath[0] = socket.getaddrinfo
            socket.getaddrinfo = _judged
    token = _current.set((guard, use))
    try:
        yield
    finally:
        _current.reset(token)


def _judged(host: Any, port: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as getaddrinfo
    """Resolve as ever; within a block, to addresses that were judged.

    Raises:
        OSError: the host is internal or has no address, as callers of sockets expect to hear.
    """
    current = _current.get()
    if current is None:
        return _beneath[0](host, port, *args, **options)
    guard, use = current
    name = host.decode("ascii") if isinstance(host, bytes) else str(host or "localhost")
    token = _current.set(None)  # the guard resolves by this very function
    try:
        found = guard.addresses(name, int(port or 0), use)
    except InternalError as error:
        raise PermissionError(str(error)) from error
    except UnresolvedError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    finally:
        _current.reset(token)
    return [entry for one in found for entry in _entries(one.ip, one.port, *args, **options)]


def _entries(ip: str, port: int, *args: Any, **options: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Return what the system says of an address; none where another family was asked for."""
    try:
        return list(_beneath[0](ip, port, *args, **options))
    except socket.gaierror:
        return []
