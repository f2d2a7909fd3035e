"""Who the client is, in the scope that an ASGI application is given.

Follows the TLS extension of ASGI (asgi.readthedocs.io, specs/tls): `scope["extensions"]["tls"]`,
with one member more, `keypin_identity`, whom the client's pin stands for. Servers show nothing of
it themselves; the adapters for uvicorn and hypercorn put it there.
"""

import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from keypin.tls.connection import PinnedObject

_VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}  # RFC 5246 section 6.2.1, RFC 8446 section 4.2.1


def tls_extension(connection: PinnedObject) -> dict[str, Any]:
    """Return what is known of a connection, as the extension names it."""
    client = connection.client
    return {
        "server_cert": None,
        "client_cert_chain": [ssl.DER_cert_to_PEM_cert(client.leaf.der)] if client else [],
        "client_cert_name": client.leaf.subject if client else None,
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(connection.version() or ""),
        "cipher_suite": None,  # Python tells its name alone
        "keypin_identity": client.identity if client else None,
    }


def with_client(
    application: Callable[..., Awaitable[None]], connection: object
) -> Callable[..., Awaitable[None]]:
    """Return an application whose scopes tell the client of one connection.

    Args:
        application: an ASGI application, or what a server has wrapped it in.
        connection: the connection's `ssl_object`; one without pins adds nothing.
    """
    if not isinstance(connection, PinnedObject):
        return application
    told = tls_extension(connection)

    async def tell(scope: MutableMapping[str, Any], *rest: object) -> None:
        scope.setdefault("extensions", {})["tls"] = told
        await application(scope, *rest)

    return tell
