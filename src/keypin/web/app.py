"""What the watch answers over HTTP, put together."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from keypin.watch.service import Watch


def create(watch: Watch) -> Starlette:
    """Return the application of one process of the watch."""

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        problems = watch.problems()
        document = {"ready": not problems, "problems": problems}
        return JSONResponse(document, status_code=503 if problems else 200)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz)])
