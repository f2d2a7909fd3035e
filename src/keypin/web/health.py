"""`/healthz` and `/readyz`: does the process live, and can it do its work?

For load balancers and orchestrators, which have no token; so neither says more than that.
`/readyz` tells what is the matter to whoever asks from this machine.
"""

from collections.abc import Callable, Sequence
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route


def routes(
    problems: Callable[[], list[str]], warnings: Callable[[], Sequence[str]] = tuple
) -> list[Route]:
    """Return the routes of a process.

    Args:
        problems: says what keeps it from its work, a sentence for each.
        warnings: says what no restart cures, and what is not done by it: it is ready none the less.
    """

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(request: Request) -> Response:
        found = problems()
        document: dict[str, object] = {"ready": not found}
        if is_local(request):
            document["problems"] = found
            document["warnings"] = list(warnings())
        return JSONResponse(document, status_code=503 if found else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def is_local(request: Request) -> bool:
    """Tell whether a request comes from this machine itself, not through a proxy on it."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
