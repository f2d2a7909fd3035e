"""The API as an application, made of the rows of its operations."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keypin._version import __version__
from keypin.errors import KeypinError
from keypin.web import problems
from keypin.web.api import document
from keypin.web.api.operation import Operation
from keypin.web.api.operations import OPERATIONS
from keypin.web.api.route import ApiRoute, throttle
from keypin.web.security_throttle import Throttle

_ANSWERS = {
    HTTPException: problems.of_http,
    problems.WrongError: problems.of_http,
    RequestValidationError: problems.of_invalid,
    KeypinError: problems.of_known,
    LookupError: problems.of_known,
    SQLAlchemyError: problems.of_known,
    Exception: problems.of_unforeseen,
}


class Api(FastAPI):
    """The API, to be mounted at `/api/v1`.

    Args:
        operations: what it can do.
    """

    def __init__(self, operations: Sequence[Operation] = OPERATIONS) -> None:
        super().__init__(
            title=document.TITLE,
            version=__version__,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
        )
        for kind, answer in _ANSWERS.items():
            self.add_exception_handler(kind, answer)
        self.add_exception_handler(405, self._other_method)
        self.add_exception_handler(404, self._nothing)
        self.operations = {one.id: one for one in operations}
        self.throttle = throttle()
        self.router.routes.extend(_route(one, self.throttle) for one in operations)
        self.router.routes.append(Route("/openapi.json", self._document))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            made = get_openapi(
                title=self.title,
                version=self.version,
                description=document.ABOUT,
                routes=self.routes,
                servers=[{"url": document.PREFIX}],
            )
            self.openapi_schema = document.complete(made, self.operations)
        return self.openapi_schema

    def _document(self, _: Request) -> Response:
        return JSONResponse(self.openapi())

    def _other_method(self, request: Request, _: Exception) -> Response:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        methods = {
            one.method
            for one in self.operations.values()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path)
        }
        # What answers GET answers HEAD (`keypin.web.heads`).
        methods |= {"HEAD"} if "GET" in methods else set[str]()
        allowed = ", ".join(sorted(methods)) or "GET, HEAD"
        detail = f"this is answered to {allowed}, and to no other method"
        return problems.problem(405, detail, headers={"allow": allowed})

    def _nothing(self, request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.detail != HTTPStatus.NOT_FOUND.phrase:
            return problems.of_http(request, error)
        return problems.problem(
            404, f"there is no such path; {document.PREFIX}/openapi.json lists all that there are"
        )


def _route(operation: Operation, limit: Throttle) -> ApiRoute:
    doc = (operation.answer.__doc__ or "").strip()
    return ApiRoute(
        operation,
        limit,
        methods=[operation.method],
        operation_id=operation.id,
        summary=doc.partition("\n")[0].removesuffix("."),
        description="\n".join(line.strip() for line in doc.splitlines()),
        tags=[operation.tag],
        status_code=operation.status,
        responses=document.responses(operation),
        openapi_extra=document.further(operation),
    )
