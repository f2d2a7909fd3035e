"""What happens before and after every operation, in this order.

1. Who asks, and may they (401, 403)?
2. Not too often (429)?
3. Is the whole body there, within its limit (413), in the form that is taken (415), and no
   parameter that nobody knows (422)?
4. Was the same asked before under the same key (`keypin.web.api.once`)?
5. The operation.
6. Does the client have the answer already (`keypin.web.api.conditions`), and does it take it
   compressed (`keypin.web.api.packing`)?
"""

from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from math import ceil
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from keypin.web.api.conditions import conditioned
from keypin.web.api.once import once
from keypin.web.api.operation import Body, Operation
from keypin.web.api.packing import packed
from keypin.web.identity import Identity, core_of, require
from keypin.web.problems import WrongError
from keypin.web.security_throttle import Throttle

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

# Calls of one token, or one person, in a minute: a page that polls and a pipeline of hundreds.
CALLS = 1200


class ApiRoute(APIRoute):
    """The route of an operation.

    Args:
        operation: its row.
        throttle: how often one caller may call.
        said: what `APIRoute` takes besides.
    """

    def __init__(self, operation: Operation, throttle: Throttle, **said: Any) -> None:  # noqa: ANN401 - as above it
        self.operation = operation
        self.throttle = throttle
        super().__init__(operation.path, operation.answer, **said)

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handle = super().get_route_handler()
        known = frozenset(_parameters(self.dependant))

        async def handler(request: Request) -> Response:
            core = core_of(request)
            identity = await run_in_threadpool(require(self.operation.action), request)
            self._slow_down(identity, request)
            _check_parameters(request, known)
            if self.operation.body is not Body.STREAM:
                # Read here, so that the limit's own error comes out, and no JSON parser's.
                self._check_form(request, await request.body())
            response = await once(request, identity, core, handle)
            return await run_in_threadpool(packed, request, conditioned(request, response))

        return handler

    def _slow_down(self, identity: Identity, request: Request) -> None:
        caller = f"{identity.kind} {identity.number}"
        wait = self.throttle.wait(caller, core_of(request).clock())
        if wait is not None:
            seconds = str(max(1, ceil(wait.total_seconds())))
            raise WrongError(
                429,
                f"more than {self.throttle.most} calls a minute; wait {seconds} s",
                retry_after=seconds,
            )

    def _check_form(self, request: Request, body: bytes) -> None:
        """Refuse a body that is not read, rather than pass it over.

        Raises:
            WrongError: 415, it is in another form.
        """
        if not body or self.operation.body is not Body.JSON:
            return
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.body_field is None:
            raise WrongError(415, "this operation takes no body; send none")
        if sent != "application/json":
            raise WrongError(415, "the body is not application/json; say so, and send that")


def throttle() -> Throttle:
    """Return the limit of one process."""
    return Throttle(CALLS, timedelta(minutes=1))


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for one in dependant.dependencies:
        yield from _parameters(one)


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    """Refuse a parameter that would change nothing: it is a misspelt one.

    Raises:
        WrongError: 422, there is one.
    """
    if not known.issuperset(request.query_params):
        expected = ", ".join(sorted(known)) or "none"
        raise WrongError(422, f"a query parameter that is not known; expected {expected}")
