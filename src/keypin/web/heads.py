"""HEAD, answered as GET is, without the body (RFC 9110 section 9.3.2).

    app = Heads(app)

No route knows of it: inside, a request for the head is one for the whole, and what is streamed ends
where its body would begin, so that nobody has a million rows read, or a server checked, in vain.
"""

from anyio import CancelScope
from anyio.lowlevel import checkpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Stands before an application that answers GET.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        with CancelScope() as rest:

            async def sending(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                    return
                await send({"type": "http.response.body", "body": b""})
                if message.get("more_body", False):
                    rest.cancel()
                    await checkpoint()

            await self._app({**scope, "method": "GET"}, receive, sending)
