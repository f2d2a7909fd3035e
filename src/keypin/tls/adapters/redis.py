"""Pins for redis-py, which makes a context of its own for each connection.

`redis.Redis(connection_pool=connection_pool("pins.toml", host="cache.shop.example"))`; the same for
`redis.asyncio` with `async_connection_pool`.
"""

# pyright: reportUnknownMemberType=false
# redis-py leaves half of its own types out.

import socket
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.connection
import redis.connection

from keypin.tls.connection import PinnedSocket
from keypin.tls.context import SSLContext, create_default_context
from keypin.tls.source import Pins


class PinnedConnection(redis.connection.SSLConnection):  # type: ignore[misc,unused-ignore]
    """A connection of `redis.Redis` that is made with a pinned context.

    Args:
        pinned: the context.
        options: the options of `redis.connection.SSLConnection`; those of its TLS are not asked.
    """

    def __init__(self, *, pinned: SSLContext, **options: Any) -> None:  # noqa: ANN401 - of redis
        super().__init__(**options)
        self._pinned = pinned

    def _wrap_socket_with_ssl(self, sock: socket.socket) -> PinnedSocket:
        return self._pinned.wrap_socket(sock, server_hostname=self.host)


class AsyncPinnedConnection(redis.asyncio.connection.SSLConnection):
    """The same for `redis.asyncio.Redis`."""

    def __init__(self, *, pinned: SSLContext, **options: Any) -> None:  # noqa: ANN401 - of redis
        super().__init__(**options)
        self._pinned = pinned

    def _connection_arguments(self) -> dict[str, Any]:
        return {**super()._connection_arguments(), "ssl": self._pinned}


def connection_pool(pins: SSLContext | Pins, **options: Any) -> redis.ConnectionPool:  # noqa: ANN401
    """Return a pool of pinned connections for `redis.Redis`.

    Args:
        pins: a context of `keypin.create_default_context`, or pins for one with its defaults.
        options: of `redis.ConnectionPool`, as `host` and `port`.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """
    return redis.ConnectionPool(PinnedConnection, pinned=_context(pins), **options)


def async_connection_pool(
    pins: SSLContext | Pins,
    **options: Any,  # noqa: ANN401 - of redis
) -> redis.asyncio.ConnectionPool:
    """Return the same for `redis.asyncio.Redis`."""
    return redis.asyncio.ConnectionPool(AsyncPinnedConnection, pinned=_context(pins), **options)


def _context(pins: SSLContext | Pins) -> SSLContext:
    return pins if isinstance(pins, SSLContext) else create_default_context(pins)
