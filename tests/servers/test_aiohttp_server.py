"""aiohttp: a request's transport tells who the client is."""

import asyncio
import threading

from aiohttp import web


async def answer(request: web.Request) -> web.Response:
    """Answer the client's identity."""
    connection = request.transport.get_extra_info("ssl_object")
    return web.Response(text=connection.client.identity)


def test_aiohttp(party, judged) -> None:
    """The context goes to the site."""

    async def main() -> None:
        application = web.Application()
        application.router.add_get("/", answer)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=party.context())
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        await asyncio.to_thread(judged, port)
        await runner.cleanup()

    asyncio.run(main())
    assert threading.active_count() >= 1
