"""uvicorn: the scope tells who the client is, by the TLS extension of ASGI."""

import asyncio
import socket

import uvicorn

from keypin.tls.adapters.uvicorn import options


async def application(scope, _, send) -> None:
    """Answer the client's identity."""
    told = scope["extensions"]["tls"]
    assert told["client_cert_chain"][0].startswith("-----BEGIN CERTIFICATE-----")
    assert told["client_cert_name"].startswith("CN=")
    assert told["tls_version"] == 0x0304
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": told["keypin_identity"].encode()})


def test_uvicorn(party, judged) -> None:
    """The options go to its configuration."""

    async def main() -> None:
        config = uvicorn.Config(
            application, lifespan="off", log_level="critical", **options(party.context())
        )
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.ensure_future(server.serve([listener]))
        await asyncio.to_thread(judged, listener.getsockname()[1])
        server.should_exit = True
        await serving
        listener.close()

    asyncio.run(main())
