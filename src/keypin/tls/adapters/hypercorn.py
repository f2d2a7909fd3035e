"""hypercorn with a pinned context: `PinnedConfig(context)` in place of `Config()`.

hypercorn has no setting for what serves a connection, so importing this module puts a class in its
place that also tells the application who the client is; other servers of the process are as before.
"""

from typing import Any

import hypercorn.asyncio.run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config

from keypin.tls.adapters.asgi import with_client
from keypin.tls.server import ServerContext


class PinnedConfig(Config):
    """A configuration whose connections are made with a pinned context.

    Args:
        context: of `keypin.create_server_context`.
    """

    def __init__(self, context: ServerContext) -> None:
        super().__init__()
        self._pinned = context

    def create_ssl_context(self) -> ServerContext:
        """Return the pinned context, for the protocols that hypercorn speaks."""
        self._pinned.set_alpn_protocols(self.alpn_protocols)
        return self._pinned

    @property
    def ssl_enabled(self) -> bool:
        """Whether connections are TLS: always."""
        return True


class PinnedServer(TCPServer):
    """What serves a connection, and tells the application who the client is."""

    async def run(self) -> None:
        """Serve the connection, whose client was judged already."""
        connection = self.writer.get_extra_info("ssl_object")
        self.app: Any = with_client(self.app, connection)
        await super().run()


hypercorn.asyncio.run.TCPServer = PinnedServer  # type: ignore[attr-defined]
