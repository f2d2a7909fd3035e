"""Names below `.test` (RFC 6761 section 6.2), which exist in a demonstration alone.

The one place where they are resolved: within `with names`, this process' `socket.getaddrinfo` leads
them to servers of the laboratory, whatever port was asked for, and asks the system of all others.
"""

import socket
from types import TracebackType
from typing import Any, Self

from keypin.watch.demonstration.servers import Where


class Names:
    """The names, and where they lead now."""

    def __init__(self) -> None:
        self._where: dict[str, tuple[Where, ...]] = {}
        self._system = socket.getaddrinfo

    def lead(self, host: str, *where: Where) -> None:
        """Let a name lead somewhere from now on."""
        self._where[host] = where

    def where(self, host: str) -> tuple[Where, ...]:
        """Return where a name leads."""
        return self._where[host]

    def __enter__(self) -> Self:
        socket.getaddrinfo = self._resolve
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        socket.getaddrinfo = self._system

    def _resolve(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as getaddrinfo
        if not isinstance(host, str) or not host.endswith(".test"):
            return self._system(host, port, *args, **options)
        found = self._where.get(host)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name in the demonstration")
        return [one for place in found for one in self._system(*place, *args, **options)]
