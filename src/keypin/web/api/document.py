"""The OpenAPI document: complete, so that clients can be generated, and tests from it.

What all operations have in common is written here once: the token, the problem document of each
error, conditional requests and idempotency keys.
"""

from collections.abc import Mapping
from typing import Any

from keypin.web.api.operation import Body, Operation
from keypin.web.problems import MEDIA_TYPE

PREFIX = "/api/v1"

TITLE = "keypin"

ABOUT = """The watch keeps pinned clients alive: it knows endpoints, releases and the pins in them,
and says who would be refused by what, when.

Send a token as `Authorization: Bearer kp_…`. Errors are problem documents (RFC 9457). Lists come in
pages, each of which names the next. What is read has an `ETag`; send it as `If-Match` to change
exactly what you read. A `POST` with an `Idempotency-Key` is done once, however often it is sent."""

PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was seen, expected, and what to do."},
        "errors": {
            "type": "array",
            "description": "Single mistakes of the request.",
            "items": {
                "type": "object",
                "required": ["where", "reason"],
                "properties": {"where": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}

# Each operation may fail so.
ALWAYS = (400, 401, 403, 422, 429, 503)

_WORDS = {
    400: "The request cannot be read.",
    401: "No token that holds.",
    403: "The token may not do this.",
    404: "There is no such thing in this organisation.",
    408: "The body did not come.",
    409: "Something else stands in the way.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    415: "The body is in another form.",
    422: "The request does not fit.",
    429: "Too many calls; wait for `Retry-After`.",
    503: "The database does not answer now.",
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what is to be changed.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have; 304 if it still stands.",
    "schema": {"type": "string"},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same request: the same answer, and nothing done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """Return the failures of an operation, as FastAPI takes them."""
    bodily = (409, 413, 415) if operation.changes else ()
    statuses = sorted({*ALWAYS, *bodily, *operation.errors})
    found: dict[int | str, dict[str, Any]] = {status: _problem(status) for status in statuses}
    if operation.method == "GET":
        found[304] = {"description": "You have it already."}
    if operation.form:
        text: dict[str, Any] = {"schema": {"type": "string"}}
        found[operation.status] = {"content": {operation.form: text}}
    return found


def further(operation: Operation) -> dict[str, Any]:
    """Return what FastAPI does not know of an operation."""
    known: dict[str, Any] = {"security": [{"token": []}], "x-action": operation.action.value}
    if operation.body is not Body.JSON:
        binary: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
        content = {"application/octet-stream": {**binary, "example": operation.sample}}
        known["requestBody"] = {"required": True, "content": content}
    elif operation.example is not None:
        known["requestBody"] = {"content": {"application/json": {"example": operation.example}}}
    return known


def complete(document: dict[str, Any], operations: Mapping[str, Operation]) -> dict[str, Any]:
    """Return FastAPI's document with what it does not know.

    Args:
        document: FastAPI's.
        operations: by their names.
    """
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    scheme = {"type": "http", "scheme": "bearer", "description": "A token of the organisation."}
    parts["securitySchemes"] = {"token": scheme}
    for path in document["paths"].values():
        for said in path.values():
            said.setdefault("parameters", []).extend(_headers(operations[said["operationId"]]))
    return document


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if operation.method == "GET":
        found.append(_IF_NONE_MATCH)
    if 412 in operation.errors:  # noqa: PLR2004 - the status
        found.append(_IF_MATCH)
    if operation.method == "POST":
        found.append(_KEY)
    return found


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
