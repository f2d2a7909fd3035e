"""Pins for aiohttp: a connector that no request passes by.

aiohttp takes a context of keypin as it is, `TCPConnector(ssl=context)`; but `ssl=False` of a single
request puts a context in its place that verifies nothing. This connector refuses such a request.
"""

from typing import TYPE_CHECKING, Any

import aiohttp

from keypin.tls.context import SSLContext, create_default_context
from keypin.tls.source import Pins
from keypin.tls.strict import WeakenedContextError

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


class PinnedConnector(aiohttp.TCPConnector):
    """A connector whose every connection is pinned, through proxies and redirects too.

    Args:
        pins: a context of `keypin.create_default_context`, or pins for one with its defaults.
        options: the options of `aiohttp.TCPConnector`.

    Attributes:
        context: the context.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """

    def __init__(self, pins: SSLContext | Pins, **options: Any) -> None:  # noqa: ANN401 - of aiohttp
        self.context = pins if isinstance(pins, SSLContext) else create_default_context(pins)
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - a tuple of aiohttp's
            ssl=self.context, **options
        )

    async def connect(
        self,
        req: "ClientRequest",
        traces: list["Trace"],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - of aiohttp
    ) -> "Connection":
        """Return a connection for a request.

        Raises:
            InvalidURL: the request, or a redirect, is for a connection without TLS.
            WeakenedContextError: the request brings a context or a fingerprint of its own.
        """
        if not req.is_ssl():
            raise aiohttp.InvalidURL(req.url, "a pinned connector speaks https and wss alone")
        if req.ssl is not True and req.ssl is not self.context:
            raise WeakenedContextError(
                f"ssl={req.ssl!r} for {req.url.host} on a connector of keypin: the request would "
                "pass by the pins",
                next_step="leave ssl as it is; what is trusted is said when the context is made",
            )
        return await super().connect(req, traces, timeout)
