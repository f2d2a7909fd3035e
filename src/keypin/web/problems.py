"""Errors as answers: problem documents for programs (RFC 9457), and which status each error means.

An answer never repeats what was sent: a log, a terminal or a page that shows it shows our words.
What nobody foresaw is a 500 with a number, under which the service's own log has the story.
"""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from keypin.errors import InputError, KeypinError
from keypin.watch.guarding import InternalError, UnresolvedError
from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.store import SealError

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# The first row whose error it is decides; the order is from the narrow to the wide.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownError, 404),
    (TakenError, 409),
    (InputError, 422),
    (InternalError, 422),
    (UnresolvedError, 422),
    (LookupError, 404),
    (SealError, 503),
    (OperationalError, 503),
    (NoConnectionError, 503),
)

# What PostgreSQL says where two transactions met: foreign_key_violation and unique_violation.
_MET = frozenset({"23503", "23505"})

# How many of the things that are wrong with a request are told.
_MANY = 20


class WrongError(KeypinError):
    """A request that cannot be answered as it stands, with the status that says so."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """Return an answer that says what is wrong.

    Args:
        status: of HTTP.
        detail: a sentence: what was seen, what was expected, what to do next.
        headers: further headers.
        errors: single mistakes, each with `where` and `reason`.
    """
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _plain(detail),
    }
    if errors:
        document["errors"] = list(errors)
    body = json.dumps(document, ensure_ascii=True)
    return Response(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def of_http(_: Request, error: Exception) -> Response:
    """Answer an error that has a status already."""
    if isinstance(error, WrongError):
        return problem(error.status, str(error), headers=error.headers)
    if not isinstance(error, HTTPException):
        return of_unforeseen(_, error)
    return problem(error.status_code, str(error.detail), headers=error.headers)


def of_known(request: Request, error: Exception) -> Response:
    """Answer an error of a row of `STATUS`."""
    if isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", "") in _MET:
        _log.warning("two requests met: %s", error)
        return problem(
            409,
            "another request changed this at the same time; try again",
            headers={"retry-after": "1"},
        )
    status = next((status for kind, status in STATUS if isinstance(error, kind)), None)
    if status is None or isinstance(error, KeyError | IndexError):  # a mistake, and no answer
        return of_unforeseen(request, error)
    if isinstance(error, OperationalError | NoConnectionError):
        _log.warning("the database did not answer: %s", error)
        wait = {"retry-after": "5"}
        return problem(status, "the database does not answer now; try again", headers=wait)
    return problem(status, str(error))


def of_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit the description of its operation."""
    if not isinstance(error, RequestValidationError):
        return of_unforeseen(request, error)
    found = [
        {"where": _plain(".".join(map(str, one["loc"]))), "reason": _plain(str(one["msg"]))}
        for one in error.errors()[:_MANY]
    ]
    first = found[0] if found else {"where": "request", "reason": "it is not valid"}
    return problem(422, f"{first['where']}: {first['reason']}", errors=found)


def of_unforeseen(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw, and log it."""
    number = secrets.token_hex(6)
    # The route, not the path: paths hold invitations, tokens of feeds and keys of applications.
    route = getattr(request.scope.get("route"), "path", "a path of no route")
    _log.error("%s %s failed, %s", request.method, route, number, exc_info=error)
    return problem(
        500, f"a mistake of keypin's own; the log of the service has it as {number}: report it"
    )


def _plain(text: str) -> str:
    """Return a text as one line that can be shown anywhere."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:2000]
