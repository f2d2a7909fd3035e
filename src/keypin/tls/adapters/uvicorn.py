"""uvicorn with a pinned context: `uvicorn.Config(app, **options(context))`."""

from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from keypin.tls.adapters.asgi import with_client
from keypin.tls.server import ServerContext


class PinnedProtocol(H11Protocol):
    """uvicorn's protocol for HTTP/1.1, whose requests tell who the client is."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - of uvicorn
        """Begin a connection, whose client was judged already."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        self.app: Any = with_client(self.app, connection)


def options(context: ServerContext) -> dict[str, Any]:
    """Return the options of `uvicorn.Config` that pin a server's clients.

    Args:
        context: of `keypin.create_server_context`.
    """

    def factory(config: uvicorn.Config, default: object) -> ServerContext:
        del config, default
        return context

    return {"ssl_context_factory": factory, "http": PinnedProtocol}
