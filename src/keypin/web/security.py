"""What stands before every route: where a request comes from, how long it may be, and the headers.

    app = Security(app, core)

Puts the installation into `request.state.core`, the client's address behind trusted proxies into
`request.client`, a limit on the body, and onto each answer the headers that keep a page to itself
(OWASP Secure Headers); a route that sets one of them keeps its own. Plain ASGI, for it is in the
way of every request.
"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keypin.watch.core import Core
from keypin.web.look import HEADERS
from keypin.web.security_bodies import limited
from keypin.web.security_source import client_address
from keypin.web.sessions import is_secure

# RFC 6797: browsers come back by https alone, for a year.
_HSTS = {"strict-transport-security": "max-age=31536000"}


class Security:
    """The outermost layer of the web.

    Args:
        app: what answers.
        core: the installation.
        headers: put onto each answer that does not set them itself.
    """

    def __init__(self, app: ASGIApp, core: Core, headers: Mapping[str, str] = HEADERS) -> None:
        self._app = app
        self._core = core
        whole = {**headers, **(_HSTS if is_secure(core.settings) else {})}
        self._headers = [(name.encode(), value.encode()) for name, value in whole.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["core"] = self._core
        if self._core.settings.behind:
            scope["client"] = (client_address(scope, self._core.settings.behind), 0)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                further = [one for one in self._headers if one[0] not in given]
                message = {**message, "headers": [*message["headers"], *further]}
            await send(message)

        await self._app(scope, limited(scope, receive), sending)
