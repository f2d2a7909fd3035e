"""hypercorn: the scope tells who the client is, by the TLS extension of ASGI."""

import asyncio
import socket

import hypercorn.asyncio

from keypin.tls.adapters.hypercorn import PinnedConfig


async def application(scope, _, send) -> None:
    """Answer the client's identity."""
    if scope["type"] == "lifespan":
        return
    identity = scope["extensions"]["tls"]["keypin_identity"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": identity.encode()})


def test_hypercorn(party, judged) -> None:
    """The configuration takes the context."""

    async def main() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        config = PinnedConfig(party.context())
        config.bind = [f"fd://{listener.fileno()}"]
        config.errorlog = None
        stop = asyncio.Event()
        serving = asyncio.ensure_future(
            hypercorn.asyncio.serve(application, config, shutdown_trigger=stop.wait)
        )
        await asyncio.to_thread(judged, listener.getsockname()[1])
        stop.set()
        await serving
        listener.detach()

    asyncio.run(main())
